"""Breadth-first search from both ends: shortest plans between two complete states, and proofs that there is none."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from search.kernel import kernel
from search.strips.move_pruning import alike_together, no_pairs, redundant_pairs, reordered
from search.strips.result import Outcome, SearchLimits, SearchResult
from search.strips.space import ABSENT, applicable, bytes_of, find, grown, insert, line, new_space
from search.strips.task import Task, Words

#: Nodes that the kernel expands between two looks at the clock.
_BATCH = 5_000


class BidirectionalSearch:
    """Shortest plans for one task; ValueError if its actions cannot be undone (see `Task.reversible`).

    Layers of states grow from the initial state and, with every action undone, from the goal, always the smaller one
    next. All actions cost 1, so the first state that both know lies on a shortest plan. (I. Pohl, "Bi-directional
    Search", Machine Intelligence 6, 1971.)
    """

    def __init__(self, task: Task, *, prune_after: int = 20_000) -> None:
        """`prune_after`: states that are expanded before it pays to work out which pairs of actions are redundant."""
        self.task = task
        self.prune_after = prune_after
        self._order = alike_together(task)
        forward = reordered(task, self._order)
        self._tasks = (forward, forward.reversed())
        self._generators = (forward.generator(), self._tasks[1].generator())
        self._redundant = (no_pairs(task), no_pairs(task))
        self._pruning = False

    def solve(self, initial: Words, goal: Words, limits: SearchLimits) -> SearchResult:
        """A shortest plan from one packed state to another."""
        started = time.monotonic()
        spaces = [new_space(self.task.words), new_space(self.task.words)]
        for space, root in zip(spaces, (initial, goal), strict=True):
            insert(space, root, np.int64(-1), np.int64(-1), np.int64(0))
        found = np.zeros(len(self.task.actions) + 1, np.int32)
        clash = np.zeros(len(self.task.actions), np.uint64)
        begin, end = [0, 0], [1, 1]
        meeting = 0 if np.array_equal(initial, goal) else ABSENT
        met = (0, 0)
        expanded = 0
        while meeting == ABSENT:
            side = 0 if end[0] - begin[0] <= end[1] - begin[1] else 1
            if begin[side] == end[side]:
                return SearchResult(Outcome.UNSOLVABLE, (), expanded, time.monotonic() - started)
            node = begin[side]
            while node < end[side] and meeting == ABSENT:
                if limits.reached(started, sum(map(bytes_of, spaces))):
                    return SearchResult(Outcome.LIMIT, (), expanded, time.monotonic() - started)
                until = min(node + _BATCH, end[side])
                before = node
                node, meeting = _expand(
                    self._generators[side],
                    spaces[side],
                    spaces[1 - side],
                    np.int64(node),
                    np.int64(until),
                    found,
                    clash,
                    self._redundant[side],
                )
                expanded += node - before
                if expanded >= self.prune_after and not self._pruning:
                    self._redundant = (redundant_pairs(self._tasks[0]), redundant_pairs(self._tasks[1]))
                    self._pruning = True
                if meeting == ABSENT and node < until:
                    # What doubles is there twice as large beside what it was.
                    if limits.reached(started, sum(map(bytes_of, spaces)) + 2 * bytes_of(spaces[side])):
                        return SearchResult(Outcome.LIMIT, (), expanded, time.monotonic() - started)
                    spaces[side] = grown(spaces[side])
            begin[side], end[side] = end[side], int(spaces[side].met[0])
            if meeting != ABSENT:
                other = int(find(spaces[1 - side], spaces[side].states[meeting]))
                met = (meeting, other) if side == 0 else (other, meeting)
        plan = line(spaces[0], met[0]) + line(spaces[1], met[1])[::-1]
        plan = [int(self._order[number]) for number in plan]
        return SearchResult(Outcome.SOLVED_OPTIMALLY, tuple(plan), expanded, time.monotonic() - started)


@kernel
def _expand(
    generator: Any, space: Any, other: Any, node: Any, until: Any, found: Any, clash: Any, redundant: Any
) -> Any:
    """Add the successors of the nodes from `node` on, up to `until`, or until there is no room for more.

    `redundant`: as in `search.strips.move_pruning`.
    Returns the first node that was not expanded, and a new node that the other space knows, or ABSENT.
    """
    words = space.states.shape[1]
    child = np.empty(words, np.uint64)
    while node < until:
        state = space.states[node]
        count = applicable(generator, state, found, clash)
        if space.met[0] + count > len(space.states):
            return node, np.int64(ABSENT)
        # The root's action is -1, and the last row of the table is there for it.
        last = redundant[space.action[node]]
        for index in range(count):
            action = np.int64(found[index])
            if (last[action >> 6] >> np.uint64(action & 63)) & np.uint64(1):
                continue
            for word in range(words):
                child[word] = (state[word] & ~generator.delete[action, word]) | generator.add[action, word]
            born = insert(space, child, node, action, np.int64(space.depth[node]) + 1)
            if born != ABSENT and find(other, child) != ABSENT:
                return node + 1, born
        node += 1
    return node, np.int64(ABSENT)
