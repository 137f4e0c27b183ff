"""What a planner is: it takes a problem and limits, and says how it ended; never an exception for want of a plan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from latplan.problem import Problem
from search.strips import Outcome, SearchLimits

__all__ = ["Outcome", "PlanResult", "Planner", "PlannerError", "SearchLimits"]


@dataclass(frozen=True, kw_only=True)
class PlanResult:
    """What a planner found."""

    status: Outcome
    plan: tuple[int, ...] = ()
    """Numbers of actions; empty unless solved."""
    expanded: int | None = None
    """States whose successors were looked at; None where the planner does not say."""
    seconds: float
    """From the call to the answer."""

    @property
    def solved(self) -> bool:
        """Whether there is a plan, which may be empty."""
        return self.status in (Outcome.SOLVED, Outcome.SOLVED_OPTIMALLY)

    @property
    def cost(self) -> int:
        """Actions in the plan; all cost 1."""
        return len(self.plan)


class PlannerError(RuntimeError):
    """The planner could not be run, or died; the text says what to do."""


class Planner(ABC):
    """A way to find plans. Plans that it returns are valid: `Problem.solved_by` holds."""

    name: str
    """As on the command line."""
    optimal: bool
    """Whether its plans are shortest."""

    @abstractmethod
    def solve(self, problem: Problem, limits: SearchLimits) -> PlanResult:
        """Find a plan. PlannerError if the planner cannot be run or dies of something else than the limits."""
