"""Some games of self-play, written for people: moves as text, and for chess a PGN."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.game import Game, Position
from search.whole_file import write_whole
from selfplay.zero.played import PlayedGame

#: How many.
_GAMES = 20
_RESULTS = {1: "1-0", 0: "1/2-1/2", -1: "0-1"}


def write_sample_games(folder: Path, game: Game, played: Sequence[PlayedGame]) -> None:
    """Write `games.txt`, a game in each line, or `games.pgn`, into a folder."""
    some = played[:_GAMES]
    if game.name.startswith("chess"):
        write_whole(folder / "games.pgn", "\n".join(_pgn(game, one) for one in some))
    else:
        write_whole(folder / "games.txt", "".join(_line(game, one) + "\n" for one in some))


def _line(game: Game, played: PlayedGame) -> str:
    """Moves in coordinates, and the result."""
    position = Position(game)
    words = []
    for move in played.moves:
        words.append(game.move_text(position.state, move))
        position.push(move)
    return " ".join([*words, _RESULTS[played.result]])


def _pgn(game: Game, played: PlayedGame) -> str:
    from engine.record import pgn

    position = Position(game)
    for move in played.moves:
        position.push(move)
    result = _RESULTS[played.result]
    headers = {"Event": "self-play", "White": "itself", "Black": "itself", "Result": result}
    if played.random:
        headers["Opening"] = f"{played.random} random moves"
    if played.resigned:
        headers["Termination"] = "resigned"
    return pgn(position, headers, result)
