"""The folder of a match: its configuration, one line for each game, and the games; whole after a kill at any moment.

    config.json    what is being played, checked when the match is resumed
    results.jsonl  one JSON object a line for each finished game, in the order they finished
    games.pgn      the games with a comment for each move: score/depth, seconds, nodes

A game's PGN is written and flushed to the disk first, then its line, which says where its PGN ends. So a line stands
for a whole game, and what a kill has left behind after the last whole line is cut off when the match goes on.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import chess
import chess.engine
import chess.pgn

from search.whole_file import write_whole
from selfplay.matches.openings import Opening
from selfplay.matches.referee import PlayedGame, PlayedMove


@dataclass(frozen=True, kw_only=True)
class SideRecord:
    """What one player did in a game."""

    name: str
    moves: int
    """Moves it made after the opening."""
    seconds: float
    """Seconds it thought."""
    nodes: int
    """Nodes it reported, summed over its moves."""
    nodes_seconds: float
    """Seconds of the moves for which it reported nodes."""
    depth: int
    """Depths it reported, summed over its moves."""
    depth_moves: int
    """Moves for which it reported a depth."""


@dataclass(frozen=True, kw_only=True)
class GameRecord:
    """A line of results.jsonl."""

    game: int
    """Number in the schedule, from 0; games 2n and 2n + 1 are a pair."""
    white: SideRecord
    black: SideRecord
    fen: str
    """Where the opening starts."""
    opening: str
    """Its name."""
    result: str
    """`1-0`, `0-1` or `1/2-1/2`."""
    reason: str
    detail: str
    plies: int
    """Moves after the opening, both players'."""
    seconds: float
    """The game's duration."""
    overrun: float
    """Seconds by which the loser overstepped its time."""
    pgn_end: int
    """Bytes of games.pgn up to and with this game."""

    def points(self, name: str) -> float:
        """1, ½ or 0 for the player of this name."""
        if self.result == "1/2-1/2":
            return 0.5
        return float((self.result == "1-0") == (name == self.white.name))

    @property
    def loser(self) -> str | None:
        """The name of the player who lost, or None."""
        return {"1-0": self.black.name, "0-1": self.white.name}.get(self.result)


class RunFolder:
    """A match on disk; `add` may be called from any thread."""

    def __init__(self, path: Path, config: Mapping[str, Any]) -> None:
        """Open or begin the match in `path`; ValueError if another match is there, OSError if it cannot be written."""
        self.path = path
        self._lock = threading.Lock()
        path.mkdir(parents=True, exist_ok=True)
        self._check(dict(config))
        self.games: list[GameRecord] = self._recover()
        """The finished games, in the order they finished."""

    def _check(self, config: dict[str, Any]) -> None:
        path = self.path / "config.json"
        if not path.exists():
            write_whole(path, json.dumps(config, indent=2))
            return
        there = json.loads(path.read_text("utf-8"))
        # Through JSON, so that tuples are compared as the lists they were written as.
        differences = [key for key, value in json.loads(json.dumps(config)).items() if there.get(key) != value]
        if differences:
            raise ValueError(
                f"{self.path} holds another match (it differs in {', '.join(differences)}); choose another folder"
            )

    def _recover(self) -> list[GameRecord]:
        results, games = self.path / "results.jsonl", self.path / "games.pgn"
        data = results.read_bytes() if results.exists() else b""
        whole = data[: data.rfind(b"\n") + 1]
        records = [record_from_json(json.loads(line)) for line in whole.splitlines()]
        if len(whole) < len(data):
            os.truncate(results, len(whole))
        if games.exists():
            os.truncate(games, max((record.pgn_end for record in records), default=0))
        return records

    def add(
        self, number: int, names: tuple[str, str], opening: Opening, game: PlayedGame, headers: Mapping[str, str]
    ) -> GameRecord:
        """Write a finished game, by White's and Black's `names`; on return it is on the disk."""
        text = pgn_text(names, opening, game, headers) + "\n\n"
        with self._lock:
            end = _append(self.path / "games.pgn", text)
            record = GameRecord(
                game=number,
                white=_side(names[0], game.moves, opening, chess.WHITE),
                black=_side(names[1], game.moves, opening, chess.BLACK),
                fen=opening.fen,
                opening=opening.name,
                result=game.result,
                reason=game.reason,
                detail=game.detail,
                plies=len(game.moves),
                seconds=round(game.seconds, 3),
                overrun=round(game.overrun, 4),
                pgn_end=end,
            )
            _append(self.path / "results.jsonl", json.dumps(asdict(record)) + "\n")
            self.games.append(record)
        return record


def record_from_json(values: dict[str, Any]) -> GameRecord:
    """The record that a parsed line of results.jsonl describes; ValueError if it is none."""
    names = {field.name for field in fields(GameRecord)}
    if values.keys() != names:
        raise ValueError(f"results.jsonl is not of this version: {', '.join(sorted(names ^ values.keys()))}")
    values["white"], values["black"] = SideRecord(**values["white"]), SideRecord(**values["black"])
    return GameRecord(**values)


#: The reasons that PGN has words for (its standard, section 9.8.1); all others are normal, and stand in the comment.
_TERMINATIONS = {
    "time": "time forfeit",
    "crash": "abandoned",
    "silence": "abandoned",
    "start": "abandoned",
    "illegal move": "rules infraction",
    "resignation": "adjudication",
    "draw adjudicated": "adjudication",
    "move limit": "adjudication",
}


def pgn_text(names: tuple[str, str], opening: Opening, game: PlayedGame, headers: Mapping[str, str]) -> str:
    """The game as PGN, with the arena's headers and a comment `score/depth seconds nodes` after each move."""
    board = opening.board()
    for move in game.moves:
        board.push(move.move)
    tree = chess.pgn.Game.from_board(board)
    tree.headers.update(headers)
    tree.headers["White"], tree.headers["Black"] = names
    tree.headers["Result"] = game.result
    tree.headers["PlyCount"] = str(len(board.move_stack))
    tree.headers["Termination"] = _TERMINATIONS.get(game.reason, "normal")
    if opening.name:
        tree.headers["Opening"] = opening.name
    nodes = list(tree.mainline())
    for node, move in zip(nodes[len(opening.moves) :], game.moves, strict=True):
        node.comment = _comment(move)
    for node in nodes[: len(opening.moves)]:
        node.comment = "book"
    ending = f"{game.reason}: {game.detail}" if game.detail else str(game.reason)
    last: chess.pgn.GameNode = nodes[-1] if nodes else tree
    # A brace would end the comment.
    last.comment = f"{last.comment}, {ending}".removeprefix(", ").replace("{", "(").replace("}", ")")
    return tree.accept(chess.pgn.StringExporter(columns=100))


def _comment(move: PlayedMove) -> str:
    """Such as `+0.31/12 0.245s n=120034` or `-M5/20 0.1s`; the score is the mover's view."""
    if move.score is None:
        score = ""
    elif (mate := move.score.mate()) is not None:
        score = f"{'+' if mate > 0 else '-'}M{abs(mate)}/{move.depth or 0} "
    else:
        score = f"{(move.score.score() or 0) / 100:+.2f}/{move.depth or 0} "
    return f"{score}{move.seconds:.3f}s{'' if move.nodes is None else f' n={move.nodes}'}"


def _side(name: str, moves: tuple[PlayedMove, ...], opening: Opening, color: chess.Color) -> SideRecord:
    first = opening.board().turn
    own = [move for place, move in enumerate(moves) if (place % 2 == 0) == (first == color)]
    return SideRecord(
        name=name,
        moves=len(own),
        seconds=round(sum(move.seconds for move in own), 4),
        nodes=sum(move.nodes for move in own if move.nodes is not None),
        nodes_seconds=round(sum(move.seconds for move in own if move.nodes is not None), 4),
        depth=sum(move.depth for move in own if move.depth is not None),
        depth_moves=sum(move.depth is not None for move in own),
    )


def _append(path: Path, text: str) -> int:
    """Append and flush to the disk; return the file's size."""
    with path.open("ab") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())
        return file.tell()
