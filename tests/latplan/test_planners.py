"""The planners behind one contract: right plans, right lengths, proofs, limits, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from latplan.planners import PLANNERS, Outcome, PlannerError, SearchLimits, fast_downward, planner
from latplan.planners.fast_downward import find_binary
from latplan.problem import Action, Problem, Task
from tests.latplan.puzzle_task import apart, problem

#: Fast Downward takes more than ten seconds to merge and shrink.
QUICK = [name for name in PLANNERS if name != "fd-merge-and-shrink"]
SWAPPED = problem(tuple(range(9)), (0, 2, 1, *range(3, 9)))


def check(name: str, steps: int) -> None:
    task = apart(steps, seed=1)
    solver = planner(name)
    result = solver.solve(task, SearchLimits(seconds=100))
    assert result.solved
    assert task.solved_by(result.plan)
    assert result.cost == len(result.plan) >= steps
    assert result.status is (Outcome.SOLVED_OPTIMALLY if solver.optimal else Outcome.SOLVED)
    if solver.optimal:
        assert result.cost == steps
    assert result.expanded is not None
    assert result.expanded >= 1


@pytest.mark.parametrize("name", QUICK)
def test_plans_are_valid_and_shortest_where_promised(name: str) -> None:
    check(name, 12)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANNERS)
def test_longer_plans(name: str) -> None:
    check(name, 20)


def test_the_farthest_states_of_the_8_puzzle() -> None:
    result = planner("bidirectional").solve(apart(31, seed=2), SearchLimits())
    assert (result.status, result.cost) == (Outcome.SOLVED_OPTIMALLY, 31)


@pytest.mark.parametrize("name", ["bidirectional", "blind", "greedy", "fd-blind"])
def test_what_cannot_be_reached_is_proven_so(name: str) -> None:
    """Two swapped tiles: half of all arrangements are out of reach."""
    result = planner(name).solve(SWAPPED, SearchLimits(seconds=60))
    assert result.status is Outcome.UNSOLVABLE
    assert result.plan == ()
    assert not result.solved


@pytest.mark.parametrize("name", QUICK)
def test_a_problem_that_is_solved_already_takes_no_action(name: str) -> None:
    result = planner(name).solve(problem(tuple(range(9)), tuple(range(9))), SearchLimits())
    assert result.solved
    assert result.plan == ()


@pytest.mark.parametrize("name", ["bidirectional", "astar-pdb", "fd-lmcut"])
def test_a_limit_of_time_is_kept(name: str) -> None:
    assert planner(name).solve(SWAPPED, SearchLimits(seconds=0.01)).status is Outcome.LIMIT


def test_a_limit_of_memory_is_kept() -> None:
    assert planner("fd-blind").solve(SWAPPED, SearchLimits(mebibytes=16)).status is Outcome.LIMIT
    assert planner("blind").solve(SWAPPED, SearchLimits(mebibytes=2)).status is Outcome.LIMIT


def test_actions_that_cannot_be_undone_are_planned_with_forwards() -> None:
    task = Task(
        3,
        (
            Action(name="first", add=frozenset({0})),
            Action(name="second", positive=frozenset({0}), add=frozenset({1}), delete=frozenset({0, 2})),
        ),
    )
    asked = Problem(task, frozenset({2}), frozenset({1}))
    for name in QUICK:
        assert planner(name).solve(asked, SearchLimits()).plan == (0, 1)


def test_two_planners_run_at_once() -> None:
    tasks = [apart(10, seed=seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda task: planner("fd-lmcut").solve(task, SearchLimits()), tasks))
    assert [result.cost for result in results] == [10] * 4


def test_the_child_dies_with_its_parent_and_no_file_stays_behind(tmp_path: Path) -> None:
    code = (
        "from tests.latplan.test_planners import SWAPPED\n"
        "from latplan.planners import SearchLimits, planner\n"
        "print('ready', flush=True)\n"
        "planner('fd-lmcut').solve(SWAPPED, SearchLimits())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        deadline = time.monotonic() + 60
        while not (children := _children(process.pid)):
            assert time.monotonic() < deadline
        process.send_signal(signal.SIGKILL)
        process.wait()
        while any(Path(f"/proc/{child}").exists() for child in children):
            assert time.monotonic() < deadline
    assert not list(tmp_path.iterdir())


def _children(parent: int) -> list[int]:
    """Processes that run the planner for `parent`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == parent and b"downward" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except (OSError, IndexError):
            continue
    return found


def test_without_the_wheel_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_downward, "find_spec", lambda name: None)
    with pytest.raises(PlannerError, match=r"pip install up-fast-downward.*--planner bidirectional"):
        find_binary()


def test_a_planner_that_dies_is_told_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(fast_downward.CONFIGURATIONS, "fd-blind", ("astar(nonsense())", True))
    with pytest.raises(PlannerError, match="exit code"):
        planner("fd-blind").solve(SWAPPED, SearchLimits())


def test_unknown_names_are_refused() -> None:
    with pytest.raises(ValueError, match=r"there is no planner 'x'; there are bidirectional, .*fd-lama"):
        planner("x")


def test_a_wrong_plan_is_seen() -> None:
    task = apart(3, seed=3)
    plan = planner("bidirectional").solve(task, SearchLimits()).plan
    assert task.solved_by(plan)
    assert not task.solved_by(plan[:-1])
    assert not task.solved_by((plan[0], *plan))
    with pytest.raises(ValueError, match="step 2 of the plan, slide"):
        task.trace((plan[0], plan[0]))
