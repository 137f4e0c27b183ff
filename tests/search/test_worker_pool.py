"""Processes that end with the one they work for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from search.worker_pool import Shared, worker_pool

#: Two processes that sleep, and a third thing to do, so that a pipe has something in it.
PROGRAM = """
import os, time
from search.worker_pool import worker_pool
if __name__ == "__main__":
    with worker_pool(2) as pool:
        numbers = {pool.submit(os.getpid).result() for _ in range(8)}
        for _ in range(3):
            pool.submit(time.sleep, 600)
        print(*{process.pid for process in pool._processes.values()}, flush=True)
        time.sleep(600)
"""


def test_work_is_done_and_each_process_begins_as_it_was_told() -> None:
    with worker_pool(2, _begin, "told") as pool:
        assert list(pool.map(_begun, range(4))) == ["told"] * 4
    assert _begun(0) == ""


def test_processes_get_what_is_larger_than_a_pipe() -> None:
    text = "long" * 1_000_000
    with worker_pool(2, _begin_with, Shared(text)) as pool:
        assert list(pool.map(_length_begun_with, range(4))) == [len(text)] * 4


def _begin_with(given: Shared[str]) -> None:
    _begin(given.copy())


def _length_begun_with(_: int) -> int:
    return len(_told)


_told = ""


def _begin(told: str) -> None:
    global _told
    _told = told


def _begun(_: int) -> str:
    return _told


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_they_end_when_their_parent_is_killed(how: signal.Signals, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    with subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(number) for number in parent.stdout.readline().split()]
        assert len(workers) == 2
        assert all(map(_runs, workers))
        parent.send_signal(how)
    until = time.monotonic() + 60
    while any(map(_runs, workers)):
        assert time.monotonic() < until
        time.sleep(0.05)
