"""What a puzzle drawn in pictures is: rules, a renderer, a parser. The learner sees pairs of its pictures, no more.

Laws, which `tests/latplan/test_domains.py` checks of every domain of the house:

- `parse(render(state)) == state` for every state, also when `rng` jitters the drawing, and with Gaussian noise of 0.1;
- `parse` returns None for a picture that shows no state, were it in one place only;
- `apply` gives another state than it got, or None where the action is not applicable;
- states are tuples of whole numbers, all of one length.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from latplan.picture import Picture

State = tuple[int, ...]

#: A picture shows a state if no window of so many pixels a side differs from the state's drawing by more than this: a
#: mean squared difference on a scale on which black is 0 and white 1. Gaussian noise of 0.1 gives 0.01.
PATCH, MOST_ERROR = 6, 0.025
#: A shortest path between two states is searched for among at most this many states.
MOST_STATES = 2_000_000


class CutSearchError(ValueError):
    """There are more states than are searched."""


class Instance(NamedTuple):
    """A planning task: from `start` to `goal`, which are `steps` actions apart."""

    start: State
    goal: State
    steps: int


class ImageDomain(ABC):
    """A puzzle of one player, with pictures of its states."""

    name: str
    """As on the command line."""
    shape: tuple[int, ...]
    """Of a picture: (height, width) or (height, width, 3)."""
    actions: tuple[str, ...]
    """What each action does, by its number."""

    @abstractmethod
    def apply(self, state: State, action: int) -> State | None:
        """The state after an action; None where it is not applicable."""

    @abstractmethod
    def sample(self, n: int, rng: np.random.Generator) -> list[State]:
        """`n` states, uniformly at random."""

    @abstractmethod
    def begin(self, rng: np.random.Generator) -> State:
        """Where a person would begin to play; a solved state can be reached from it."""

    @abstractmethod
    def solved(self, state: State) -> bool:
        """Whether this is what a person who plays aims at."""

    @abstractmethod
    def draw(self, states: Sequence[State], rng: np.random.Generator | None = None) -> Picture:
        """Pictures of `states`, uint8 [n, *shape]; `rng` jitters the drawing of domains whose pictures vary."""

    @abstractmethod
    def guess(self, picture: Picture) -> State | None:
        """The state whose picture resembles this one, of this puzzle's shape, most; None if it can only be none."""

    def parse(self, picture: Picture) -> State | None:
        """The state that a picture shows, which may be a little noisy or blurred; None if it shows none."""
        if picture.shape != self.shape or picture.dtype != np.uint8:
            return None
        state = self.guess(picture)
        return state if state is not None and worst_patch(picture, self.render(state)) <= MOST_ERROR else None

    def render(self, state: State, rng: np.random.Generator | None = None) -> Picture:
        """A picture of `state`."""
        picture: Picture = self.draw([state], rng)[0]
        return picture

    def successors(self, state: State) -> list[State]:
        """The states that one action leads to, in the order of the actions."""
        after = (self.apply(state, action) for action in range(len(self.actions)))
        return [child for child in after if child is not None]

    def sample_transitions(self, n: int, rng: np.random.Generator) -> tuple[Picture, Picture]:
        """Pictures before and after `n` moves: a state at random, then one of its successors at random."""
        before: list[State] = []
        after: list[State] = []
        while len(before) < n:
            for state in self.sample(n - len(before), rng):
                children = self.successors(state)
                if children:
                    before.append(state)
                    after.append(children[rng.integers(len(children))])
        return self.draw(before, rng), self.draw(after, rng)

    def instance(self, steps: int, rng: np.random.Generator) -> Instance:
        """Two states that are `steps` actions apart, or as far apart as this puzzle has them.

        CutSearchError where that takes too many states.
        """
        best: list[list[State]] = []
        for _ in range(20):
            layers = self.layers(self.sample(1, rng)[0], steps)
            if len(layers) > len(best):
                best = layers
            if len(best) == steps + 1:
                break
        goals = best[-1]
        return Instance(best[0][0], goals[rng.integers(len(goals))], len(best) - 1)

    def layers(self, start: State, steps: int) -> list[list[State]]:
        """States at distance 0, 1, 2, … from `start`, up to `steps`; fewer layers where no state is that far.

        CutSearchError where that takes too many states.
        """
        seen = {start}
        layers = [[start]]
        while len(layers) <= steps:
            if len(seen) > MOST_STATES:
                raise CutSearchError(
                    f"{self.name} has {len(seen):,} states within {len(layers) - 1} moves of one, and the search for "
                    f"any that is {steps} away ends there; ask for fewer steps"
                )
            layer = []
            for state in layers[-1]:
                for child in self.successors(state):
                    if child not in seen:
                        seen.add(child)
                        layer.append(child)
            if not layer:
                break
            layers.append(layer)
        return layers

    def distance(self, start: State, goal: State) -> int | None:
        """Actions that a shortest plan takes; None if there is none. CutSearchError where that takes too many."""
        seen = {start}
        layer, steps = [start], 0
        while layer:
            if goal in seen:
                return steps
            if len(seen) > MOST_STATES:
                raise CutSearchError(f"{self.name}: no shortest plan was found among {len(seen):,} states")
            following = []
            for state in layer:
                for child in self.successors(state):
                    if child not in seen:
                        seen.add(child)
                        following.append(child)
            layer, steps = following, steps + 1
        return None


def nearest(picture: Picture, candidates: npt.NDArray[np.floating[Any]]) -> int:
    """Index of the candidate [n, pixels], 0 black and 1 white, nearest to the picture by squared difference."""
    flat = picture.reshape(-1).astype(np.float32) / 255
    # |c - x|² = |c|² - 2 c·x + |x|²
    return int(np.argmin(np.einsum("np,np->n", candidates, candidates) - 2 * candidates @ flat))


def worst_patch(picture: Picture, other: Picture) -> float:
    """The mean squared difference of two pictures where they differ most: in the worst of all PATCH x PATCH windows."""
    error = ((picture.astype(np.float32) - other) / 255) ** 2
    if error.ndim == 3:
        error = error.mean(-1)
    sums = np.pad(error, ((1, 0), (1, 0))).cumsum(0, np.float64).cumsum(1)
    windows = sums[PATCH:, PATCH:] - sums[:-PATCH, PATCH:] - sums[PATCH:, :-PATCH] + sums[:-PATCH, :-PATCH]
    return float(windows.max()) / PATCH**2
