"""Planners behind one contract: our own searches, and Fast Downward."""

from latplan.planners.planner import Outcome, Planner, PlannerError, PlanResult, SearchLimits
from latplan.planners.registry import PLANNERS, planner

__all__ = ["PLANNERS", "Outcome", "PlanResult", "Planner", "PlannerError", "SearchLimits", "planner"]
