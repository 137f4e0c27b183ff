"""Work done on a Ray cluster (the extra `cluster`): the driver hands out units, and whole answers travel.

Snapshots lie in the cluster's object store, once for each version, and cannot change there. A worker that dies is
missed when its answer does not come; its unit is done by another. A unit over which workers die again and again is at
fault, unless their machines were lost. Workers join as soon as there is a free processor
for them. A call takes about a millisecond, so units are games, and never single evaluations.
"""

from __future__ import annotations

import socket
import time
import warnings
from collections.abc import Callable
from typing import Any

from selfplay.workforce import Snapshot, Unit, Work, Workforce

#: Seconds between two looks at whether more workers could be hired.
_LOOK = 2.0


class Cluster(Workforce):
    """The workers of a Ray cluster, one processor each."""

    def __init__(
        self,
        work: Work,
        address: str = "auto",
        *,
        most: int | None = None,
        told: Callable[[str], None] = warnings.warn,
    ) -> None:
        """`address` as of `ray.init`: of the cluster's head, `auto` for the one of this machine, `local` to begin one
        here. `most` workers are hired, or as many as there are processors. `told` hears, once, that none is free.

        ValueError if Ray is not installed, or no cluster is there.
        """
        _check(address)
        try:
            import ray
        except ImportError:
            raise ValueError("a cluster needs Ray: pip install matchbox-ai[cluster]") from None
        super().__init__()
        self._ray = ray
        self._ours = not ray.is_initialized()
        if self._ours:
            try:
                ray.init(address, log_to_driver=False, include_dashboard=False if address == "local" else None)
            except (ConnectionError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
                raise ValueError(f"there is no Ray cluster at {address!r}: {error}") from None
        self._work = ray.put(work)
        self._most = most
        self._told = told
        self._waited = False
        self._idle: list[Any] = []
        self._hiring: dict[Any, Any] = {}
        """Workers that are still starting, by the call that says when they are ready."""
        self._busy: dict[Any, tuple[Any, Unit]] = {}
        """Worker and unit by the call whose answer is waited for."""
        self._machines: dict[Any, str] = {}
        """Of each worker that has begun."""
        self._looked = -_LOOK
        self._hire()

    def _stored(self, snapshot: Snapshot) -> Any:
        return self._ray.put(snapshot)

    def collect(self) -> tuple[Unit, bytes]:
        ray = self._ray
        while self._waiting or self._busy:
            self._hire()
            self._hand_out()
            if not self._busy and not self._hiring:
                self._wait_for_room()
                continue
            ready, _ = ray.wait([*self._busy, *self._hiring], num_returns=1, timeout=_LOOK)
            for call in ready:
                if call in self._hiring:
                    self._welcome(call)
                    continue
                worker, unit = self._busy.pop(call)
                try:
                    answer: bytes = ray.get(call)
                except ray.exceptions.RayTaskError as error:
                    raise RuntimeError(f"a unit of work failed:\n{error}") from None
                except ray.exceptions.RayError:  # the worker, its machine, or the way to it is gone
                    if self._is_there(self._machines.pop(worker, "")):
                        self._died_over(unit)
                    else:
                        self._waiting.appendleft(unit)
                    continue
                self._idle.append(worker)
                return self._done(unit, answer)
        raise RuntimeError("no unit is under way")

    def _wait_for_room(self) -> None:
        """Wait until it is time to look again: nobody works, and nobody can be hired."""
        if not self._waited:
            self._told("the cluster has no free processor; the work waits until it has one")
        self._waited = True
        time.sleep(_LOOK)

    def _is_there(self, machine: str) -> bool:
        """Whether a machine is still part of the cluster."""
        return any(node["NodeID"] == machine and node["Alive"] for node in self._ray.nodes())

    def _hire(self) -> None:
        """Let workers join, as many as there is room for."""
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return
        self._looked = now
        free = int(self._ray.available_resources().get("CPU", 0)) - len(self._hiring)
        if self._most is not None:
            free = min(free, self._most - self.workers - len(self._hiring))
        for _ in range(free):
            worker = _remote(self._ray).remote(self._work)
            self._hiring[worker.ready.remote()] = worker

    def _welcome(self, call: Any) -> None:
        worker = self._hiring.pop(call)
        try:
            _, self._machines[worker] = self._ray.get(call)
        except self._ray.exceptions.RayError:
            return  # it died before it had begun
        self._idle.append(worker)

    def _hand_out(self) -> None:
        while self._waiting and self._idle:
            unit, worker = self._waiting.popleft(), self._idle.pop()
            self._busy[worker.do.remote(unit.argument, self._snapshot_of(unit))] = worker, unit

    def close(self) -> None:
        for worker in [*self._idle, *self._hiring.values(), *(worker for worker, _ in self._busy.values())]:
            self._ray.kill(worker)
        self._idle, self._hiring, self._busy = [], {}, {}
        self._waiting.clear()
        if self._ours:
            self._ray.shutdown()

    @property
    def workers(self) -> int:
        return len(self._idle) + len(self._busy)

    def pids(self) -> list[int]:
        """The processes of the workers that have nothing to do, for whoever wants to see one die."""
        return [process for process, _ in self._ray.get([worker.ready.remote() for worker in self._idle])]


def _check(address: str) -> None:
    """ValueError where nobody listens at the address of a head: Ray itself would wait for minutes."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "//" in address:
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise ValueError(f"there is no Ray cluster at {address!r}: {error}") from None


class _Worker:
    """What runs on the cluster."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def ready(self) -> tuple[int, str]:
        """Its process, and its machine as Ray calls it."""
        import os

        import ray

        return os.getpid(), ray.get_runtime_context().get_node_id()

    def do(self, argument: Any, snapshot: Snapshot | None) -> bytes:
        """A unit; Ray has fetched the snapshot, of which a machine has one copy for all its workers."""
        return self._work(argument, snapshot)


def _remote(ray: Any) -> Any:
    # One thread of everything: more of them would fight for the processors of other workers.
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    return ray.remote(num_cpus=1, max_restarts=0, runtime_env={"env_vars": one})(_Worker)
