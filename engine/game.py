"""The contract of a game as programs and people see it: text, drawings, and the course of play.

A `Game` puts text forms and whole-game rules (repetition, claims) around `search.rules.Rules`, which know single
states. A `Position` is a game in progress: the state, the moves that led to it, and the keys that repetition needs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search import rules as generic
from search.evaluation import Evaluation
from search.memory import aligned_records
from search.rules import DRAW, ONGOING, WIN, Rules, State
from search.searcher import Root

#: Earlier states that a searcher is told.
PAST = 7


@dataclass(frozen=True)
class Outcome:
    """How a game ended."""

    winner: int | None
    """0 for the first player (White), 1 for the second, None for a draw."""
    reason: str
    """Such as `checkmate`, `stalemate`, `fivefold repetition`, `reached the last row`."""

    @property
    def result(self) -> str:
        """`1-0`, `0-1` or `1/2-1/2`."""
        return "1/2-1/2" if self.winner is None else ("1-0", "0-1")[self.winner]


class Game(ABC):
    """A game with its text forms. Parsers raise ValueError with one sentence that says what would be right."""

    name: str
    """As in `UCI_Variant`: `chess`, `hexapawn3x3`, …"""
    rules: Rules
    start: str
    """Text of the initial position."""
    evaluations: Mapping[str, Evaluation]
    """The static evaluations by name; the first is the default."""

    @abstractmethod
    def parse(self, text: str) -> State:
        """The state that `text` (for chess a FEN) describes."""

    @abstractmethod
    def text(self, state: State) -> str:
        """The text of `state`; `parse` of it gives an equal state."""

    @abstractmethod
    def parse_move(self, state: State, text: str) -> int:
        """The legal move that `text` (coordinates, as `e2e4`) names."""

    @abstractmethod
    def move_text(self, state: State, move: int) -> str:
        """The coordinates of a legal move."""

    @abstractmethod
    def draw(self, state: State, side: int = 0) -> str:
        """The board in Unicode, several lines, `side` at the bottom."""

    def outcome(self, position: Position, *, claim: bool = True) -> Outcome | None:
        """The outcome, or None while the game goes on; with `claim`, draws that a player may claim count."""
        del claim
        verdict = position.verdict()
        if verdict == ONGOING:
            return None
        if verdict == DRAW:
            return Outcome(None, "drawn by rule")
        return Outcome(position.side if verdict == WIN else 1 - position.side, "the rules of the game")

    def new_state(self) -> State:
        """A zeroed state record of its own."""
        record: State = aligned_records(1, self.rules.dtype)[0]
        return record


class Position:
    """A game in progress. Moves are ints as in `search.rules`."""

    def __init__(self, game: Game, text: str | None = None, moves: Iterable[str] = ()) -> None:
        """Begin at `text` (the initial position if None) and play `moves`; ValueError if either is not right."""
        self.game = game
        self.start = game.start if text is None else text
        self.states: list[Any] = [game.parse(self.start)]
        self.moves: list[int] = []
        for move in moves:
            self.push(game.parse_move(self.state, move))

    @property
    def state(self) -> State:
        """The current state; do not change it."""
        state: State = self.states[-1]
        return state

    @property
    def side(self) -> int:
        """The player to move, 0 or 1."""
        return int(generic.side(self.state))

    def legal(self) -> list[int]:
        """The legal moves."""
        buffer = np.zeros(self.game.rules.max_moves, np.int32)
        return [int(move) for move in buffer[: int(self.game.rules.legal(self.state, buffer))]]

    def verdict(self) -> int:
        """The verdict of the state alone, the mover's view (see `search.rules`)."""
        rules = self.game.rules
        verdict = int(rules.ended(self.state))
        if verdict == ONGOING and not self.legal():
            verdict = int(rules.stuck(self.state))
        return verdict

    def push(self, move: int) -> None:
        """Play a legal move."""
        child = self.game.new_state()
        self.game.rules.play(self.state, child, move)
        self.states.append(child)
        self.moves.append(move)

    def pop(self) -> int:
        """Take back the last move and return it; IndexError at the start."""
        move = self.moves.pop()
        self.states.pop()
        return move

    def outcome(self, *, claim: bool = True) -> Outcome | None:
        """How the game ended, or None."""
        return self.game.outcome(self, claim=claim)

    def keys(self) -> npt.NDArray[np.uint64]:
        """Keys of all states so far, the current one last."""
        return np.array([int(self.game.rules.key(state)) for state in self.states], np.uint64)

    def root(self) -> Root:
        """What a searcher is asked."""
        return Root(state=self.state, history=self.keys()[:-1], past=tuple(self.states[-1 - PAST : -1]))
