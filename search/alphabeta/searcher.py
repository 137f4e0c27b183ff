"""The alpha-beta searcher: iterative deepening, time, and threads around the kernels.

Threads share the transposition table and nothing else that matters (lazy SMP): each deepens on its own, a little out of
step, and finds in the table what the others left there. The thread that `search` is called on decides and reports.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np

from search.alphabeta.aspiration import bound_of, depth_less, first_window, wider_window
from search.alphabeta.options import Options, write_options
from search.alphabeta.parameters import Parameters
from search.alphabeta.quiescence import INFINITE
from search.alphabeta.root import begin, rank, search_window
from search.alphabeta.table import EXACT, LOWER, UPPER, Table
from search.alphabeta.worker import HISTORY_KEYS, SIGNALS, set_parameters, worker_dtype
from search.evaluation import Evaluation
from search.kernel import compile_kernel
from search.memory import address_of, aligned_records
from search.rules import NO_MOVE, Rules
from search.searcher import MATE, MAX_PLY, Info, Limits, Line, OnInfo, Result, Root, Searcher, Stop

#: Seconds between reports of progress.
REPORT_SECONDS = 1.0
#: What a report calls the bounds.
BOUNDS = {EXACT: "exact", LOWER: "lower", UPPER: "upper"}
#: The depth at which a forced move is played at once.
FORCED_DEPTH = 6


class AlphaBeta(Searcher):
    """Alpha-beta over the states of one game with one static evaluation."""

    def __init__(
        self,
        rules: Rules,
        evaluation: Evaluation,
        *,
        hash_mib: int = 16,
        threads: int = 1,
        options: Options | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        """`hash_mib` MiB of transposition table and `threads` threads, at least 1 of each (ValueError otherwise)."""
        if evaluation.rules is not rules:
            raise ValueError(f"{evaluation.name} evaluates {evaluation.rules.name}, not {rules.name}")
        self.rules = rules
        self.evaluation = evaluation
        self.options = options or Options()
        self.parameters = parameters or Parameters()
        self._table = Table(hash_mib)
        self._workers: list[Any] = []  # of each thread an array of one worker: see `search.alphabeta.root`
        self._kept: list[object] = []
        self._pool: ThreadPoolExecutor | None = None
        self.set_threads(threads)

    @property
    def hash_mib(self) -> int:
        """MiB of the transposition table."""
        return self._table.mebibytes

    @property
    def threads(self) -> int:
        """The number of search threads."""
        return len(self._workers)

    def resize(self, hash_mib: int) -> None:
        """Replace the transposition table by an empty one of `hash_mib` MiB; on MemoryError the old one stays."""
        self._table = Table(hash_mib)

    def clear_hash(self) -> None:
        """Forget the transposition table."""
        self._table.clear()

    def set_threads(self, threads: int) -> None:
        """Search with `threads` threads from now on."""
        if threads < 1:
            raise ValueError(f"{threads} threads cannot search; it takes at least 1")
        if self._pool is not None:
            self._pool.shutdown()
        self._pool = ThreadPoolExecutor(threads - 1, "search") if threads > 1 else None
        del self._workers[threads:]
        while len(self._workers) < threads:
            self._workers.append(self._new_worker())

    def set_parameters(self, parameters: Parameters) -> None:
        """Search with these numbers from now on."""
        self.parameters = parameters
        for (worker,) in self._workers:
            set_parameters(worker, parameters)

    def _new_worker(self) -> Any:
        workers = aligned_records(1, worker_dtype(self.rules, self.evaluation))
        self._kept.append(self.evaluation.prepare(workers[0].accumulators))
        set_parameters(workers[0], self.parameters)
        return workers

    def new_game(self) -> None:
        """Forget the transposition table and everything learnt about moves."""
        self._table.clear()
        for (worker,) in self._workers:
            for table in (worker.butterfly, worker.captures, worker.counter_moves):
                table.fill(0)
            for table in (worker.continuation, worker.structures, worker.corrections):
                table.fill(0)

    def compile(self) -> None:
        """Compile every kernel of this search (or load it from the cache) without searching."""
        workers = self._workers[0]
        compile_kernel(begin, workers)
        compile_kernel(search_window, workers, 1, 0, 0)
        compile_kernel(rank, workers)
        compile_kernel(first_window, workers, 1, 0)
        compile_kernel(bound_of, 0, 0, 0)
        compile_kernel(depth_less, workers, 0, 0)
        compile_kernel(wider_window, 0, 0, 0, 0)

    def bare_worker(self) -> Any:
        """The worker of the first thread, [1], ready for `search.alphabeta.deepening`; valid as long as this is."""
        workers = self._workers[0]
        worker = workers[0]
        signals = aligned_records(1, SIGNALS)
        self._kept.append(signals)
        write_options(worker.options, self.options)
        worker.signals = address_of(signals)
        worker.table = self._table.address
        worker.clusters = self._table.clusters
        worker.age = self._table.age
        worker.first_ply = 0
        return workers

    def search(self, root: Root, limits: Limits, on_info: OnInfo | None = None, stop: Stop | None = None) -> Result:
        """See `search.searcher.Searcher.search`."""
        stop = stop or Stop()
        run = _Run(self, root, limits, on_info, stop)
        with run.watched(), run.helped(self._pool, self._workers[1:]):
            run.deepen(self._workers[0])
        while (limits.infinite or run.pondering) and not stop.is_set():
            stop.wait(0.01)
        return run.result()


class _Run:
    """One search: the limits it runs under, the clock, and the reports."""

    def __init__(self, searcher: AlphaBeta, root: Root, limits: Limits, on_info: OnInfo | None, stop: Stop) -> None:
        self.started = time.monotonic()
        self.limits = limits
        self.stop = stop
        self.on_info = on_info
        self.workers = searcher._workers
        self.parameters = searcher.parameters
        self.table = searcher._table
        self.signals = aligned_records(1, SIGNALS)
        self.depth = 0
        self.lines: list[Line] = []
        self.enough_at_ponderhit = False
        self.over = threading.Event()
        self.table.next_search()
        for workers in self.workers:
            self._prepare(workers, root, searcher.options)
        stop.attach(self._stop_or_ponderhit)

    def _prepare(self, workers: Any, root: Root, options: Options) -> None:
        worker = workers[0]
        write_options(worker.options, options)
        worker.states[0] = root.state
        history = root.history[-HISTORY_KEYS:]
        worker.keys[: len(history)] = history
        worker.first_ply = len(history)
        worker.signals = address_of(self.signals)
        worker.table = self.table.address
        worker.clusters = self.table.clusters
        worker.age = self.table.age
        most = int(np.iinfo(np.int64).max)
        nodes = self.limits.nodes
        worker.node_limit = most if nodes is None else min(max(nodes // len(self.workers), 1), most)
        count = int(begin(workers))
        if self.limits.moves:
            kept = np.isin(worker.root["move"][:count], self.limits.moves)
            worker.root_count = int(kept.sum())
            worker.restricted = int(worker.root_count < count)
            worker.root[: worker.root_count] = worker.root[:count][kept]

    # The clock.

    @property
    def pondering(self) -> bool:
        """Whether the limits of time do not count yet."""
        return self.limits.ponder and self.stop.ponderhit_at is None

    @property
    def clock_start(self) -> float:
        """When the limits of time began to count, on the monotonic clock."""
        return self.stop.ponderhit_at if self.limits.ponder and self.stop.ponderhit_at is not None else self.started

    def _due(self) -> bool:
        """Whether the search must end now, by `stop` or by its hard limit of time."""
        if self.stop.is_set():
            return True
        seconds = self.limits.seconds
        return seconds is not None and not self.pondering and time.monotonic() >= self.clock_start + seconds

    def _stop_or_ponderhit(self) -> None:
        # The first iteration, less than a millisecond, is always finished: any answer beats a blind one.
        thought = self.stop.ponderhit_at is not None and self.enough_at_ponderhit
        if self.depth > 0 and (self.stop.is_set() or thought):
            self.signals[0].stop = 1
        self.over.set()  # wakes the watcher, which looks again at what holds

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Stop the kernels at the hard limit of time, and report progress, from a thread of its own."""
        if self.limits.seconds is None and self.on_info is None:
            yield
            return
        finished = threading.Event()

        def watch() -> None:
            report = self.started + REPORT_SECONDS
            while not finished.is_set():
                now = time.monotonic()
                wake = report
                if self.limits.seconds is not None and not self.pondering:
                    deadline = self.clock_start + self.limits.seconds
                    if now >= deadline:
                        if self.depth > 0:
                            self.signals[0].stop = 1
                        return
                    wake = min(wake, deadline)
                if now >= report:
                    report = now + REPORT_SECONDS
                    self._report(None)
                    continue
                self.over.wait(max(wake - now, 0.0))
                if not finished.is_set():
                    self.over.clear()

        watcher = threading.Thread(target=watch, name="search-clock", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            finished.set()
            self.over.set()
            watcher.join()

    @contextmanager
    def helped(self, pool: ThreadPoolExecutor | None, helpers: list[Any]) -> Iterator[None]:
        """Let the other threads search the same root until the block ends."""
        futures: list[Future[None]] = []
        if pool is not None:
            futures = [pool.submit(self._help, helper, number) for number, helper in enumerate(helpers)]
        try:
            yield
        finally:
            self.signals[0].stop = 1
            for future in futures:
                future.result()

    def _help(self, workers: Any, number: int) -> None:
        worker = workers[0]
        score = 0
        for depth in range(1 + number % 2, MAX_PLY):
            if not worker.root_count:
                return
            worker.root_depth = depth
            worker.root_first = 0
            score = self._window(workers, depth, score, report=False)
            if worker.stopped:
                return

    # Deepening.

    def deepen(self, workers: Any) -> None:
        """Search depth after depth until a limit is reached."""
        worker = workers[0]
        if worker.root_count == 0:
            return
        limits = self.limits
        scores = [0] * min(max(limits.multipv, 1), int(worker.root_count))
        stable = 0
        last_move, last_score = NO_MOVE, 0
        for depth in range(1, min(limits.depth or MAX_PLY - 1, MAX_PLY - 1) + 1):
            worker.root_depth = depth
            for number in range(len(scores)):
                worker.root_first = number
                scores[number] = self._window(workers, depth, scores[number], report=len(scores) == 1)
                if worker.stopped:
                    break
            worker.root_first = 0
            rank(workers)
            if worker.stopped:
                break
            self.depth = depth
            self._keep_lines(worker, len(scores))
            if len(scores) > 1:
                # A later line may have turned out better than an earlier one, so they are told when all are known.
                scores = [int(worker.root[number].score) for number in range(len(scores))]
                for line in self.lines:
                    self._report(line)
            if depth == 1 and self._due():
                break
            move, score = int(worker.root[0].move), scores[0]
            stable = stable + 1 if move == last_move else 0
            dropped = last_score - score if depth > 1 else 0
            last_move, last_score = move, score
            if limits.mate is not None and score >= MATE - 2 * limits.mate + 1:
                break
            if self._enough(worker, stable, dropped):
                break
        if worker.stopped:
            self._keep_better_move(worker, len(scores))
            for line in self.lines:
                self._report(line)

    def _enough(self, worker: Any, stable: int, dropped: int) -> bool:
        """Whether the next iteration is not worth its time: sooner for a stable choice, later after a drop.

        While it ponders, the search goes on; but if it would have been enough, the hit of the ponder move ends it.
        """
        soft = self.limits.soft_seconds
        if soft is None or self.limits.infinite:
            return False
        pondering = self.pondering
        began = self.started if pondering else self.clock_start
        forced = worker.root_count == 1 and self.depth >= FORCED_DEPTH
        enough = forced or time.monotonic() - began >= soft * self._stretch(worker, stable, dropped)
        self.enough_at_ponderhit = enough
        return enough and not (pondering and self.pondering)

    def _stretch(self, worker: Any, stable: int, dropped: int) -> float:
        """By what to multiply the planned time: less for a stable choice, more after a drop."""
        share = int(worker.root[0].nodes) / max(int(worker.nodes), 1)
        factor = (1.45, 1.15, 1.0, 0.9, 0.8)[min(stable, 4)]
        factor *= min(max(1.0 + dropped / 80, 0.85), 1.6)
        return factor * (1.7 - share)

    def _window(self, workers: Any, depth: int, guess: int, *, report: bool) -> int:
        """Search the root to `depth` in a window around `guess`, widened until the score lies inside."""
        worker = workers[0]
        alpha, beta, width = first_window(workers, depth, guess)
        less = 0
        while True:
            score = int(search_window(workers, max(depth - less, 1), alpha, beta))
            rank(workers)
            if worker.stopped:
                return score
            bound = int(bound_of(score, alpha, beta))
            if report and self.on_info is not None:
                self._report(self._line(worker, int(worker.root_first), BOUNDS[bound], depth))
            if bound == EXACT:
                return score
            less = int(depth_less(workers, less, bound))
            alpha, beta, width = wider_window(alpha, beta, width, score)

    # Reports.

    @property
    def nodes(self) -> int:
        """States visited by all threads."""
        return sum(int(worker.nodes) for (worker,) in self.workers)

    def _line(self, worker: Any, index: int, bound: str, depth: int) -> Line:
        root = worker.root[index]
        return Line(
            rank=index + 1,
            score=int(root.score),
            bound=bound,
            depth=depth,
            seldepth=int(root.seldepth),
            pv=tuple(int(move) for move in root.pv[: int(root.pv_length)]),
        )

    def _report(self, line: Line | None) -> None:
        if self.on_info is None:
            return
        worker = self.workers[0][0]
        current = int(worker.root_current)
        self.on_info(
            Info(
                line=line,
                nodes=self.nodes,
                seconds=time.monotonic() - self.started,
                hashfull=self.table.permille_full(),
                current_move=int(worker.root[current].move),
                current_number=current + 1,
            )
        )

    def _keep_lines(self, worker: Any, count: int) -> None:
        self.lines = [
            self._line(worker, index, "exact", self.depth)
            for index in range(count)
            if worker.root[index].score > -INFINITE
        ]

    def _keep_better_move(self, worker: Any, count: int) -> None:
        """Of an iteration that was broken off nothing counts but another best move: it is at least as good."""
        if not self.lines:
            self._keep_lines(worker, count)
        elif count == 1 and worker.root[0].move != self.lines[0].pv[0]:
            self.lines = [self._line(worker, 0, "lower", self.depth + 1)]

    def result(self) -> Result:
        """What was found; the first legal move where nothing was."""
        worker = self.workers[0][0]
        pv = self.lines[0].pv if self.lines else ()
        first = int(worker.root[0].move) if worker.root_count else NO_MOVE
        return Result(
            move=pv[0] if pv else first,
            ponder=pv[1] if len(pv) > 1 else NO_MOVE,
            score=self.lines[0].score if self.lines else 0,
            lines=tuple(self.lines),
            depth=self.depth,
            nodes=self.nodes,
            seconds=time.monotonic() - self.started,
        )
