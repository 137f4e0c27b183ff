"""The encodings by name, and which of them fits a game."""

from __future__ import annotations

import re

from engine.encoding import Encoding
from engine.game import PAST, Game
from engine.history import HistoryEncoding

_NAME = re.compile(r"(chess|hexapawn(\d)x(\d))-(planes|history([1-9]))-1|chess-attacks-1")


def encoding(name: str) -> Encoding:
    """The encoding of this name, such as `chess-planes-1` or `hexapawn3x3-history2-1`; ValueError for any other."""
    match = _NAME.fullmatch(name)
    if match is None or (match[5] and int(match[5]) > PAST):
        raise ValueError(
            f"there is no encoding {name!r}; there are GAME-planes-1 and GAME-history1-1 to GAME-history{PAST}-1, "
            "with chess or hexapawn3x3 and larger for GAME, and chess-attacks-1"
        )
    base: Encoding
    if match[2]:
        from engine.hexapawn.planes import HexapawnEncoding

        base = HexapawnEncoding(int(match[2]), int(match[3]))
    elif not match[1]:
        from engine.chess.attack_planes import AttackEncoding

        base = AttackEncoding()
    else:
        from engine.chess.planes import ChessEncoding

        base = ChessEncoding()
    return HistoryEncoding(base, int(match[5])) if match[5] else base


def default_encoding(game: Game, history: int = 0) -> Encoding:
    """The encoding of a game that shows so many earlier states; ValueError if these are too many."""
    if not 0 <= history <= PAST:
        raise ValueError(f"0 to {PAST} earlier states can be shown, not {history}")
    return encoding(f"{family(game)}-history{history}-1" if history else f"{family(game)}-planes-1")


def chosen_encoding(game: Game, name: str = "", history: int = 0) -> Encoding:
    """The encoding of this name, or the default one of the game with so many earlier states; ValueError if it is of
    another game, or both are given."""
    if not name:
        return default_encoding(game, history)
    if history:
        raise ValueError(f"either the encoding is named ({name}), or the number of earlier states ({history})")
    if name.split("-")[0] != family(game):
        raise ValueError(f"{name} is no encoding of {game.name}")
    return encoding(name)


def family(game: Game) -> str:
    """The first part of the names of a game's encodings: Chess960 is seen as chess is."""
    return "chess" if game.name == "chess960" else game.name
