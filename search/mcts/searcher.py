"""Monte Carlo tree search as a searcher: one tree, batches of its leaves, an evaluator.

The tree of the last search is kept as far as it still holds when the game has gone on from there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from search.evaluator import Batch, Evaluator, new_batch
from search.kernel import compile_kernel
from search.mcts.choosing import Temperature
from search.mcts.forest import NONE, OPEN, UNPROVEN, Tree, bytes_of, new_forest
from search.mcts.gathering import gather, gather_planned, give_back, give_back_recalled, transplant
from search.mcts.gumbel import gumbel_noise, halving
from search.mcts.options import Options, write_options
from search.mcts.playing_out import play_out_leaves
from search.mcts.rooting import known_node, mix_noise, remember
from search.mcts.simulation import plant
from search.mcts.telling import Findings, MoveStatistics
from search.mcts.timing import EVERY, STRETCH, settled
from search.memory import copy_record
from search.playouts import Playouts
from search.rules import LOSS, NO_MOVE, Rules
from search.searcher import Info, Limits, OnInfo, Result, Root, Searcher, Stop

#: Edges that a node has on average, for the sizes of the arrays.
_EDGES_PER_NODE = 40
#: Simulations in one call of a kernel, where the evaluator is one; a few milliseconds.
_AT_A_TIME = 64
#: How often a batch is filled up again after leaves in it were answered from memory.
_REFILLS = 8
#: Seconds between reports.
_REPORT_SECONDS = 1.0
#: Simulations of Gumbel's first round of halving where their number is unknown; each next round has twice as many.
_FIRST_ROUND = 128
#: Arguments of a kernel: the numbers of the trees, and any edge of the root.
_NUMBERS, _ANY_EDGE = np.arange(2), np.full(1, -1, np.int64)


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
        temperature: Temperature | None = None,
    ) -> None:
        """`hash_mib`: MiB for the tree; `batch`: leaves that are evaluated together; `simulations`: limit of a search
        without one of nodes or time; `temperature`: of the choice of the move, by default the most visited one.
        ValueError where one of them is too small.
        """
        if batch < 1:
            raise ValueError(f"a batch of {batch} states cannot be evaluated; it takes at least 1")
        self.evaluator = evaluator
        self.rules: Rules = evaluator.rules
        self.options = options or Options()
        self.temperature = temperature or Temperature()
        self.seed = seed
        self.simulations = simulations
        self._rng = np.random.default_rng(seed)
        self._batch = new_batch(self.rules, batch, evaluator.history)
        # Asking an evaluator that never remembers anything would cost a call for each batch.
        self._recalls = type(evaluator).recall is not Evaluator.recall
        self._places = np.zeros((batch, 2), np.int64)
        self._current = 0  # which of the two trees is in use
        self._noisy = False  # whether noise is still to be mixed into the root's policy
        self._planted = False
        self._looked = 0.0  # when the visits were last looked at, to see whether the move is settled
        self._before = np.zeros(self.rules.max_moves, np.int64)  # visits that the root's edges were kept with
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
        # A search asks for these after every batch, and making views of records takes longer than reading them.
        heads, *rows = self._forest
        self._trees = tuple(Tree(heads[one : one + 1], *(row[one] for row in rows)) for one in range(2))
        self._simulations = heads.view(np.ndarray)["done"]
        self._roots = self._forest.nodes.view(np.ndarray)[:, 0]
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
        batch, places = self._batch, self._places
        compile_kernel(plant, self._forest, zero)
        compile_kernel(transplant, self._forest, zero, zero, zero)
        if isinstance(self.evaluator, Playouts):
            schedule = np.zeros(0, np.int64)
            forest, worker = self._forest, self.evaluator.worker
            compile_kernel(play_out_leaves, forest, zero, worker, schedule, zero, batch.logits[0], batch.wdl[0])
            return
        if self.options.selection == "gumbel":
            compile_kernel(gather_planned, self._forest, zero, games, zero, batch, places, games)
        self.evaluator.compile()
        compile_kernel(gather, self._forest, games, games, zero, limits, batch, places)
        compile_kernel(give_back, self._forest, places, zero, batch)
        if self._recalls:
            compile_kernel(give_back_recalled, self._forest, places, np.zeros(1, np.bool_), batch)

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
        self._prepare(simulations)
        reported = self._looked = started
        while not self._enough(limits, simulations, started, stop):
            self._step(simulations)
            if self._noisy and self._tree.nodes[0].status == OPEN:
                mix_noise(self._tree, self.options.noise_alpha, self.options.noise_share, self._rng)
                self._noisy = False
            now = time.monotonic()
            if on_info is not None and now >= reported + _REPORT_SECONDS:
                reported = now
                self._report(on_info, limits.multipv, now - started)
        while (limits.infinite or (limits.ponder and stop.ponderhit_at is None)) and not stop.is_set():
            stop.wait(0.01)
        seconds = time.monotonic() - started
        findings = self._findings
        lines = findings.lines(limits.multipv)
        if on_info is not None:
            for line in lines:
                on_info(Info(line=line, nodes=self._done, seconds=seconds, hashfull=self._full()))
        pv = self._chosen(findings, len(root.history))
        return Result(
            move=pv[0] if pv else self._any_move(),
            ponder=pv[1] if len(pv) > 1 else NO_MOVE,
            score=lines[0].score if lines else 0,
            lines=tuple(lines),
            depth=lines[0].depth if lines else 0,
            nodes=self._done,
            seconds=seconds,
        )

    def _chosen(self, findings: Findings, ply: int) -> tuple[int, ...]:
        """The line of the move to play: the best one, or drawn by the temperature unless its end is proven."""
        ranked = findings.ranked()
        if not ranked:
            return ()
        edges = [findings.edge(index) for index in ranked]
        if findings.proven(edges[0]) is not None or self.temperature.at(ply) == 0:
            return findings.line(ranked[0])
        lost = np.array([findings.proven(edge) == LOSS for edge in edges])
        visits = np.where(lost, 0.0, [float(findings.counted(index)) for index in ranked])
        values = np.array([findings.mean(edge)[0] for edge in edges])
        return findings.line(ranked[self.temperature.draw(visits, values, ply, self._rng)])

    def _planned(self, limits: Limits) -> int:
        """Simulations of this search at most."""
        if limits.nodes is not None:
            return max(limits.nodes, 1)
        bounded = limits.seconds is not None or limits.soft_seconds is not None or limits.infinite or limits.ponder
        if bounded or limits.depth is not None or limits.mate is not None or self.simulations is None:
            return int(np.iinfo(np.int64).max // 2)
        return self.simulations

    def _enough(self, limits: Limits, simulations: int, started: float, stop: Stop) -> bool:
        root = self._roots[self._current]
        if root["count"] == 0 or self._done >= simulations or self._stuck:
            return True
        if self._done == 0:
            return False  # one evaluation, at least: its policy beats a blind move
        if stop.is_set() or root["proven"] != UNPROVEN:
            return True
        pondering = limits.ponder and stop.ponderhit_at is None
        if not limits.infinite and not pondering:
            now = time.monotonic()
            spent = now - (stop.ponderhit_at if limits.ponder and stop.ponderhit_at is not None else started)
            if limits.seconds is not None and spent >= limits.seconds:
                return True
            if limits.soft_seconds is not None:
                left = STRETCH * limits.soft_seconds - spent
                if left <= 0 or root["count"] == 1:
                    return True
                if now >= self._looked + EVERY and self._by_visits:
                    self._looked = now
                    if settled(self._tree, self._done / (now - started) * left):
                        return True
        if limits.depth is not None and int(self._tree.head[0].deepest) >= limits.depth:
            findings = self._findings
            return len(findings.line(findings.ranked()[0])) >= limits.depth
        return False

    def _step(self, simulations: int) -> None:
        """Gather a batch of leaves, have it evaluated, and give the answers back."""
        if isinstance(self.evaluator, Playouts):
            self._play_out(self.evaluator, simulations)
            return
        before = self._done
        waiting, rows = 0, len(self._places)
        for _ in range(_REFILLS):
            fresh, places = self._batch, self._places
            if waiting:
                fresh, places = Batch._make(array[waiting:] for array in fresh), places[waiting:]
            found = self._gather(simulations, fresh, places)
            waiting += found
            if found == 0 or not self._recalls:
                break
            fresh = fresh.first(found)
            recalled = self.evaluator.recall(fresh)
            if recalled.any():
                waiting += int(give_back_recalled(self._forest, places, recalled, fresh)) - found
            elif waiting == rows:
                break
        if waiting:
            self.evaluator.evaluate(self._batch.first(waiting))
            give_back(self._forest, self._places, waiting, self._batch)
        self._stuck = waiting == 0 and self._done == before

    def _gather(self, simulations: int, batch: Batch, places: npt.NDArray[np.int64]) -> int:
        """Fill a batch as far as may be; return how many leaves there are."""
        if len(places) == 0:
            return 0
        if self.options.selection == "gumbel" and self._tree.nodes[0].status == OPEN:
            made = np.zeros(1, np.int64)
            wanted = self._following(len(places))
            found = int(gather_planned(self._forest, self._current, wanted, simulations, batch, places, made))
            self._tried += int(made[0])
            return found
        games = _NUMBERS[self._current : self._current + 1]
        limits = np.full(2, simulations, np.int64)
        return int(gather(self._forest, games, _ANY_EDGE, len(places), limits, batch, places))

    def _following(self, most: int) -> npt.NDArray[np.int64]:
        """Of Gumbel's next simulations, at most so many, the visits of the root's edge to follow, [n].

        They are of one phase of the halving, in which the order does not matter; the next phase has to wait for them.
        """
        if self._tried in (0, *self._phases) and self._tree.nodes[0].flying:
            return self._schedule[:0]
        if self._tried == len(self._schedule):
            self._begin_round()
        end = next(end for end in self._phases if end > self._tried)
        return self._schedule[self._tried : min(end, self._tried + most)]

    def _play_out(self, evaluator: Playouts, simulations: int) -> None:
        """A few simulations without coming back to Python."""
        made = min(simulations - self._done, _AT_A_TIME)
        schedule = np.zeros(0, np.int64)
        if self.options.selection == "gumbel":
            if self._tree.nodes[0].status == OPEN:
                schedule = self._following(made)
                made = len(schedule)
                self._tried += made
            else:
                made = 1  # the first simulation of a new tree evaluates the root itself
        batch = self._batch
        batch.logits[0] = 0
        done = int(
            play_out_leaves(
                self._forest, self._current, evaluator.worker, schedule, made, batch.logits[0], batch.wdl[0]
            )
        )
        self._stuck = done == 0

    @property
    def _by_visits(self) -> bool:
        """Whether the move to play is the one with the most visits."""
        return self.options.selection != "gumbel" and self.temperature == Temperature()

    # The tree.

    @property
    def _tree(self) -> Any:
        return self._trees[self._current]

    @property
    def _done(self) -> int:
        return int(self._simulations[self._current])

    def _full(self) -> int:
        """Permille of the nodes that are in use."""
        return 1000 * int(self._tree.head[0].used_nodes) // len(self._tree.nodes)

    def _take_root(self, root: Root) -> None:
        """Begin with what the last search knows of this state, or with nothing."""
        self._stuck = False
        kept = known_node(self._tree, root, self.evaluator.history) if self._planted else NONE
        if kept != NONE:
            other = 1 - self._current
            transplant(self._forest, self._current, other, kept)
            self._current = other
        tree = self._tree
        remember(tree.head[0], root.history, root.past)
        write_options(tree.head[0].options, self.options)
        if not self.evaluator.tells_moves_left:
            tree.head[0].options.moves_left_effect = 0.0
        if kept == NONE:
            copy_record(root.state, self._forest.states[self._current, 0])
            plant(self._forest, self._current)
        self._planted = True

    def _allow(self, moves: Sequence[int]) -> None:
        tree = self._tree
        root = tree.nodes[0]
        edges = tree.edges[int(root.first) : int(root.first) + int(root.count)]
        tree.head[0].allowed[: int(root.count)] = np.isin(edges["move"], moves) if moves else 1

    def _prepare(self, simulations: int) -> None:
        """Draw the noise of this search, and begin sequential halving."""
        tree, options = self._tree, self.options
        count = int(tree.nodes[0].count)
        self._before = np.zeros(count, np.int64)
        self._before[:] = [self._findings.visits(self._findings.edge(index)) for index in range(count)]
        self._noisy = options.noise_share > 0 and count > 0
        if tree.nodes[0].status == OPEN:
            mix_noise(tree, options.noise_alpha, options.noise_share, self._rng)
            self._noisy = False
        if options.selection != "gumbel":
            return
        tree.head[0].gumbels[:count] = options.gumbel_scale * gumbel_noise(count, self._rng)
        # The first simulation of a new tree evaluates the root itself.
        following = max(simulations - int(tree.nodes[0].status != OPEN), 1)
        self._round = following if following <= 100_000 else _FIRST_ROUND
        self._begin_round()

    def _begin_round(self) -> None:
        """Begin sequential halving, again where an earlier round is over: with twice the simulations."""
        tree = self._tree
        findings = self._findings
        count = int(tree.nodes[0].count)
        tree.head[0].begun[:count] = [findings.visits(findings.edge(index)) for index in range(count)]
        allowed = int(tree.head[0].allowed[:count].sum())
        phases = halving(min(self.options.considered, max(allowed, 1)), self._round)
        self._schedule = np.array([visits for phase in phases for visits in phase], np.int64)
        self._phases = np.cumsum([len(phase) for phase in phases]).tolist()
        self._tried = 0
        self._round = min(2 * self._round, 1 << 20)

    # What was found.

    @property
    def _findings(self) -> Findings:
        return Findings(self._tree, self.options, self.rules, self._before)

    def _any_move(self) -> int:
        tree = self._tree
        root = tree.nodes[0]
        return int(tree.edges[int(root.first)].move) if root.count else NO_MOVE

    def _report(self, on_info: OnInfo, multipv: int, seconds: float) -> None:
        for line in self._findings.lines(multipv):
            on_info(Info(line=line, nodes=self._done, seconds=seconds, hashfull=self._full()))

    def statistics(self) -> list[MoveStatistics]:
        """What the last search knows of each move at the root, the best first."""
        return self._findings.statistics()

    def improved_policy(self) -> dict[int, float]:
        """The policy that the last search suggests to learn, by move: of Gumbel AlphaZero, the softmax of logits and
        completed values; otherwise the shares of the visits, less what was only forced.
        """
        return self._findings.improved_policy()
