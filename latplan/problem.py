"""A planning problem over learnt bits: a task, the state to begin in, and the state to reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from search.strips import Action, Task

__all__ = ["Action", "Bits", "Problem", "Task"]

Bits = npt.NDArray[np.bool_]
"""States, [bits] of one or [states, bits] of several."""


@dataclass(frozen=True)
class Problem:
    """From `initial` to `goal`, each given by the bits that are set; all the others are clear."""

    task: Task
    initial: frozenset[int]
    goal: frozenset[int]

    def trace(self, plan: Sequence[int]) -> list[frozenset[int]]:
        """The states that the actions of a plan lead through; ValueError where one is not applicable."""
        states = [self.initial]
        for step, number in enumerate(plan, 1):
            action = self.task.actions[number]
            if not action.applicable(states[-1]):
                raise ValueError(f"step {step} of the plan, {action.name}, is not applicable")
            states.append(action.apply(states[-1]))
        return states

    def solved_by(self, plan: Sequence[int]) -> bool:
        """Whether every action of the plan is applicable, and the last leads to the goal."""
        try:
            return self.trace(plan)[-1] == self.goal
        except ValueError:
            return False
