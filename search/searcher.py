"""The contract of a searcher: what every program that chooses moves is asked, and what it answers."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from search.rules import State

#: Scores at or beyond ±(MATE - MAX_PLY) are proven ends: MATE - n is a win in n plies, the mover's view.
MATE = 32_000
#: The deepest line, in plies, that a search follows.
MAX_PLY = 128


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When a search stops; the first limit reached decides. All absent: only `stop` ends it."""

    depth: int | None = None
    """Full plies of iterative deepening."""
    nodes: int | None = None
    """States visited, exact on one thread."""
    seconds: float | None = None
    """Never think longer than this (hard limit), in seconds since `search` was called."""
    soft_seconds: float | None = None
    """Start no further iteration after about this many seconds; stretched while the choice is unclear."""
    mate: int | None = None
    """Stop when a win within this many moves of the mover is proven."""
    moves: tuple[int, ...] = ()
    """Consider only these root moves; empty for all."""
    multipv: int = 1
    """How many best lines to report."""
    infinite: bool = False
    """Never return before `stop` is set, even when nothing is left to search."""
    ponder: bool = False
    """As `infinite` until `stop.ponderhit` is called; `seconds` and `soft_seconds` count from that call."""


@dataclass(frozen=True, kw_only=True)
class Root:
    """The state to search, and what came before it."""

    state: State
    """One record of the game's dtype; the searcher copies it."""
    history: npt.NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    """Keys of the earlier states of the game, oldest first, [n]; the root itself is not among them."""
    past: tuple[State, ...] = ()
    """The last of these states, as many as are known, oldest first, for evaluators that look at what came before."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A principal variation with its score, the root mover's view."""

    rank: int
    """1 for the best line, 2 for the second best, …"""
    score: int
    """Centipawns, or a proven end when `abs(score) >= MATE - MAX_PLY`."""
    bound: str
    """`exact`, `lower` (the true score is at least this) or `upper`."""
    depth: int
    """Nominal depth in plies."""
    seldepth: int
    """The deepest ply visited."""
    pv: tuple[int, ...]
    """Moves, the root's first."""
    wdl: tuple[int, int, int] | None = None
    """Permille of win, draw and loss, where the search knows them better than the score does."""


@dataclass(frozen=True, kw_only=True)
class Info:
    """Progress of a running search."""

    line: Line | None
    """A line that is new; None for a report of progress alone."""
    nodes: int
    seconds: float
    hashfull: int
    """Permille of the transposition table that this search has filled."""
    tbhits: int = 0
    current_move: int = 0
    """The root move being searched, or NO_MOVE."""
    current_number: int = 0
    """Its number among the root moves, from 1."""


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a search found."""

    move: int
    """The move to play; NO_MOVE only where the root has none."""
    ponder: int
    """The reply that is expected, or NO_MOVE."""
    score: int
    """Centipawns or a proven end, the root mover's view."""
    lines: tuple[Line, ...]
    """The best lines of the last finished iteration, best first; or a move that beat them before a later one ended."""
    depth: int
    nodes: int
    seconds: float


OnInfo: TypeAlias = Callable[[Info], None]


class Stop:
    """Ends a running search from another thread, and moves its deadlines (`ponderhit`).

    A searcher calls `attach` with what should happen at once when either is called. Safe to use from any thread; a
    stop set before the search begins is seen when it begins.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._callbacks: list[Callable[[], None]] = []
        self.ponderhit_at: float | None = None
        """`time.monotonic()` of the call of `ponderhit`; None before it."""

    def set(self) -> None:
        """End the search as soon as possible."""
        with self._lock:
            self._event.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def is_set(self) -> bool:
        """Whether `set` was called."""
        return self._event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until `set` is called, at most `seconds`; return whether it was."""
        return self._event.wait(seconds)

    def ponderhit(self) -> None:
        """The expected reply was played: a search with `Limits.ponder` goes on under its time limits from now on."""
        with self._lock:
            if self.ponderhit_at is None:
                self.ponderhit_at = time.monotonic()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def attach(self, callback: Callable[[], None]) -> None:
        """Call `callback` after `set` and after `ponderhit`, which it can tell apart; at once if set already."""
        with self._lock:
            self._callbacks.append(callback)
            already = self._event.is_set()
        if already:
            callback()


class Searcher(ABC):
    """Chooses moves. One search at a time; options change only between searches."""

    @abstractmethod
    def search(self, root: Root, limits: Limits, on_info: OnInfo | None = None, stop: Stop | None = None) -> Result:
        """Search until a limit is reached or `stop` is set, calling `on_info` from the calling thread or another.

        Limited by nodes or depth on one thread, from a fresh `new_game`, it is reproducible to the bit.
        """

    @abstractmethod
    def new_game(self) -> None:
        """Forget everything learnt from earlier searches."""

    def compile(self) -> None:  # noqa: B027 (a hook that may stay empty)
        """Compile what a search calls, or load it from the cache; otherwise the first search does so in its time."""
