"""Fast Downward, by the binary in the wheel `up-fast-downward` (extra `planners`; Linux).

The problem goes to it, and the plan comes back, through memory files that have no name in any folder, so there is
nothing to remove, however this process ends; the child is told to die with its parent.
"""

from __future__ import annotations

import ctypes
import os
import re
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from latplan.planners.planner import Planner, PlannerError, PlanResult
from latplan.problem import Problem
from latplan.sas import sas_text
from search.strips import Outcome, SearchLimits

#: By name: the search, and whether its plans are shortest.
CONFIGURATIONS = {
    "fd-blind": ("astar(blind())", True),
    "fd-lmcut": ("astar(lmcut())", True),
    "fd-merge-and-shrink": (
        "astar(merge_and_shrink(shrink_strategy=shrink_bisimulation(greedy=false),merge_strategy=merge_sccs("
        "order_of_sccs=topological,merge_selector=score_based_filtering(scoring_functions=[goal_relevance(),dfp(),"
        "total_order()])),label_reduction=exact(before_shrinking=true,before_merging=false),max_states=10k,"
        "threshold_before_merge=1))",
        True,
    ),
    "fd-lama": (
        "let(hlm,landmark_sum(lm_reasonable_orders_hps(lm_rhw()),pref=false),let(hff,ff(),"
        "lazy_greedy([hff,hlm],preferred=[hff,hlm],reopen_closed=false)))",
        False,
    ),
}
#: Exit codes of the binary (its docs, "Exit codes").
_UNSOLVABLE = (11, 12)
_LIMITS = (22, 23, 24)
#: The option of prctl(2) that names the signal which a process gets when its parent dies.
_PR_SET_PDEATHSIG = 1


class FastDownward(Planner):
    """One of CONFIGURATIONS."""

    def __init__(self, configuration: str = "fd-lama") -> None:
        """ValueError for a configuration that is not in CONFIGURATIONS."""
        if configuration not in CONFIGURATIONS:
            raise ValueError(f"there is no configuration {configuration!r}; there are {', '.join(CONFIGURATIONS)}")
        self.name = configuration
        self._search, self.optimal = CONFIGURATIONS[configuration]

    def solve(self, problem: Problem, limits: SearchLimits) -> PlanResult:
        started = time.monotonic()
        binary = find_binary()
        task, plan = os.memfd_create("task"), os.memfd_create("plan")
        try:
            os.write(task, sas_text(problem).encode())
            os.lseek(task, 0, os.SEEK_SET)
            output, code = _run(
                [str(binary), "--internal-plan-file", f"/proc/self/fd/{plan}", "--search", self._search],
                task, plan, limits,
            )  # fmt: skip
            seconds = time.monotonic() - started
            lines = os.pread(plan, os.fstat(plan).st_size, 0).decode().splitlines()
        finally:
            os.close(task)
            os.close(plan)
        expanded = re.search(r"Expanded (\d+) state\(s\)", output)
        count = int(expanded[1]) if expanded else None
        if code == 0:
            numbers = {action.name: number for number, action in enumerate(problem.task.actions)}
            actions = tuple(numbers[line.strip("()")] for line in lines if line.startswith("("))
            status = Outcome.SOLVED_OPTIMALLY if self.optimal else Outcome.SOLVED
            return PlanResult(status=status, plan=actions, expanded=count, seconds=seconds)
        if code in _UNSOLVABLE:
            return PlanResult(status=Outcome.UNSOLVABLE, expanded=count, seconds=seconds)
        if code is None or code in _LIMITS:
            return PlanResult(status=Outcome.LIMIT, expanded=count, seconds=seconds)
        last = output.strip().splitlines()[-1:] or ["it said nothing"]
        raise PlannerError(f"Fast Downward ended with exit code {code}: {last[0]}")


def find_binary() -> Path:
    """The program; PlannerError with what to install if it is not there."""
    package = find_spec("up_fast_downward")
    if package is not None and package.submodule_search_locations:
        binary = Path(package.submodule_search_locations[0]) / "downward/builds/release/bin/downward"
        if binary.exists():
            return binary
    raise PlannerError(
        "Fast Downward is not installed: pip install up-fast-downward (Linux), or use one of our own planners, "
        "--planner bidirectional"
    )


def _run(command: list[str], task: int, plan: int, limits: SearchLimits) -> tuple[str, int | None]:
    """The output and the exit code; None where the time was up."""
    import resource  # not on Windows

    libc = ctypes.CDLL(None)

    def prepare() -> None:
        """In the child: die with the parent, and take no more memory than this. Nothing is imported or opened here."""
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if limits.mebibytes is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limits.mebibytes << 20, limits.mebibytes << 20))

    with subprocess.Popen(
        command,
        stdin=task,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        pass_fds=(plan,),
        start_new_session=True,
        preexec_fn=prepare,
    ) as process:
        try:
            output, _ = process.communicate(timeout=limits.seconds)
            return output, process.returncode
        except subprocess.TimeoutExpired:
            return "", None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
