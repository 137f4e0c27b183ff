"""The planners, by name."""

from __future__ import annotations

from latplan.planners.embedded import SEARCHES, Embedded
from latplan.planners.fast_downward import CONFIGURATIONS, FastDownward
from latplan.planners.planner import Planner

PLANNERS = (*SEARCHES, *CONFIGURATIONS)


def planner(name: str) -> Planner:
    """The planner of that name; ValueError if there is none."""
    if name in SEARCHES:
        return Embedded(name)
    if name in CONFIGURATIONS:
        return FastDownward(name)
    raise ValueError(f"there is no planner {name!r}; there are {', '.join(PLANNERS)}")
