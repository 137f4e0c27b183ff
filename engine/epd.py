"""Suites of test positions in EPD: positions with the move that is best (`bm`) or to be avoided (`am`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import chess

from engine.chess.game import ChessGame
from engine.game import Position
from search.searcher import Info, Limits, Searcher, Stop


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One position of a suite."""

    name: str
    """Its `id`, or its number in the file."""
    fen: str
    best: tuple[int, ...]
    """Moves of which one must be chosen; empty if any but those of `avoid` will do."""
    avoid: tuple[int, ...]
    """Moves that must not be chosen."""

    def solved_by(self, move: int) -> bool:
        """Whether `move` is what the suite wants."""
        return move not in self.avoid and (not self.best or move in self.best)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What a searcher chose in a problem."""

    problem: Problem
    move: int
    solved: bool
    seconds_to_solution: float | None
    """When the choice that proved final was first right, seconds since the start; None where it is wrong."""
    score: int
    """The mover's view."""
    depth: int
    nodes: int
    seconds: float


def read_suite(file: Path, game: ChessGame) -> list[Problem]:
    """The problems of an EPD file; ValueError names the line that is none, OSError a file that cannot be read."""
    problems = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if text and not text.startswith("#"):
            try:
                problems.append(_problem(text, str(number), game))
            except ValueError as error:
                raise ValueError(f"{file}, line {number}: {error}") from None
    if not problems:
        raise ValueError(f"there is no position in {file}")
    return problems


def _problem(text: str, number: str, game: ChessGame) -> Problem:
    board = chess.Board(None, chess960=game.chess960)
    operations = board.set_epd(text)
    state = game.parse(board.fen())

    def moves(name: str) -> tuple[int, ...]:
        named = operations.get(name, [])
        if not isinstance(named, list):
            raise ValueError(f"{name} must name moves in algebraic notation")
        return tuple(game.parse_move(state, board.uci(move)) for move in named)

    best, avoid = moves("bm"), moves("am")
    if not best and not avoid:
        raise ValueError("it has neither bm (best move) nor am (avoid move)")
    return Problem(name=str(operations.get("id", number)), fen=game.text(state), best=best, avoid=avoid)


def attempt(problem: Problem, game: ChessGame, searcher: Searcher, limits: Limits, stop: Stop | None = None) -> Attempt:
    """Let `searcher`, which is made to forget all before, choose a move in `problem`."""
    right_since: float | None = None

    def watch(info: Info) -> None:
        nonlocal right_since
        if info.line is None or info.line.rank != 1 or info.line.bound == "upper":
            return
        if not problem.solved_by(info.line.pv[0]):
            right_since = None
        elif right_since is None:
            right_since = info.seconds

    searcher.new_game()
    result = searcher.search(Position(game, problem.fen).root(), limits, watch, stop)
    solved = problem.solved_by(result.move)
    return Attempt(
        problem=problem,
        move=result.move,
        solved=solved,
        seconds_to_solution=(result.seconds if right_since is None else right_since) if solved else None,
        score=result.score,
        depth=result.depth,
        nodes=result.nodes,
        seconds=result.seconds,
    )


def solved_share(attempts: Sequence[Attempt]) -> float:
    """The share of problems solved, 0 to 1; 0 for none."""
    return sum(attempt.solved for attempt in attempts) / max(len(attempts), 1)
