"""One game under the referee's clock: whose fault it was, when it is over, and what was said on the way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import chess
import chess.engine

from selfplay.matches.openings import Opening
from selfplay.matches.player import Answer, Player, PlayerError
from selfplay.matches.spec import Limit

Reason: TypeAlias = Literal[
    "checkmate",
    "stalemate",
    "insufficient material",
    "threefold repetition",
    "fifty moves",
    "resignation",
    "draw adjudicated",
    "move limit",
    "time",
    "crash",
    "illegal move",
    "silence",
    "start",
]
#: Reasons that are a player's failure, not chess.
FAILURES: tuple[Reason, ...] = ("time", "crash", "illegal move", "silence", "start")
#: Centipawns that a mate counts when scores are compared with adjudication's thresholds.
MATE_CENTIPAWNS = 32_000


@dataclass(frozen=True, kw_only=True)
class Adjudication:
    """When a game ends before the rules end it; everything is off by default."""

    resign_moves: int = 0
    """Both players agree for this many moves in a row that one is lost; 0 for never."""
    resign_score: int = 600
    """Lost is a score of at most minus this for the loser and at least this for the winner, in centipawns."""
    draw_moves: int = 0
    """Both players' scores are near 0 for this many moves in a row; 0 for never."""
    draw_score: int = 10
    """Near 0 is at most this far from it, in centipawns."""
    draw_after: int = 34
    """Draws are adjudicated from this move number on."""
    max_moves: int = 0
    """A game of this many moves by each player is a draw; 0 for no such limit."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long the referee waits, in seconds."""

    margin: float = 0.01
    """A clock may run below zero by this much without loss, for the referee's own delays."""
    movetime_margin: float = 0.1
    """The same for a fixed time a move, which programs may use up to its end."""
    silence: float = 300.0
    """How long to wait for a move that no clock bounds."""
    overrun: float = 10.0
    """How long after a clock has run out to wait for the answer, so that the overrun is known, before a kill."""
    start: float = 120.0
    """How long a program may take to start, or to get ready for a game."""


@dataclass(frozen=True, kw_only=True)
class PlayedMove:
    """A move of the game with its comment's facts."""

    move: chess.Move
    seconds: float
    score: chess.engine.Score | None
    depth: int | None
    nodes: int | None


@dataclass(frozen=True, kw_only=True)
class PlayedGame:
    """A game that ended."""

    winner: chess.Color | None
    """None for a draw."""
    reason: Reason
    detail: str
    """More about a failure; empty for an end by chess."""
    moves: tuple[PlayedMove, ...]
    """The moves after the opening."""
    seconds: float
    """From the first question to the end."""
    overrun: float
    """Seconds by which the loser overstepped its time; 0 without a loss on time."""

    @property
    def result(self) -> str:
        """`1-0`, `0-1` or `1/2-1/2`."""
        return "1/2-1/2" if self.winner is None else "1-0" if self.winner else "0-1"


class Clock:
    """One player's time under a `Limit`."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self.left = limit.base
        """Seconds left; None where there is no clock."""
        self.to_go = limit.moves

    def spend(self, seconds: float) -> float:
        """Take the time of a move, add increments; return by how many seconds it overstepped its time (0 if not)."""
        if self.limit.movetime is not None:
            return max(0.0, seconds - self.limit.movetime)
        if self.left is None:
            return 0.0
        self.left -= seconds
        if self.left < 0.0:
            # Within the referee's margin the game goes on, from an empty clock.
            overrun, self.left = -self.left, 0.0
        else:
            overrun = 0.0
        self.left += self.limit.increment
        if self.to_go is not None and self.limit.base is not None and self.limit.moves is not None:
            self.to_go -= 1
            if self.to_go == 0:
                self.left += self.limit.base
                self.to_go = self.limit.moves
        return overrun


class AbandonedError(Exception):
    """The match is being stopped; the game in progress does not count."""


def play_game(
    players: Sequence[Player],
    limits: Sequence[Limit],
    opening: Opening,
    *,
    adjudication: Adjudication,
    patience: Patience,
    stopped: Callable[[], bool] = lambda: False,
) -> PlayedGame:
    """Play one game and return it, whatever the players do; `players` and `limits` are White's, then Black's.

    AbandonedError if `stopped()` turns true between moves; ValueError for options that a player lacks.
    """
    began = time.monotonic()
    board = opening.board()
    clocks = (Clock(limits[0]), Clock(limits[1]))
    moves: list[PlayedMove] = []

    def end(winner: chess.Color | None, reason: Reason, detail: str = "", overrun: float = 0.0) -> PlayedGame:
        return PlayedGame(
            winner=winner,
            reason=reason,
            detail=detail,
            moves=tuple(moves),
            seconds=time.monotonic() - began,
            overrun=overrun,
        )

    for color, player in ((chess.WHITE, players[0]), (chess.BLACK, players[1])):
        try:
            player.start()
        except PlayerError as fault:
            return end(not color, fault.kind, str(fault))
        player.new_game()
    while True:
        if stopped():
            raise AbandonedError
        over = ended(board) or adjudicated(board, moves, adjudication)
        if over is not None:
            return end(*over)
        color = board.turn
        index = 0 if color == chess.WHITE else 1
        try:
            answer = players[index].ask(board, _go(clocks, clocks[index]), _wait(clocks[index], patience))
        except PlayerError as fault:
            if stopped():  # Programs are killed when a match is stopped: not their fault.
                raise AbandonedError from None
            return end(not color, fault.kind, str(fault))
        overrun = clocks[index].spend(answer.seconds)
        margin = patience.margin if limits[index].movetime is None else patience.movetime_margin
        moves.append(_played(answer))
        if overrun > margin:
            return end(not color, "time", f"{1000 * overrun:.0f} ms too late at move {board.fullmove_number}", overrun)
        board.push(answer.move)


def ended(board: chess.Board) -> tuple[chess.Color | None, Reason] | None:
    """The winner and the reason where the game is over by the rules, draws taken as soon as they can be claimed."""
    if not any(board.generate_legal_moves()):
        return (not board.turn, "checkmate") if board.is_check() else (None, "stalemate")
    if board.is_insufficient_material():
        return None, "insufficient material"
    if board.halfmove_clock >= 100:
        return None, "fifty moves"
    if board.is_repetition(3):
        return None, "threefold repetition"
    return None


def adjudicated(
    board: chess.Board, moves: Sequence[PlayedMove], rules: Adjudication
) -> tuple[chess.Color | None, Reason] | None:
    """The winner and the reason where `rules` end the game now, given the moves played so far."""
    if rules.max_moves and len(moves) >= 2 * rules.max_moves:
        return None, "move limit"
    if rules.resign_moves and len(moves) >= 2 * rules.resign_moves:
        # The last move is of the side not to move now; its view first, then the other's, in turn.
        scores = [_centipawns(move) for move in moves[-2 * rules.resign_moves :]][::-1]
        for winner, sign in ((not board.turn, 1), (board.turn, -1)):
            if all(
                score is not None and (score if place % 2 == 0 else -score) * sign >= rules.resign_score
                for place, score in enumerate(scores)
            ):
                return winner, "resignation"
    if rules.draw_moves and board.fullmove_number >= rules.draw_after and len(moves) >= 2 * rules.draw_moves:
        scores = [_centipawns(move) for move in moves[-2 * rules.draw_moves :]]
        if all(score is not None and abs(score) <= rules.draw_score for score in scores):
            return None, "draw adjudicated"
    return None


def _centipawns(move: PlayedMove) -> int | None:
    return None if move.score is None else move.score.score(mate_score=MATE_CENTIPAWNS)


def _played(answer: Answer) -> PlayedMove:
    return PlayedMove(
        move=answer.move, seconds=answer.seconds, score=answer.score, depth=answer.depth, nodes=answer.nodes
    )


def _go(clocks: tuple[Clock, Clock], mover: Clock) -> chess.engine.Limit:
    """What `go` says: both clocks where the mover has one, and the mover's own limits."""
    limit = mover.limit
    go = chess.engine.Limit(time=limit.movetime, nodes=limit.nodes, depth=limit.depth)
    if limit.base is not None:
        # An opponent without a clock is shown the mover's: programs want to see both.
        white, black = (clock if clock.left is not None else None for clock in clocks)
        shown = white or black
        assert shown is not None
        go.white_clock, go.black_clock = (white or shown).left, (black or shown).left
        go.remaining_moves = mover.to_go
        go.white_inc, go.black_inc = (white or shown).limit.increment, (black or shown).limit.increment
    return go


def _wait(clock: Clock, patience: Patience) -> float:
    """Seconds after which a player without an answer is given up."""
    bound = clock.limit.movetime if clock.limit.movetime is not None else clock.left
    return patience.silence if bound is None else bound + patience.overrun
