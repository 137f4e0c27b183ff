"""How good a model is, without labels: how well it foretells moves, and restores pictures."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from latplan.action_model import Bits
from latplan.problem import Task

#: What a held-out pair costs that no action explains, and what it costs to restore nothing of a picture, in nats.
_UNEXPLAINED, _UNRESTORED = 30.0, 300.0


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
    generator = Successors(task)
    explained, logs, nats = 0, 0.0, 0.0
    for state, following in zip(before, after, strict=True):
        successors = generator(state)
        count = math.log(max(len(successors), 1))
        found = bool((successors == following).all(1).any())
        explained += found
        logs += count
        nats += count if found else _UNEXPLAINED
    pairs = max(len(before), 1)
    return Quality(
        explained / pairs, math.exp(logs / pairs), restored, nats / pairs + _UNRESTORED * (1 - max(restored, 0.0))
    )


class Successors:
    """The distinct successors of states as bit vectors."""

    def __init__(self, task: Task) -> None:
        shape = (len(task.actions), task.bits)
        self._wanted, self._unwanted, self._add, self._delete = (np.zeros(shape, bool) for _ in range(4))
        for number, action in enumerate(task.actions):
            self._wanted[number, list(action.positive)] = True
            self._unwanted[number, list(action.negative)] = True
            self._add[number, list(action.add)] = True
            self._delete[number, list(action.delete)] = True

    def __call__(self, state: Bits) -> Bits:
        """[successors, bits] of one state [bits]."""
        ready = self._ready(state)
        after: Bits = np.unique((state & ~self._delete[ready]) | self._add[ready], axis=0)
        return after

    def explain(self, before: Bits, after: Bits) -> npt.NDArray[np.int64]:
        """For each pair, [pairs, bits] each, the first action that leads from the one to the other; -1 for none."""
        found = np.full(len(before), -1, np.int64)
        for pair, (state, following) in enumerate(zip(before, after, strict=True)):
            ready = np.flatnonzero(self._ready(state))
            leads = (((state & ~self._delete[ready]) | self._add[ready]) == following).all(1)
            if leads.any():
                found[pair] = ready[leads.argmax()]
        return found

    def _ready(self, state: Bits) -> Bits:
        """[actions]: whether each is applicable."""
        ready: Bits = np.logical_not(((self._wanted & ~state) | (self._unwanted & state)).any(1))
        return ready
