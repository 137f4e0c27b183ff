"""Pairs of actions in a row that need not be tried, since another pair, earlier in the order, always does the same.

Two presses of LightsOut lead to one state in either order, and fourteen of them in 14! orders; looking each of these up
among the states that were met is most of a search's work. (N. Burch, R. Holte, "Automatic Move Pruning in General
Single-Player Games", SoCS 2011.)
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from search.strips.task import Task, Words

#: Tasks with more actions than this have too many pairs.
_MOST_ACTIONS = 1_000


def alike_together(task: Task) -> npt.NDArray[np.intp]:
    """An order of the actions in which those that change the same bits stand together: most pairs are pruned then."""
    changed = [tuple(sorted(action.add | action.delete)) for action in task.actions]
    return np.array(sorted(range(len(changed)), key=changed.__getitem__), np.intp)


def reordered(task: Task, order: npt.NDArray[np.intp]) -> Task:
    """The same task with its actions in this order."""
    return replace(task, actions=tuple(task.actions[number] for number in order))


def no_pairs(task: Task) -> Words:
    """As `redundant_pairs`, where nothing is pruned."""
    return np.zeros((len(task.actions) + 1, len(task.actions) // 64 + 1), np.uint64)


def redundant_pairs(task: Task) -> Words:
    """Bit b of row a is set where action b need not be tried after action a; uint64 [actions + 1, words].

    The task must be reversible. The last row, of no action, is empty. A pair is redundant if it changes nothing, or if
    a pair of lower numbers asks for the same and has the same result. A search breadth-first that expands states in the
    order of their arrival, and tries actions in the order of their numbers, still meets the same states in the same
    order: of the shortest paths to a state, the one with the lowest numbers has no redundant pair, and each of its
    states is first met on it.
    """
    pruned = no_pairs(task)
    count = len(task.actions)
    if not 0 < count <= _MOST_ACTIONS:
        return pruned
    before, after, signatures = _pairs(task)
    chief = _first_alike(signatures)
    same = (signatures == signatures[chief]).all(1) & (chief != np.arange(len(chief)))
    nothing = (signatures[:, : task.words] == 0).all(1)
    first, second = (numbers[same | nothing] for numbers in (before, after))
    bits = np.uint64(1) << (second % 64).astype(np.uint64)
    np.bitwise_or.at(pruned, (first, second // 64), bits)
    return pruned


def _pairs(task: Task) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Words]:
    """The pairs of actions that can follow each other, in order: first, second, and what the two together are.

    The last is uint64 [pairs, 3 words]: bits that change, bits that are asked for, and which of these must be set.
    """
    actions = task.actions
    positive = np.array([task.pack(action.positive) for action in actions])
    asked = positive | np.array([task.pack(action.negative) for action in actions])
    changed = np.array([task.pack(action.add | action.delete) for action in actions])
    # What the first action leaves must not contradict what the second one wants.
    left = positive ^ changed
    clash = (left[:, None] ^ positive) & asked[:, None] & asked
    first, second = np.nonzero(~clash.any(2))
    together = (
        changed[first] ^ changed[second],
        asked[first] | asked[second],
        positive[first] | (positive[second] & ~asked[first]),
    )
    return first, second, np.concatenate(together, 1)


def _first_alike(rows: Words) -> npt.NDArray[np.intp]:
    """For each row the first with the same hash."""
    mixed = np.zeros(len(rows), np.uint64)
    for column in rows.T:
        mixed = (mixed ^ column) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    _, first, which = np.unique(mixed, return_index=True, return_inverse=True)
    alike: npt.NDArray[np.intp] = first[which]
    return alike
