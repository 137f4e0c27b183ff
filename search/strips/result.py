"""What a search for a plan may use, and what it says."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """How a search for a plan ended."""

    SOLVED = "solved"
    SOLVED_OPTIMALLY = "solved optimally"
    UNSOLVABLE = "unsolvable"
    LIMIT = "limit"


@dataclass(frozen=True, kw_only=True)
class SearchLimits:
    """None means no limit."""

    seconds: float | None = None
    mebibytes: int | None = 4096
    """Of memory for the states that were met, and for the tables of the heuristic."""

    def deadline(self, started: float) -> float:
        """When a search that began at `started`, on the monotonic clock, must end."""
        return math.inf if self.seconds is None else started + self.seconds

    def reached(self, started: float, used: int) -> bool:
        """Whether a search that began at `started`, on the monotonic clock, and uses so many bytes must end."""
        if time.monotonic() > self.deadline(started):
            return True
        return self.mebibytes is not None and used > self.mebibytes << 20


@dataclass(frozen=True)
class SearchResult:
    """What a search found."""

    outcome: Outcome
    plan: tuple[int, ...]
    """Numbers of actions; empty if there is none."""
    expanded: int
    """States whose successors were looked at."""
    seconds: float
