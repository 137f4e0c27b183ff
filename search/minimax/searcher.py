"""A perfect player for games small enough to be solved."""

from __future__ import annotations

import time

import numpy as np

from search.minimax.packing import Packing
from search.minimax.solution import Solution, legal_moves, solve
from search.rules import NO_MOVE, State
from search.searcher import MATE, Info, Limits, Line, OnInfo, Result, Root, Searcher, Stop

#: Seconds between reports of progress.
REPORT_SECONDS = 1.0


def score_of(value: int, distance: int) -> int:
    """The score of a proven value in `distance` plies, as every searcher reports it."""
    return value * (MATE - distance)


class Minimax(Searcher):
    """Solves the game from the first root it is asked, and plays every root below it from memory.

    Of several optimal moves it plays the smallest, or with a `seed` any. Depth is no limit to it. If another limit
    ends it before the game is solved, it plays the first move and claims nothing (score 0, no line); so it does when
    the game has more than `max_positions` states.
    """

    def __init__(
        self,
        packing: Packing,
        solution: Solution | None = None,
        *,
        seed: int | None = None,
        max_positions: int | None = None,
    ) -> None:
        self.packing = packing
        self._solution = solution
        self._seed = seed
        self._max_positions = max_positions
        self._rng = np.random.default_rng(seed)

    def new_game(self) -> None:
        """Begin the random choices anew; what was solved remains true and is kept."""
        self._rng = np.random.default_rng(self._seed)

    def search(self, root: Root, limits: Limits, on_info: OnInfo | None = None, stop: Stop | None = None) -> Result:
        """See `search.searcher.Searcher.search`; `nodes` counts the states solved for this answer."""
        started = time.monotonic()
        stop = stop or Stop()
        nodes = 0
        reported = started

        def report(line: Line | None) -> None:
            if on_info is not None:
                on_info(Info(line=line, nodes=nodes, seconds=time.monotonic() - started, hashfull=0))

        def give_up(positions: int) -> bool:
            nonlocal nodes, reported
            nodes = positions
            if time.monotonic() - reported >= REPORT_SECONDS:
                reported = time.monotonic()
                report(None)
            return stop.is_set() or _out_of_time(limits, started, stop.ponderhit_at)

        if self._solution is None or root.state not in self._solution:
            ceilings = [limit for limit in (limits.nodes, self._max_positions) if limit is not None]
            solution = solve(
                self.packing, root.state, on_progress=give_up, max_positions=min(ceilings) if ceilings else None
            )
            self._solution = solution or self._solution
            nodes = len(solution) if solution is not None else nodes
        moves = [move for move in legal_moves(self.packing, root.state) if not limits.moves or move in limits.moves]
        lines = self._lines(root.state, moves)[: max(limits.multipv, 1)]
        for line in lines:
            report(line)
        while (limits.infinite or (limits.ponder and stop.ponderhit_at is None)) and not stop.is_set():
            stop.wait(0.01)
        pv = lines[0].pv if lines else tuple(moves[:1])
        return Result(
            move=pv[0] if pv else NO_MOVE,
            ponder=pv[1] if len(pv) > 1 else NO_MOVE,
            score=lines[0].score if lines else 0,
            lines=tuple(lines),
            depth=len(lines[0].pv) if lines else 0,
            nodes=nodes,
            seconds=time.monotonic() - started,
        )

    def _lines(self, root: State, moves: list[int]) -> list[Line]:
        """A line for each of `moves`, best first; none if the root is not solved."""
        solution = self._solution
        if solution is None or root not in solution:
            return []
        ranked = []
        for move in self._rng.permutation(moves) if self._seed is not None else moves:
            child = root.copy()
            self.packing.rules.play(root, child, int(move))
            entry = solution[child]
            ranked.append((score_of(-entry.value, entry.distance + 1), int(move), child))
        ranked.sort(key=lambda line: -line[0])
        return [
            Line(rank=rank, score=score, bound="exact", depth=len(pv), seldepth=len(pv), pv=pv)
            for rank, (score, move, child) in enumerate(ranked, 1)
            for pv in [(move, *solution.line(child))]
        ]


def _out_of_time(limits: Limits, started: float, ponderhit_at: float | None) -> bool:
    """Whether the limits of time are used up; they do not count before a ponder hit, nor without end."""
    if limits.infinite or limits.seconds is None or (limits.ponder and ponderhit_at is None):
        return False
    clock = ponderhit_at if limits.ponder and ponderhit_at is not None else started
    return time.monotonic() - clock >= limits.seconds
