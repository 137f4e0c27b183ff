"""Processes that work for this one, and end with it, however it ends."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


def worker_pool(processes: int, begin: Callable[..., object] | None = None, *arguments: Any) -> ProcessPoolExecutor:
    """So many new processes, each of which calls `begin` with `arguments` first.

    What is large belongs into `arguments`, as `Shared`. Jobs and other arguments are small, together less than the 64
    KiB that a pipe holds: if all processes are killed while one is written, Python waits for somebody to read it (for
    arguments any Python, for jobs Debian's 3.11.2; CPython issue 94777).

    The pool's own processes would wait for work for ever if this one were killed: each holds a writing end of the pipe
    on which it and the others wait.
    """
    return ProcessPoolExecutor(processes, get_context("spawn"), initializer=_begin, initargs=(begin, *arguments))


class Shared(Generic[Value]):
    """A value of any size for the `arguments` of `worker_pool`: in memory that all processes see, not in a pipe."""

    def __init__(self, value: Value) -> None:
        packed = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        self._memory: Any = get_context("spawn").RawArray("B", len(packed))
        self._bytes[:] = packed

    @property
    def _bytes(self) -> memoryview:
        return memoryview(self._memory).cast("B")

    def copy(self) -> Value:
        """The value, in the memory of the process that asks."""
        value: Value = pickle.loads(self._bytes)
        return value


def _begin(begin: Callable[..., object] | None, *arguments: Any) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
