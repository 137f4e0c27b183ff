"""Processes that work for this one, and end with it, however it ends."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from typing import Any


def worker_pool(processes: int, begin: Callable[..., object] | None = None, *arguments: Any) -> ProcessPoolExecutor:
    """So many new processes, each of which calls `begin` with `arguments` first.

    What is large belongs into `arguments`. Jobs are small, together less than the 64 KiB that a pipe holds: if all
    processes are killed while the pool writes a job, Debian's Python 3.11.2 waits for ever for somebody to read it
    (CPython issue 94777, mended since).

    The pool's own processes would wait for work for ever if this one were killed: each holds a writing end of the pipe
    on which it and the others wait.
    """
    return ProcessPoolExecutor(processes, get_context("spawn"), initializer=_begin, initargs=(begin, *arguments))


def _begin(begin: Callable[..., object] | None, *arguments: Any) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
