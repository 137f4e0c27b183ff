"""What planning over bits compiles ahead of use; see `search.compilation`."""

from __future__ import annotations

from search.strips.best_first import BestFirstSearch
from search.strips.breadth_first import BidirectionalSearch
from search.strips.heuristics import PatternDatabases
from search.strips.result import SearchLimits
from search.strips.task import Action, Task


def every_search() -> None:
    """Both kinds of search; one compilation serves every task."""
    task = Task(2, (Action(name="set", negative=frozenset({1}), add=frozenset({1})),))
    ends = task.pack(()), task.pack({1})
    BidirectionalSearch(task).solve(*ends, SearchLimits())
    BestFirstSearch(task, PatternDatabases(bits=1, patterns=1)).solve(*ends, SearchLimits())
