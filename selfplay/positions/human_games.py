"""Games of people as packed positions: the moves that players of a certain strength made, from PGN.

A network that learns them predicts what such a player does (R. McIlroy-Young, S. Sen, J. Kleinberg, A. Anderson,
"Aligning Superhuman AI with Human Behavior: Chess as a Model System", KDD 2020).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import chess
import chess.pgn
import numpy as np

from engine.chess.game import ChessGame
from engine.chess.packed import DRAWN, LOST, NO_SCORE, UNKNOWN, WON, new_positions, pack
from selfplay.learning.chess_lessons import Games

_RESULTS = {"1-0": (WON, LOST), "0-1": (LOST, WON), "1/2-1/2": (DRAWN, DRAWN)}
#: Moves that a game lasts when its length is estimated from its clock: base + so many increments.
_MOVES_OF_A_GAME = 40
_TIME_CONTROL = re.compile(r"(\d+)(?:\+(\d+))?")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which moves of which games are learnt."""

    least_rating: int = 0
    """Elo of both players, at least; a game without ratings counts only if this is 0,"""
    most_rating: int = 10_000
    """and at most."""
    least_seconds: int = 0
    """Of a game for each player, base + 40 increments, at least: without bullet games, 180. A game whose time control
    is not told counts only if this is 0."""
    first_ply: int = 0
    """Plies at the start that are left out, which players know by heart."""
    least_clock: float = 0.0
    """Seconds that a player had left after a move that counts; where the clock is not told, every move does."""

    def __post_init__(self) -> None:
        if self.least_rating > self.most_rating:
            raise ValueError(
                f"a rating window goes from low to high, not from {self.least_rating} to {self.most_rating}"
            )
        if min(self.least_rating, self.least_seconds, self.first_ply, self.least_clock) < 0:
            raise ValueError("ratings, seconds and plies must not be negative")

    def takes(self, headers: chess.pgn.Headers) -> bool:
        """Whether a game with these headers is learnt from."""
        if self.least_rating > 0 or self.most_rating < 10_000:
            ratings = [headers.get(name, "") for name in ("WhiteElo", "BlackElo")]
            if not all(text.isdecimal() and self.least_rating <= int(text) <= self.most_rating for text in ratings):
                return False
        if self.least_seconds > 0:
            match = _TIME_CONTROL.fullmatch(headers.get("TimeControl", ""))
            if match is None or int(match[1]) + _MOVES_OF_A_GAME * int(match[2] or 0) < self.least_seconds:
                return False
        return headers.get("Variant", "Standard").lower() in ("standard", "chess960", "from position", "fischerandom")


def parse_window(text: str) -> tuple[int, int]:
    """Least and most of a rating window such as `1500..1600`; ValueError for anything else."""
    match = re.fullmatch(r"(\d+)\.\.(\d+)", text)
    if match is None:
        raise ValueError(f"{text!r} is no rating window; one looks like 1500..1600")
    return int(match[1]), int(match[2])


def games_of_pgn(path: Path, choice: Choice, on_game: Callable[[int], None] | None = None) -> Games:
    """The positions of the games that `choice` takes, each with the move made and the game's result.

    Games that cannot be read to their end count up to there; their errors are not told. `on_game` is told, after
    each game, how far the file is read, in bytes. OSError if the file cannot be read.
    """
    parts: list[np.ndarray] = []
    lengths = []
    with path.open(encoding="utf-8", errors="replace") as file:
        while (offset := file.tell()) >= 0 and (headers := chess.pgn.read_headers(file)) is not None:
            if choice.takes(headers):
                after = file.tell()
                file.seek(offset)
                game = chess.pgn.read_game(file)
                file.seek(max(after, file.tell()))
                positions = _positions(game, choice) if game is not None else new_positions(0)
                if len(positions):
                    parts.append(np.asarray(positions))
                    lengths.append(len(positions))
            if on_game is not None:
                on_game(offset)
    positions = np.concatenate(parts) if parts else np.asarray(new_positions(0))
    return Games(positions, np.array(lengths, np.int64))


def _positions(game: chess.pgn.Game, choice: Choice) -> np.ndarray:
    rules = ChessGame(chess960=True)
    nodes = list(game.mainline())
    counted = [_counts(node, ply, choice) for ply, node in enumerate(nodes)]
    positions = new_positions(sum(counted))
    results = _RESULTS.get(game.headers.get("Result", "*"), (UNKNOWN, UNKNOWN))
    board = game.board()
    records = iter(positions)
    for node, counts in zip(nodes, counted, strict=True):
        if counts:
            state = rules.from_board(board)
            move = rules.parse_move(state, board.uci(node.move, chess960=True))
            pack(state, next(records), NO_SCORE, move, results[0 if board.turn else 1])
        board.push(node.move)
    return np.asarray(positions)


def _counts(node: chess.pgn.ChildNode, ply: int, choice: Choice) -> bool:
    """Whether a move of a game is learnt."""
    clock = node.clock()
    return ply >= choice.first_ply and (clock is None or clock >= choice.least_clock)
