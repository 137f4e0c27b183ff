"""Who does units of work: everybody gives the same answers, deaths are survived, failures are told."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from selfplay.workforce import ATTEMPTS, Here, Processes, Snapshot, Unit, Work, Workforce


class Shouting:
    """Repeats a word in the manner of its snapshot; some words are fatal."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def __call__(self, argument: Any, snapshot: Snapshot | None) -> bytes:
        if argument == "fail":
            raise ValueError("no such word")
        if argument == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if argument == "die once" and self.folder is not None:
            try:
                (self.folder / "died").touch(exist_ok=False)
            except FileExistsError:
                return b"alive"
            os.kill(os.getpid(), signal.SIGKILL)
        content = b"" if snapshot is None else snapshot.content
        return content + str(argument).encode()


def two(work: Work) -> Processes:
    return Processes(work, 2)


@pytest.mark.parametrize("hire", [Here, two])
def test_every_unit_is_answered_with_its_own_snapshot(hire: Callable[[Work], Workforce]) -> None:
    with hire(Shouting()) as workforce:
        workforce.publish(Snapshot(1, b"one "))
        workforce.publish(Snapshot(2, b"two "))
        for number in range(6):
            workforce.submit(Unit(number, number, version=1 + number % 2))
        answers = dict(workforce.collect() for _ in range(6))
        assert {unit.number: answer for unit, answer in answers.items()} == {
            number: (b"two " if number % 2 else b"one ") + str(number).encode() for number in range(6)
        }
        workforce.retire(2)
        workforce.submit(Unit(7, "last", version=2))
        assert workforce.collect()[1] == b"two last"
        with pytest.raises(RuntimeError, match="no unit is under way"):
            workforce.collect()
        assert sorted(answer for _, answer in workforce.run(Unit(n, n) for n in range(20, 30))) == [
            str(n).encode() for n in range(20, 30)
        ]


def test_a_process_that_dies_is_replaced_and_its_unit_done_again(tmp_path: Path) -> None:
    with Processes(Shouting(tmp_path), 1) as workforce:
        workforce.submit(Unit(1, "die once"))
        assert workforce.collect() == (Unit(1, "die once"), b"alive")
        # One that dies while it has nothing to do is replaced, too.
        os.kill(workforce.pids()[0], signal.SIGKILL)
        workforce.submit(Unit(2, "word"))
        assert workforce.collect()[1] == b"word"


def test_a_unit_that_kills_whoever_does_it_is_given_up() -> None:
    with Processes(Shouting(), 1) as workforce:
        workforce.submit(Unit(5, "die"))
        with pytest.raises(RuntimeError, match=f"{ATTEMPTS} workers died over unit 5"):
            workforce.collect()
    with pytest.raises(ValueError, match="takes at least 1"):
        Processes(Shouting(), 0)


def test_a_failure_is_told_with_its_reason() -> None:
    with Processes(Shouting(), 1) as workforce:
        workforce.submit(Unit(1, "fail"))
        with pytest.raises(RuntimeError, match="no such word"):
            workforce.collect()
