"""STRIPS over bits: actions that want some bits set and others clear, and set and clear some.

States are packed, 64 bits a word: bit b of a state is bit b % 64 of word b // 64. All actions cost 1.
(R. Fikes, N. Nilsson, "STRIPS: A New Approach to the Application of Theorem Proving to Problem Solving", 1971.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True)
class Action:
    """Preconditions and effects, as numbers of bits."""

    name: str
    """Unique among a task's actions."""
    positive: frozenset[int] = frozenset()
    """Bits that must be set."""
    negative: frozenset[int] = frozenset()
    """Bits that must be clear."""
    add: frozenset[int] = frozenset()
    """Bits that are set afterwards."""
    delete: frozenset[int] = frozenset()
    """Bits that are clear afterwards."""

    def __post_init__(self) -> None:
        for one, other, what in ((self.positive, self.negative, "preconditions"), (self.add, self.delete, "effects")):
            if one & other:
                raise ValueError(f"the {what} of action {self.name!r} contradict each other at bit {min(one & other)}")

    def applicable(self, state: frozenset[int]) -> bool:
        """Whether the action can be applied where just the bits in `state` are set."""
        return self.positive <= state and not self.negative & state

    def apply(self, state: frozenset[int]) -> frozenset[int]:
        """The bits that are set afterwards."""
        return (state - self.delete) | self.add


class SuccessorGenerator(NamedTuple):
    """What kernels need to find applicable actions and to apply them."""

    asked: Words
    """[words, actions]: bits that the preconditions say something about; word by word, for vector instructions."""
    wanted: Words
    """[words, actions]: which of them must be set."""
    add: Words
    """[actions, words]."""
    delete: Words
    """[actions, words]."""


@dataclass(frozen=True)
class Task:
    """Bits and actions; the initial state and the goal come with each search. ValueError if they do not fit."""

    bits: int
    """How many there are."""
    actions: tuple[Action, ...]
    words: int = field(init=False)
    """64-bit words of a packed state."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", max(-(-self.bits // 64), 1))
        names = [action.name for action in self.actions]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two actions are called {twice!r}")
        for action in self.actions:
            used = action.positive | action.negative | action.add | action.delete
            if used and not 0 <= min(used) <= max(used) < self.bits:
                raise ValueError(f"action {action.name!r} uses a bit outside 0..{self.bits - 1}")

    def pack(self, state: Iterable[int]) -> Words:
        """The packed state, uint64 [words], where just these bits are set."""
        packed = [0] * self.words
        for bit in state:
            packed[bit // 64] |= 1 << bit % 64
        return np.array(packed, np.uint64)

    @property
    def reversible(self) -> bool:
        """Whether preconditions say what each effect changes, so that an action can be undone from its result."""
        return all(action.add <= action.negative and action.delete <= action.positive for action in self.actions)

    def reversed(self) -> Task:
        """The task whose actions undo this one's; ValueError if it is not reversible."""
        if not self.reversible:
            raise ValueError("an action's effects change bits of which its preconditions say nothing")
        return Task(
            self.bits,
            tuple(
                Action(
                    name=action.name,
                    positive=(action.positive - action.delete) | action.add,
                    negative=(action.negative - action.add) | action.delete,
                    add=action.delete,
                    delete=action.add,
                )
                for action in self.actions
            ),
        )

    def generator(self) -> SuccessorGenerator:
        """The tables with which kernels find applicable actions."""
        positive, negative, add, delete = (
            np.array([self.pack(getattr(action, part)) for action in self.actions], np.uint64).reshape(-1, self.words)
            for part in ("positive", "negative", "add", "delete")
        )
        return SuccessorGenerator(
            np.ascontiguousarray((positive | negative).T), np.ascontiguousarray(positive.T), add, delete
        )
