"""How good a model is, without labels: how well it foretells moves, and restores pictures."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from latplan.hashing import bit_keys
from latplan.problem import Bits, Task

#: What a held-out pair costs that no action explains, and what it costs to restore nothing of a picture, in nats.
UNEXPLAINED, _UNRESTORED = 30.0, 300.0
#: States that are compared with all actions together.
_AT_A_TIME = 256


class Quality(NamedTuple):
    """How well a model explains pairs that it was not learnt from."""

    explained: float
    """Share of the pairs whose second state is a successor of the first."""
    branching: float
    """Geometric mean of the number of distinct successors; the puzzle's own for a perfect model."""
    restored: float
    """Share of the variance of the pictures, as they are weighed, that their bits give back."""
    nats: float
    """Length of a description of the second picture given the first: the less the better."""


def judge(task: Task, before: Bits, after: Bits, restored: float) -> Quality:
    """How well a task explains `before` -> `after`, [pairs, bits] each."""
    successors = Successors(task)
    keys = bit_keys(task.bits)
    explained, logs, nats = 0, 0.0, 0.0
    for state, following, ready in zip(before, after, successors.ready(before), strict=True):
        hashes = set((successors.by(state, ready) @ keys).tolist())
        count = math.log(max(len(hashes), 1))
        found = int(following @ keys) in hashes
        explained += found
        logs += count
        nats += count if found else UNEXPLAINED
    pairs = max(len(before), 1)
    return Quality(
        explained / pairs, math.exp(logs / pairs), restored, nats / pairs + _UNRESTORED * (1 - max(restored, 0.0))
    )


class Successors:
    """What the actions of a task make of states."""

    def __init__(self, task: Task) -> None:
        shape = (len(task.actions), task.bits)
        self._wanted, self._unwanted = (np.zeros(shape, np.float32) for _ in range(2))
        self._add, self._delete = (np.zeros(shape, bool) for _ in range(2))
        for number, action in enumerate(task.actions):
            self._wanted[number, list(action.positive)] = 1
            self._unwanted[number, list(action.negative)] = 1
            self._add[number, list(action.add)] = True
            self._delete[number, list(action.delete)] = True

    def ready(self, states: Bits) -> Iterator[npt.NDArray[np.int64]]:
        """The applicable actions of each of `states` [n, bits]."""
        for first in range(0, len(states), _AT_A_TIME):
            some = states[first : first + _AT_A_TIME]
            # Sums of zeros and ones: exact.
            broken = (~some).astype(np.float32) @ self._wanted.T + some.astype(np.float32) @ self._unwanted.T
            yield from map(np.flatnonzero, broken == 0)

    def by(self, state: Bits, actions: npt.NDArray[np.int64]) -> Bits:
        """The states, [actions, bits], after each of some actions in `state` [bits]."""
        after: Bits = (state & ~self._delete[actions]) | self._add[actions]
        return after

    def explain(self, before: Bits, after: Bits) -> npt.NDArray[np.int64]:
        """For each pair, [pairs, bits] each, the first action that leads from the one to the other; -1 for none."""
        found = np.full(len(before), -1, np.int64)
        for pair, (state, following, ready) in enumerate(zip(before, after, self.ready(before), strict=True)):
            leads = (self.by(state, ready) == following).all(1)
            if leads.any():
                found[pair] = ready[leads.argmax()]
        return found
