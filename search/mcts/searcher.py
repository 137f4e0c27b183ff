"""Monte Carlo tree search as a searcher: one tree, batches of its leaves, an evaluator.

The tree of the last search is kept as far as it still holds when the game has gone on from there.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.evaluator import Evaluator, new_batch
from search.kernel import compile_kernel
from search.mcts.forest import FRESH, HISTORY_KEYS, NONE, OPEN, UNPROVEN, Tree, bytes_of, new_forest
from search.mcts.gathering import gather, give_back, transplant
from search.mcts.gumbel import considered_visits, gumbel_noise
from search.mcts.options import Options, write_options
from search.mcts.playing_out import play_out_leaves
from search.mcts.selection import improved_logits, improved_policy, node_value
from search.mcts.simulation import plant
from search.memory import copy_record
from search.playouts import Playouts
from search.rules import LOSS, NO_MOVE, WIN, Rules
from search.searcher import MATE, Info, Limits, Line, OnInfo, Result, Root, Searcher, Stop

#: Edges that a node has on average, for the sizes of the arrays.
_EDGES_PER_NODE = 40
#: Simulations in one call of a kernel, where the evaluator is one; a few milliseconds.
_AT_A_TIME = 64
#: Seconds between reports.
_REPORT_SECONDS = 1.0
#: Scores in centipawns: the tangent that maps values in -1..1 to what people expect (as Lc0 reports them).
_SCALE, _STEEPNESS = 90.0, 1.5637541897
#: The most centipawns that a value that is not proven is told as.
_MOST = 15_000


@dataclass(frozen=True, kw_only=True)
class MoveStatistics:
    """What the search knows of a move at the root."""

    move: int
    visits: int
    prior: float
    """Of the policy, 0..1."""
    value: float
    """Mean, -1..1, the root mover's view; NaN for a move that was not visited."""
    draw: float
    """Mean share of draws, 0..1; NaN likewise."""
    proven: int | None
    """WIN, DRAW or LOSS for the root mover, if that is proven."""


class MonteCarlo(Searcher):
    """Monte Carlo tree search over the states of one game with one evaluator."""

    def __init__(
        self,
        evaluator: Evaluator,
        *,
        options: Options | None = None,
        hash_mib: int = 64,
        batch: int = 1,
        seed: int = 1,
        simulations: int | None = None,
    ) -> None:
        """`hash_mib`: MiB for the tree; `batch`: leaves that are evaluated together; `simulations`: limit of a search
        without one of nodes or time. ValueError where one of them is too small.
        """
        if batch < 1:
            raise ValueError(f"a batch of {batch} states cannot be evaluated; it takes at least 1")
        self.evaluator = evaluator
        self.rules: Rules = evaluator.rules
        self.options = options or Options()
        self.seed = seed
        self.simulations = simulations
        self._rng = np.random.default_rng(seed)
        self._batch = new_batch(self.rules, batch)
        self._places = np.zeros((batch, 2), np.int64)
        self._current = 0  # which of the two trees is in use
        self._planted = False
        self.resize(hash_mib)

    @property
    def hash_mib(self) -> int:
        """MiB of the tree."""
        return self._mebibytes

    def resize(self, hash_mib: int) -> None:
        """Forget the tree and take one of so many MiB; ValueError below 1, MemoryError where there is no room."""
        if hash_mib < 1:
            raise ValueError(f"a tree of {hash_mib} MiB holds nothing; it takes at least 1")
        # Two trees: what is kept of one is copied to the other.
        each = min(_EDGES_PER_NODE, self.rules.max_moves)
        nodes = max((hash_mib << 20) // 2 // bytes_of(self.rules, each), 64)
        self._forest = new_forest(self.rules, 2, nodes, max(nodes * each, 4 * self.rules.max_moves))
        self._mebibytes = hash_mib
        self._planted = False

    def clear_hash(self) -> None:
        """Forget the tree."""
        self._planted = False

    def new_game(self) -> None:
        """Forget the tree, and draw the same random numbers as at first."""
        self._planted = False
        self._rng = np.random.default_rng(self.seed)
        self.evaluator.reset(self.seed)

    def compile(self) -> None:
        """Compile every kernel of this search (or load it from the cache)."""
        zero = np.int64(0)
        games, limits = np.zeros(1, np.int64), np.zeros(2, np.int64)
        compile_kernel(plant, self._forest, zero)
        compile_kernel(gather, self._forest, games, games, zero, limits, self._batch, self._places)
        compile_kernel(give_back, self._forest, self._places, zero, self._batch)
        compile_kernel(transplant, self._forest, zero, zero, zero)
        if isinstance(self.evaluator, Playouts):
            schedule, batch = np.zeros(0, np.int64), self._batch
            forest, worker = self._forest, self.evaluator.worker
            compile_kernel(play_out_leaves, forest, zero, worker, schedule, zero, batch.logits[0], batch.wdl[0])

    # Searching.

    def search(self, root: Root, limits: Limits, on_info: OnInfo | None = None, stop: Stop | None = None) -> Result:
        """See `search.searcher.Searcher.search`. `Limits.depth` ends a search when the line is as deep; mate, multipv
        and moves are kept as well. Nodes are simulations.
        """
        stop = stop or Stop()
        started = time.monotonic()
        self._take_root(root)
        self._allow(limits.moves)
        simulations = self._planned(limits)
        self._noise(simulations)
        reported = started
        while not self._enough(limits, simulations, started, stop):
            self._step(simulations)
            now = time.monotonic()
            if on_info is not None and now >= reported + _REPORT_SECONDS:
                reported = now
                self._report(on_info, limits.multipv, now - started)
        while (limits.infinite or (limits.ponder and stop.ponderhit_at is None)) and not stop.is_set():
            stop.wait(0.01)
        seconds = time.monotonic() - started
        lines = self._lines(limits.multipv)
        if on_info is not None:
            for line in lines:
                on_info(Info(line=line, nodes=self._done, seconds=seconds, hashfull=self._full()))
        pv = lines[0].pv if lines else ()
        return Result(
            move=pv[0] if pv else self._any_move(),
            ponder=pv[1] if len(pv) > 1 else NO_MOVE,
            score=lines[0].score if lines else 0,
            lines=tuple(lines),
            depth=lines[0].depth if lines else 0,
            nodes=self._done,
            seconds=seconds,
        )

    def _planned(self, limits: Limits) -> int:
        """Simulations of this search at most."""
        if limits.nodes is not None:
            return max(limits.nodes, 1)
        bounded = limits.seconds is not None or limits.soft_seconds is not None or limits.infinite or limits.ponder
        if bounded or limits.depth is not None or limits.mate is not None or self.simulations is None:
            return int(np.iinfo(np.int64).max // 2)
        return self.simulations

    def _enough(self, limits: Limits, simulations: int, started: float, stop: Stop) -> bool:
        tree = self._tree
        root = tree.nodes[0]
        if root.count == 0 or self._done >= simulations or self._stuck:
            return True
        if self._done == 0:
            return False  # one evaluation, at least: its policy beats a blind move
        if stop.is_set() or int(root.proven) != UNPROVEN:
            return True
        pondering = limits.ponder and stop.ponderhit_at is None
        if not limits.infinite and not pondering:
            begun = stop.ponderhit_at if limits.ponder and stop.ponderhit_at is not None else started
            spent = time.monotonic() - begun
            if limits.seconds is not None and spent >= limits.seconds:
                return True
            if limits.soft_seconds is not None and (spent >= limits.soft_seconds or root.count == 1):
                return True
        if limits.depth is not None and int(tree.head[0].deepest) >= limits.depth:
            return len(self._line(self._ranked()[0])) >= limits.depth
        return False

    def _step(self, simulations: int) -> None:
        """Gather a batch of leaves, have it evaluated, and give the answers back."""
        if isinstance(self.evaluator, Playouts):
            self._play_out(self.evaluator, simulations)
            return
        games = np.array([self._current], np.int64)
        limits = np.full(2, simulations, np.int64)
        wanted = np.full(1, -1, np.int64)
        each = len(self._places)
        if self.options.selection == "gumbel" and self._tree.nodes[0].status == OPEN:
            wanted[0] = self._schedule[min(self._tried, len(self._schedule) - 1)]
            self._tried += 1
            each = 1
        before = self._done
        rows = int(gather(self._forest, games, wanted, each, limits, self._batch, self._places))
        if rows:
            self.evaluator.evaluate(self._batch.first(rows))
            give_back(self._forest, self._places, rows, self._batch)
        self._stuck = rows == 0 and self._done == before

    def _play_out(self, evaluator: Playouts, simulations: int) -> None:
        """A few hundred simulations without coming back to Python."""
        made = min(simulations - self._done, _AT_A_TIME)
        schedule = np.zeros(0, np.int64)
        if self.options.selection == "gumbel":
            # The first simulation of a new tree evaluates the root itself.
            fresh = int(self._tree.nodes[0].status == FRESH)
            following = self._schedule[self._tried : self._tried + made - fresh] or self._schedule[-1:]
            schedule = np.array(following[:1] * fresh + following, np.int64)
            made = len(schedule)
            self._tried += made - fresh
        batch = self._batch
        batch.logits[0] = 0
        done = int(
            play_out_leaves(
                self._forest, self._current, evaluator.worker, schedule, made, batch.logits[0], batch.wdl[0]
            )
        )
        self._stuck = done == 0

    # The tree.

    @property
    def _tree(self) -> Any:
        heads, *rows = self._forest
        return Tree(heads[self._current : self._current + 1], *(row[self._current] for row in rows))

    @property
    def _done(self) -> int:
        return int(self._forest.heads[self._current].done)

    def _full(self) -> int:
        """Permille of the nodes that are in use."""
        return 1000 * int(self._tree.head[0].used_nodes) // len(self._tree.nodes)

    def _take_root(self, root: Root) -> None:
        """Begin with what the last search knows of this state, or with nothing."""
        self._stuck = False
        kept = self._kept(root) if self._planted else NONE
        if kept != NONE:
            other = 1 - self._current
            transplant(self._forest, self._current, other, kept)
            self._current = other
        tree = self._tree
        history = root.history[-HISTORY_KEYS:]
        tree.head[0].keys[: len(history)] = history
        tree.head[0].known_keys = len(history)
        write_options(tree.head[0].options, self.options)
        if kept == NONE:
            copy_record(root.state, self._forest.states[self._current, 0])
            plant(self._forest, self._current)
        self._planted = True

    def _kept(self, root: Root) -> int:
        """The open node of the last tree, at most two plies down, that has this state; NONE if there is none."""
        tree = self._tree
        history = root.history
        wanted = self._key(root)
        nodes = tree.nodes[: int(tree.head[0].used_nodes)]
        for ply in (0, 1, 2):
            if ply > len(history):
                break
            came_from = wanted if ply == 0 else int(history[-ply])
            if int(nodes[0]["key"]) != came_from:
                continue
            for node in np.flatnonzero((nodes["ply"] == ply) & (nodes["key"] == wanted)):
                if nodes[node]["status"] == OPEN and (ply < 2 or self._passed(nodes, int(node), int(history[-1]))):
                    return int(node)
        return NONE

    def _key(self, root: Root) -> int:
        from search.rules import key

        return int(key(root.state))

    @staticmethod
    def _passed(nodes: Any, node: int, key: int) -> bool:
        return int(nodes[int(nodes[node]["parent"])]["key"]) == key

    def _allow(self, moves: Sequence[int]) -> None:
        tree = self._tree
        root = tree.nodes[0]
        edges = tree.edges[int(root.first) : int(root.first) + int(root.count)]
        tree.head[0].allowed[: int(root.count)] = np.isin(edges["move"], moves) if moves else 1

    def _noise(self, simulations: int) -> None:
        """Prepare sequential halving."""
        self._tried = 0
        if self.options.selection != "gumbel":
            return
        tree = self._tree
        count = int(tree.nodes[0].count)
        tree.head[0].gumbels[:count] = gumbel_noise(count, self._rng)
        allowed = int(tree.head[0].allowed[:count].sum())
        considered = min(self.options.considered, max(allowed, 1))
        self._schedule = considered_visits(considered, min(simulations, 100_000))

    # What was found.

    def _ranked(self) -> list[int]:
        """Indices of the root's allowed edges, the best first."""
        tree = self._tree
        root = tree.nodes[0]
        count, first = int(root.count), int(root.first)
        scores = np.zeros(self.rules.max_moves)
        if self.options.selection == "gumbel" and root.status == OPEN:
            improved_logits(tree, 0, scores)
            scores[:count] += tree.head[0].gumbels[:count]

        def rank(index: int) -> tuple[float, float, float, float]:
            edge = tree.edges[first + index]
            return (
                self._proof_rank(edge), self._visits(edge), float(scores[index]) + float(edge.prior), -index
            )  # fmt: skip

        return sorted((index for index in range(count) if tree.head[0].allowed[index]), key=rank, reverse=True)

    def _visits(self, edge: Any) -> int:
        """How often an edge was followed."""
        return int(self._tree.nodes[int(edge.child)].visits) if edge.child != NONE else 0

    def _mean(self, edge: Any) -> tuple[float, float]:
        """Mean value, the view of whoever moves along the edge, and mean share of draws; NaN without visits."""
        visits = self._visits(edge)
        if not visits:
            return math.nan, math.nan
        node = self._tree.nodes[int(edge.child)]
        return -float(node.win_loss) / visits, float(node.draws) / visits

    def _proof_rank(self, edge: Any) -> float:
        """Above 0 for a proven win, the quicker the higher; below for a proven loss."""
        tree = self._tree
        child = int(edge.child)
        if child == NONE or not self.options.solver:
            return 0.0
        proven, plies = int(tree.nodes[child].proven), int(tree.nodes[child].plies)
        if proven == LOSS:
            return 2.0 - plies / 1000
        return -2.0 + plies / 1000 if proven == WIN else 0.0

    def _any_move(self) -> int:
        tree = self._tree
        root = tree.nodes[0]
        return int(tree.edges[int(root.first)].move) if root.count else NO_MOVE

    def _lines(self, multipv: int) -> list[Line]:
        return [self._told(index, rank) for rank, index in enumerate(self._ranked()[: max(multipv, 1)], 1)]

    def _told(self, index: int, rank: int) -> Line:
        tree = self._tree
        edge = tree.edges[int(tree.nodes[0].first) + index]
        pv = self._line(index)
        return Line(
            rank=rank, score=self._score(edge), bound="exact", depth=len(pv), seldepth=int(tree.head[0].deepest), pv=pv
        )  # fmt: skip

    def _score(self, edge: Any) -> int:
        tree = self._tree
        child = int(edge.child)
        if child != NONE and int(tree.nodes[child].proven) != UNPROVEN:
            proven, plies = int(tree.nodes[child].proven), int(tree.nodes[child].plies) + 1
            return MATE - plies if proven == LOSS else plies - MATE if proven == WIN else 0
        value, _ = self._mean(edge)
        return centipawns(float(node_value(tree, 0)) if math.isnan(value) else value)

    def _line(self, index: int) -> tuple[int, ...]:
        """From a root's edge on, the most visited moves."""
        tree = self._tree
        edge = tree.edges[int(tree.nodes[0].first) + index]
        moves = [int(edge.move)]
        node = int(edge.child)
        while node != NONE and tree.nodes[node].count:
            here = tree.nodes[node]
            edges = tree.edges[int(here.first) : int(here.first) + int(here.count)]
            tried = [edge for edge in edges if self._visits(edge)]
            if not tried:
                break
            best = max(tried, key=lambda edge: (self._proof_rank(edge), self._visits(edge)))
            moves.append(int(best.move))
            node = int(best.child)
        return tuple(moves)

    def _report(self, on_info: OnInfo, multipv: int, seconds: float) -> None:
        for line in self._lines(multipv):
            on_info(Info(line=line, nodes=self._done, seconds=seconds, hashfull=self._full()))

    def statistics(self) -> list[MoveStatistics]:
        """What the last search knows of each move at the root, the best first."""
        tree = self._tree
        first = int(tree.nodes[0].first)
        known = []
        for index in self._ranked():
            edge = tree.edges[first + index]
            child, (value, draw) = int(edge.child), self._mean(edge)
            proven = int(tree.nodes[child].proven) if child != NONE else UNPROVEN
            known.append(
                MoveStatistics(
                    move=int(edge.move),
                    visits=self._visits(edge),
                    prior=float(edge.prior),
                    value=value,
                    draw=draw,
                    proven=None if proven == UNPROVEN else -proven,
                )
            )
        return known

    def improved_policy(self) -> dict[int, float]:
        """The policy that the last search suggests to learn, by move: of Gumbel AlphaZero, the softmax of logits and
        completed values; otherwise the shares of the visits.
        """
        tree = self._tree
        root = tree.nodes[0]
        edges = tree.edges[int(root.first) : int(root.first) + int(root.count)]
        policy: npt.NDArray[np.float64] = np.zeros(self.rules.max_moves)
        if self.options.selection == "gumbel":
            improved_policy(tree, 0, policy)
        else:
            visits = np.array([self._visits(edge) for edge in edges])
            policy[: len(edges)] = visits / max(int(visits.sum()), 1)
        return {int(edge.move): float(share) for edge, share in zip(edges, policy, strict=False)}


def centipawns(value: float) -> int:
    """A value in -1..1 as centipawns, which no proven end has."""
    return round(max(-_MOST, min(_MOST, _SCALE * math.tan(_STEEPNESS * value))))
