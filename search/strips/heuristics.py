"""Estimates of the distance to a goal in which every bit is given.

All of them are tables for one kernel, `estimate`: the number of bits that differ, weighed, and pattern databases.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from search.bits import popcount
from search.kernel import kernel
from search.strips.task import Task, Words

#: The estimate where a pattern database knows that there is no plan.
DEAD_END = -1
#: The distance in a pattern database of what no plan reaches, and of all that is as far as this or farther.
_NEVER, _FARTHEST = 255, 254


class OutOfTimeError(Exception):
    """The tables were not ready in time."""


class Tables(NamedTuple):
    """What `estimate` reads."""

    per_action: npt.NDArray[np.int64]
    """[1]: differing bits that an action may set right; 0 if bits are not counted."""
    bits: npt.NDArray[np.int32]
    """[patterns, bits of a pattern]; -1 behind the last."""
    distances: npt.NDArray[np.uint8]
    """[patterns, 2 ** bits of a pattern]: to the goal in the abstraction, at least; _NEVER where there is no plan."""


class Heuristic(ABC):
    """A way to fill the tables."""

    admissible: bool
    """Whether it never overestimates."""

    @abstractmethod
    def tables(self, task: Task, goal: Words, deadline: float = math.inf) -> Tables:
        """The tables for plans to `goal`; OutOfTimeError if `deadline`, on the monotonic clock, passes before."""

    def bytes_of_tables(self, task: Task) -> int:
        """Memory that the tables take at most."""
        return 0


class Zero(Heuristic):
    """No estimate at all: blind search."""

    admissible = True

    def tables(self, task: Task, goal: Words, deadline: float = math.inf) -> Tables:
        return _no_patterns(0)


class GoalCount(Heuristic):
    """The number of bits that differ from the goal; divided by the most that an action changes, it is admissible."""

    def __init__(self, *, admissible: bool) -> None:
        self.admissible = admissible

    def tables(self, task: Task, goal: Words, deadline: float = math.inf) -> Tables:
        most = max((len(action.add) + len(action.delete) for action in task.actions), default=1)
        return _no_patterns(max(most, 1) if self.admissible else 1)


class PatternDatabases(Heuristic):
    """The largest of several exact distances, each in the task with only some of the bits.

    The bits are dealt out so that those that actions change together come together. (J. Culberson, J. Schaeffer,
    "Pattern Databases", Computational Intelligence 14, 1998.)
    """

    admissible = True

    def __init__(self, bits: int = 16, patterns: int = 8) -> None:
        """`patterns` of `bits` bits each, 1 to 24; ValueError for others."""
        if not 1 <= bits <= 24 or patterns < 1:
            raise ValueError(
                f"{patterns} patterns of {bits} bits: a pattern has 1 to 24 bits, and there is at least one"
            )
        self.size = bits
        self.patterns = patterns
        self._task: Task | None = None
        self._projections: list[_Projection] = []

    def tables(self, task: Task, goal: Words, deadline: float = math.inf) -> Tables:
        if self._task is not task:
            chosen = _patterns(task, self._bits(task), self.patterns)
            self._task, self._projections = task, [_projection(task, pattern) for pattern in chosen]
        return Tables(
            np.zeros(1, np.int64),
            np.array([projection.bits for projection in self._projections], np.int32),
            np.stack([_distances(projection, goal, deadline) for projection in self._projections]),
        )

    def bytes_of_tables(self, task: Task) -> int:
        return self.patterns << self._bits(task)

    def _bits(self, task: Task) -> int:
        """Of a pattern: there are no more than the task has."""
        return min(self.size, max(task.bits, 1))


def _no_patterns(per_action: int) -> Tables:
    return Tables(np.array([per_action], np.int64), np.zeros((0, 1), np.int32), np.zeros((0, 2), np.uint8))


def _patterns(task: Task, size: int, patterns: int) -> list[list[int]]:
    """Groups of bits that actions change together, most often changed first; every group has `size` bits."""
    together: dict[int, Counter[int]] = {bit: Counter() for bit in range(task.bits)}
    for action in task.actions:
        changed = action.add | action.delete
        for bit in changed:
            together[bit].update(changed)
    order = sorted(range(task.bits), key=lambda bit: (-together[bit][bit], bit))
    used: set[int] = set()
    groups = []
    for seed in order:
        if seed in used:
            continue
        group = [seed]
        links = Counter(together[seed])
        while len(group) < size:
            near = [bit for bit in links if bit not in group]
            rest = near or [bit for bit in order if bit not in group]
            best = max(rest, key=lambda bit: (bit not in used, links[bit], -bit))
            group.append(best)
            links.update(together[best])
        used.update(group)
        groups.append(group)
        if len(groups) == patterns:
            break
    return groups


class _Projection(NamedTuple):
    """A task with the bits of one pattern only."""

    bits: list[int]
    """The pattern; its first bit is bit 0 of a value."""
    actions: npt.NDArray[np.int64]
    """[actions, 4]: where each may be applied (asked, wanted), and what it makes of that (add, delete), as values."""


def _projection(task: Task, pattern: list[int]) -> _Projection:
    place = {bit: index for index, bit in enumerate(pattern)}

    def value(bits: frozenset[int]) -> int:
        return sum(1 << place[bit] for bit in bits if bit in place)

    rows = {
        (value(action.positive | action.negative), value(action.positive), value(action.add), value(action.delete))
        for action in task.actions
        if value(action.add | action.delete)
    }
    return _Projection(pattern, np.array(sorted(rows), np.int64).reshape(-1, 4))


def _distances(projection: _Projection, goal: Words, deadline: float) -> npt.NDArray[np.uint8]:
    """Distances to the goal, uint8 [2 ** bits], of all values of the pattern's bits."""
    distances = np.full(1 << len(projection.bits), _NEVER, np.uint8)
    goal_value = sum(1 << index for index, bit in enumerate(projection.bits) if int(goal[bit // 64]) >> (bit % 64) & 1)
    distances[goal_value] = 0
    step, changed = 0, True
    while changed:
        if time.monotonic() > deadline:
            raise OutOfTimeError
        step += 1
        changed = bool(_sweep(projection.actions, distances, np.int64(step)))
    return distances


@kernel
def _sweep(actions: Any, distances: Any, step: Any) -> Any:
    """Enter the distance `step` where one action leads to what is `step` - 1 away; returns whether there was any.

    From _FARTHEST on, all are entered as that far: a table of bytes stays admissible, and knows what can be reached.
    """
    here, before = min(step, _FARTHEST), min(step - 1, _FARTHEST)
    changed = False
    for row in range(len(actions)):
        asked, wanted, add, delete = actions[row, 0], actions[row, 1], actions[row, 2], actions[row, 3]
        free = np.int64(len(distances) - 1) & ~asked
        rest = np.int64(0)
        while True:
            source = wanted | rest
            if distances[source] == _NEVER and distances[(source & ~delete) | add] == before:
                distances[source] = here
                changed = True
            # The next value of the bits that the action does not ask for.
            rest = (rest - free) & free
            if rest == 0:
                break
    return changed


@kernel
def estimate(tables: Any, state: Any, goal: Any) -> Any:
    """Actions to the goal, at least or about; DEAD_END if there is no plan."""
    best = np.int64(0)
    if tables.per_action[0] != 0:
        differ = np.int64(0)
        for word in range(len(state)):
            differ += popcount(state[word] ^ goal[word])
        best = (differ + tables.per_action[0] - 1) // tables.per_action[0]
    for pattern in range(len(tables.bits)):
        value = np.int64(0)
        for index in range(tables.bits.shape[1]):
            bit = np.int64(tables.bits[pattern, index])
            isset = np.int64((state[bit >> 6] >> np.uint64(bit & 63)) & np.uint64(1))
            value |= isset << index
        distance = np.int64(tables.distances[pattern, value])
        if distance == _NEVER:
            return np.int64(DEAD_END)
        best = max(best, distance)
    return best
