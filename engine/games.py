"""The games by name."""

from __future__ import annotations

import re

from engine.game import Game

_HEXAPAWN = re.compile(r"hexapawn-?(\d)x(\d)")


def game(name: str) -> Game:
    """The game of this name: `chess`, `chess960`, or `hexapawn3x3` and larger (`hexapawn-3x3` is understood too).

    Raises ValueError, with what would be right, for any other name.
    """
    if name in ("chess", "chess960"):
        from engine.chess.game import ChessGame

        return ChessGame(chess960=name == "chess960")
    match = _HEXAPAWN.fullmatch(name)
    if match:
        from engine.hexapawn import HexapawnGame

        return HexapawnGame(int(match[1]), int(match[2]))
    raise ValueError(f"there is no game {name!r}; the games are chess, chess960, and hexapawn3x3 to hexapawn8x8")
