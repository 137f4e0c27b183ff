"""Planners within this process: the searches of `search.strips`."""

from __future__ import annotations

from collections.abc import Callable

from latplan.planners.planner import Planner, PlanResult
from latplan.problem import Problem, Task
from search.strips import (
    BestFirstSearch,
    BidirectionalSearch,
    GoalCount,
    PatternDatabases,
    SearchLimits,
    Zero,
)

_Search = BidirectionalSearch | BestFirstSearch


def _shortest(task: Task) -> _Search:
    """From both ends where actions can be undone, else A* with pattern databases."""
    return BidirectionalSearch(task) if task.reversible else BestFirstSearch(task, PatternDatabases())


#: By name: what makes the search, and whether its plans are shortest.
SEARCHES: dict[str, tuple[Callable[[Task], _Search], bool]] = {
    "bidirectional": (_shortest, True),
    "blind": (lambda task: BestFirstSearch(task, Zero()), True),
    "astar-count": (lambda task: BestFirstSearch(task, GoalCount(admissible=True)), True),
    "astar-pdb": (lambda task: BestFirstSearch(task, PatternDatabases()), True),
    "greedy": (lambda task: BestFirstSearch(task, GoalCount(admissible=False), cost_weight=0), False),
}


class Embedded(Planner):
    """One of SEARCHES; it keeps what it worked out about a task for the next problem of the same task."""

    def __init__(self, search: str = "bidirectional") -> None:
        """ValueError for a search that is not in SEARCHES."""
        if search not in SEARCHES:
            raise ValueError(f"there is no search {search!r}; there are {', '.join(SEARCHES)}")
        self.name = search
        self._make, self.optimal = SEARCHES[search]
        self._task: Task | None = None
        self._search: _Search | None = None

    def solve(self, problem: Problem, limits: SearchLimits) -> PlanResult:
        if self._search is None or self._task is not problem.task:
            self._task, self._search = problem.task, self._make(problem.task)
        found = self._search.solve(problem.task.pack(problem.initial), problem.task.pack(problem.goal), limits)
        return PlanResult(status=found.outcome, plan=found.plan, expanded=found.expanded, seconds=found.seconds)
