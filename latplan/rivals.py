"""Moves that are overdue: the sign, without any labels, that different states look alike to the actions.

Two actions of which half or more of the effects is the same are rivals. In some puzzles a state allows both, and each
happens in its turn; in others they are one move in different places, and no state allows both. Where a learnt code
tells these places apart badly, it seems that some do, but then only one of the two ever happens there: together they
come clearly less often than two actions should at random. Plans through such states may lead to codes of nothing.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from latplan.hashing import bit_keys
from latplan.invariants import literals
from latplan.problem import Bits, Task

#: The share of their effects, of all that the two have, that rivals have in common.
_ALIKE = 0.5
#: From so often on, in times that rivals should happen, a state allows both. If it allows one where three actions seem
#: to be applicable, it is three quarters, and less where more do.
_BOTH = 0.8
#: States at a time.
_AT_A_TIME = 1024


def overdue(task: Task, before: Bits, after: Bits) -> float:
    """The share of moves `before` -> `after`, [pairs, bits] each, that should have been ones with rivals and were not.

    `task`: actions that change all the bits that they name. 0 where a state allows rivals.
    """
    needs, results = _literals(task)
    same = results @ results.T
    size = same.diagonal()
    rivals = same >= _ALIKE * (size[:, None] + size - same)
    np.fill_diagonal(rivals, False)
    some = rivals.any(1)
    against = rivals.astype(np.float32)
    keys = bit_keys(task.bits)
    changes = (results[:, task.bits :] - results[:, : task.bits]).astype(np.int64) @ keys
    # Where a rival is applicable, too, and where none is.
    happened, expected = np.zeros((2, len(task.actions))), np.zeros((2, len(task.actions)))
    for first in range(0, len(before) if some.any() else 0, _AT_A_TIME):
        states, following = (codes[first : first + _AT_A_TIME] for codes in (before, after))
        applicable = literals(states).astype(np.float32) @ needs.T == needs.sum(1)
        moved = applicable & (following @ keys - states @ keys == changes[:, None]).T
        chance = applicable / np.maximum(applicable.sum(1, keepdims=True), 1)
        disputed = applicable & (applicable.astype(np.float32) @ against > 0)
        for kind, here in enumerate((disputed, applicable & ~disputed)):
            happened[kind] += (moved & here).sum(0)
            expected[kind] += (chance * here).sum(0)
    # Moves may be taken more often than others; how often, is seen where they have no rivals.
    usual = (happened[1] + 1) / (expected[1] + 1)
    came, should = float(happened[0].sum()), float((usual * expected[0]).sum())
    return (should - came) / len(before) if came < _BOTH * should else 0.0


def _literals(task: Task) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The literals that each action needs, and those that it makes true; [actions, 2 bits] each, of ones and zeros."""
    needs, results = (np.zeros((len(task.actions), 2 * task.bits), np.float32) for _ in range(2))
    for number, action in enumerate(task.actions):
        needs[number, [*action.negative, *(task.bits + bit for bit in action.positive)]] = 1
        results[number, [*action.delete, *(task.bits + bit for bit in action.add)]] = 1
    return needs, results
