"""Planning over bits: STRIPS tasks, and exact searches through their states, as kernels."""

from search.strips.best_first import BestFirstSearch
from search.strips.breadth_first import BidirectionalSearch
from search.strips.heuristics import GoalCount, Heuristic, PatternDatabases, Zero
from search.strips.result import Outcome, SearchLimits, SearchResult
from search.strips.task import Action, Task

__all__ = [
    "Action",
    "BestFirstSearch",
    "BidirectionalSearch",
    "GoalCount",
    "Heuristic",
    "Outcome",
    "PatternDatabases",
    "SearchLimits",
    "SearchResult",
    "Task",
    "Zero",
]
