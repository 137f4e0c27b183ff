"""Best-first search: A*, weighted A* and greedy search are one loop with other weights."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from search.kernel import inlined, kernel
from search.strips.heuristics import DEAD_END, Heuristic, OutOfTimeError, Tables, estimate
from search.strips.result import Outcome, SearchLimits, SearchResult
from search.strips.space import ABSENT, applicable, bytes_of, find, grown, insert, line, new_space
from search.strips.task import Task, Words

#: Nodes that the kernel expands between two looks at the clock.
_BATCH = 5_000
#: What the kernel returns when it needs larger arrays, another batch, or when no node is left.
_ROOM, _GO_ON, _EXHAUSTED = -2, -3, -4


class BestFirstSearch:
    """Plans by expanding the node with the least `cost_weight` g + `heuristic_weight` h, of equal ones the least h.

    (1, 1) is A*: shortest plans if the heuristic never overestimates (P. Hart, N. Nilsson, B. Raphael, "A Formal Basis
    for the Heuristic Determination of Minimum Cost Paths", 1968; nodes are reopened, so it need not be consistent).
    (0, 1) is greedy search, (1, w) weighted A*.
    """

    def __init__(self, task: Task, heuristic: Heuristic, *, cost_weight: int = 1, heuristic_weight: int = 1) -> None:
        self.task = task
        self.heuristic = heuristic
        self.weights = np.array([cost_weight, heuristic_weight], np.int64)
        self._generator = task.generator()
        self._tables: tuple[bytes, Tables] | None = None

    @property
    def optimal(self) -> bool:
        """Whether plans are shortest."""
        return self.heuristic.admissible and self.weights[0] >= self.weights[1]

    def solve(self, initial: Words, goal: Words, limits: SearchLimits) -> SearchResult:
        """A plan from one packed state to another."""
        started = time.monotonic()
        held = self.heuristic.bytes_of_tables(self.task)
        if limits.reached(started, held):
            return SearchResult(Outcome.LIMIT, (), 0, time.monotonic() - started)
        try:
            tables = self._tables_for(goal, limits.deadline(started))
        except OutOfTimeError:
            return SearchResult(Outcome.LIMIT, (), 0, time.monotonic() - started)
        space = new_space(self.task.words)
        open_list = np.zeros((len(space.states), 2), np.int64)
        size = np.zeros(1, np.int64)
        found = np.zeros(len(self.task.actions) + 1, np.int32)
        clash = np.zeros(len(self.task.actions), np.uint64)
        expanded = np.zeros(1, np.int64)
        insert(space, initial, np.int64(-1), np.int64(-1), np.int64(0))
        distance = int(estimate(tables, initial, goal))
        status = _EXHAUSTED if distance == DEAD_END else _GO_ON
        if status == _GO_ON:
            _push(open_list, size, np.int64(int(self.weights[1]) * distance), np.int64(distance), np.int64(0))
        while status < 0:
            if status == _EXHAUSTED:
                return SearchResult(Outcome.UNSOLVABLE, (), int(expanded[0]), time.monotonic() - started)
            crowded = status == _ROOM and int(space.met[0]) + len(found) > len(space.states)
            queued = status == _ROOM and int(size[0]) + len(found) > len(open_list)
            # What doubles is there twice as large beside what it was.
            used = held + bytes_of(space) * (3 if crowded else 1) + open_list.nbytes * (3 if queued else 1)
            if limits.reached(started, used):
                return SearchResult(Outcome.LIMIT, (), int(expanded[0]), time.monotonic() - started)
            if crowded:
                space = grown(space)
            if queued:
                open_list = np.concatenate([open_list, np.zeros_like(open_list)])
            status = int(
                _expand(
                    self._generator,
                    space,
                    tables,
                    goal,
                    self.weights,
                    open_list,
                    size,
                    found,
                    clash,
                    expanded,
                    np.int64(_BATCH),
                )
            )
        outcome = Outcome.SOLVED_OPTIMALLY if self.optimal else Outcome.SOLVED
        return SearchResult(outcome, tuple(line(space, status)), int(expanded[0]), time.monotonic() - started)

    def _tables_for(self, goal: Words, deadline: float) -> Tables:
        """The heuristic's tables, kept until another goal is asked for."""
        key = goal.tobytes()
        if self._tables is None or self._tables[0] != key:
            self._tables = None
            self._tables = key, self.heuristic.tables(self.task, goal, deadline)
        return self._tables[1]


#: An entry of the open list: (f << 20 | h, depth << 32 | node); the binary heap orders by the first.
_H_BITS = 20


@inlined
def _push(heap: Any, size: Any, f: Any, h: Any, entry: Any) -> None:
    key = (f << _H_BITS) | h
    place = size[0]
    size[0] = place + 1
    while place > 0:
        above = (place - 1) >> 1
        if heap[above, 0] <= key:
            break
        heap[place, 0] = heap[above, 0]
        heap[place, 1] = heap[above, 1]
        place = above
    heap[place, 0] = key
    heap[place, 1] = entry


@inlined
def _pop(heap: Any, size: Any) -> Any:
    """Remove the least entry and return its second half."""
    least = heap[0, 1]
    last = size[0] - 1
    size[0] = last
    key, entry = heap[last, 0], heap[last, 1]
    place = np.int64(0)
    while 2 * place + 1 < last:
        below = 2 * place + 1
        if below + 1 < last and heap[below + 1, 0] < heap[below, 0]:
            below += 1
        if heap[below, 0] >= key:
            break
        heap[place, 0] = heap[below, 0]
        heap[place, 1] = heap[below, 1]
        place = below
    heap[place, 0] = key
    heap[place, 1] = entry
    return least


@kernel
def _expand(
    generator: Any, space: Any, tables: Any, goal: Any, weights: Any, heap: Any, size: Any, found: Any, clash: Any,
    expanded: Any, batch: Any,
) -> Any:  # fmt: skip
    """Expand `batch` nodes; returns the goal's node when it is reached, else _ROOM, _GO_ON or _EXHAUSTED."""
    words = space.states.shape[1]
    child = np.empty(words, np.uint64)
    for _ in range(batch):
        if size[0] == 0:
            return np.int64(_EXHAUSTED)
        if space.met[0] + len(found) > len(space.states) or size[0] + len(found) > len(heap):
            return np.int64(_ROOM)
        entry = _pop(heap, size)
        node = entry & np.int64(0xFFFFFFFF)
        depth = entry >> 32
        if depth > space.depth[node]:
            continue  # a shorter way here was found since
        state = space.states[node]
        reached = True
        for word in range(words):
            if state[word] != goal[word]:
                reached = False
                break
        if reached:
            return node
        expanded[0] += 1
        count = applicable(generator, state, found, clash)
        for index in range(count):
            action = np.int64(found[index])
            for word in range(words):
                child[word] = (state[word] & ~generator.delete[action, word]) | generator.add[action, word]
            born = insert(space, child, node, action, depth + 1)
            if born == ABSENT:
                born = find(space, child)
                if depth + 1 >= space.depth[born]:
                    continue
                space.depth[born] = depth + 1
                space.parent[born] = node
                space.action[born] = action
            h = estimate(tables, child, goal)
            if h != DEAD_END:
                f = weights[0] * (depth + 1) + weights[1] * h
                _push(heap, size, f, h, ((depth + 1) << 32) | born)
    return np.int64(_GO_ON)
