"""Who does units of work: this process, some processes of this machine, or a cluster (`selfplay.cluster`).

A *work* is an object that can be pickled and called with an argument and a snapshot, and answers with bytes. The
answer must depend on these two alone, so that it does not matter who does a unit, or whether it is done a second time
because somebody died over the first. Snapshots are immutable and have versions; everybody gets each of them once.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing import connection, get_context
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

#: How often a unit is tried before whoever dies over it is thought to do so because of it.
ATTEMPTS = 3


class Snapshot(NamedTuple):
    """Something large that units have in common, such as a network."""

    version: int
    content: bytes


class Unit(NamedTuple):
    """A piece of work."""

    number: int
    """Which one it is."""
    argument: Any
    version: int | None = None
    """Of the snapshot that it needs."""


class Work(Protocol):
    """What is done with a unit; see the module."""

    def __call__(self, argument: Any, snapshot: Snapshot | None) -> bytes:
        """The answer."""


class Workforce(ABC):
    """Does units of work in any order. A context manager; leaving it lets everybody go."""

    def __init__(self) -> None:
        self._snapshots: dict[int, Any] = {}
        """By version, as `_stored` keeps them."""
        self._waiting: deque[Unit] = deque()
        self._attempts: dict[int, int] = {}
        """How often somebody died over a unit, by its number."""

    def publish(self, snapshot: Snapshot) -> None:
        """Make a snapshot known, before the units that need it."""
        self._snapshots[snapshot.version] = self._stored(snapshot)

    def retire(self, version: int) -> None:
        """Forget the snapshots before this version; no unit that is not done needs them."""
        self._snapshots = {known: snapshot for known, snapshot in self._snapshots.items() if known >= version}

    def submit(self, unit: Unit) -> None:
        """Have a unit done; returns at once."""
        self._waiting.append(unit)
        self._hand_out()

    @abstractmethod
    def collect(self) -> tuple[Unit, bytes]:
        """A unit that is done, and its answer; waits for one. RuntimeError if a unit failed, or none is under way."""

    @abstractmethod
    def close(self) -> None:
        """Let everybody go, whatever they are doing."""

    @property
    @abstractmethod
    def workers(self) -> int:
        """How many there are at this moment."""

    def run(self, units: Iterable[Unit]) -> Iterator[tuple[Unit, bytes]]:
        """Do all units and give the answers as they come; only so many are under way that nobody waits."""
        under_way = 0
        for unit in units:
            self.submit(unit)
            under_way += 1
            if under_way >= 2 * max(self.workers, 1):
                yield self.collect()
                under_way -= 1
        for _ in range(under_way):
            yield self.collect()

    def _stored(self, snapshot: Snapshot) -> Any:
        """Where a snapshot is until it is retired."""
        return snapshot

    def _snapshot_of(self, unit: Unit) -> Any:
        return None if unit.version is None else self._snapshots[unit.version]

    def _hand_out(self) -> None:  # noqa: B027 (a hook that may stay empty)
        """Give units that wait to those who have nothing to do."""

    def _died_over(self, unit: Unit) -> None:
        """Somebody died; have the unit done again, unless it seems to be the reason."""
        self._attempts[unit.number] = self._attempts.get(unit.number, 0) + 1
        if self._attempts[unit.number] >= ATTEMPTS:
            raise RuntimeError(f"{ATTEMPTS} workers died over unit {unit.number}")
        self._waiting.appendleft(unit)

    def _done(self, unit: Unit, answer: bytes) -> tuple[Unit, bytes]:
        self._attempts.pop(unit.number, None)
        self._hand_out()
        return unit, answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Here(Workforce):
    """This process itself, when it is asked for answers."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work

    def collect(self) -> tuple[Unit, bytes]:
        if not self._waiting:
            raise RuntimeError("no unit is under way")
        unit = self._waiting.popleft()
        return unit, self._work(unit.argument, self._snapshot_of(unit))

    def close(self) -> None:
        self._waiting.clear()

    @property
    def workers(self) -> int:
        return 1


class Processes(Workforce):
    """Processes of this machine, with one thread each; one that dies is replaced, and its unit done again."""

    def __init__(self, work: Work, count: int) -> None:
        """ValueError if `count` is below 1."""
        if count < 1:
            raise ValueError(f"{count} processes do no work; it takes at least 1")
        super().__init__()
        self._work = work
        self._hired = [_Process(work) for _ in range(count)]

    def collect(self) -> tuple[Unit, bytes]:
        while True:
            self._hand_out()
            busy = {process.pipe: process for process in self._hired if process.unit is not None}
            if not busy:
                raise RuntimeError("no unit is under way")
            process = busy[connection.wait(list(busy))[0]]  # type: ignore[index]
            unit = process.unit
            assert unit is not None
            try:
                failure, answer = process.pipe.recv()
            except (EOFError, OSError):
                self._replace(process, unit)
                continue
            process.unit = None
            if failure:
                raise RuntimeError(f"a unit of work failed:\n{failure}")
            return self._done(unit, answer)

    def _hand_out(self) -> None:
        for process in list(self._hired):
            if process.unit is None and self._waiting:
                unit = self._waiting.popleft()
                try:
                    process.begin(unit, self._snapshots)
                except OSError:  # it died while it had nothing to do
                    self._replace(process, unit)

    def _replace(self, process: _Process, unit: Unit) -> None:
        process.end()
        self._hired[self._hired.index(process)] = _Process(self._work)
        self._died_over(unit)

    def close(self) -> None:
        for process in self._hired:
            process.end()
        self._waiting.clear()

    @property
    def workers(self) -> int:
        return len(self._hired)

    def pids(self) -> list[int]:
        """Their numbers, for whoever wants to see one die."""
        return [process.pid for process in self._hired]


class _Process:
    """One process, and the unit that it is at."""

    def __init__(self, work: Work) -> None:
        # Started anew, not forked: threads and compiled code do not survive a fork.
        context = get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        with _one_thread():
            self._process.start()
        theirs.close()
        self.unit: Unit | None = None
        self._knows: set[int] = set()

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def begin(self, unit: Unit, snapshots: dict[int, Snapshot]) -> None:
        """Hand it a unit, and the snapshot if that is new to it; OSError if it is dead."""
        self.unit = unit
        new = None
        if unit.version is not None and unit.version not in self._knows:
            new = snapshots[unit.version]
            self._knows.add(unit.version)
        self.pipe.send((unit, new, min(snapshots, default=0)))

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.pipe.close()


class _one_thread:  # noqa: N801 (a context manager, used as one)
    """Libraries that a process loads meanwhile compute on one thread: more of them would fight for the cores."""

    _names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._names}
        os.environ.update(dict.fromkeys(self._names, "1"))

    def __exit__(self, *error: object) -> None:
        for name, value in self._before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _end_with_parent(parent: int) -> None:
    """End soon after the process that wants the answers, however that ended, in the midst of a unit."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _serve(pipe: connection.Connection[Any, Any], work: Work) -> None:
    """What a process does: units, until nobody wants any."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that hired this one, which ends it
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    snapshots: dict[int, Snapshot] = {}
    while True:
        try:
            unit, new, oldest = pipe.recv()
        except (EOFError, OSError):
            return
        if new is not None:
            snapshots[new.version] = new
        snapshots = {version: snapshot for version, snapshot in snapshots.items() if version >= oldest}
        try:
            answer = "", work(unit.argument, None if unit.version is None else snapshots[unit.version])
        except Exception:
            answer = traceback.format_exc(), b""
        try:
            pipe.send(answer)
        except OSError:
            return
