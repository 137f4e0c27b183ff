"""The Towers of Hanoi: a disc may lie on larger ones only; one disc moves at a time. A state lists each disc's peg,
the smallest disc first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from latplan.domains.domain import ImageDomain, State, nearest
from latplan.picture import Picture

#: Pixels: the height of a disc; by how much half of its width exceeds the next smaller's; half of the smallest's width.
THICK, STEP, HALF = 6, 2, 3


class Hanoi(ImageDomain):
    """Discs on pegs, each disc of its own texture."""

    def __init__(self, name: str, discs: int, pegs: int) -> None:
        self.name = name
        self.discs = discs
        self.pegs = pegs
        self.actions = tuple(
            f"peg {source + 1} to peg {target + 1}"
            for source in range(pegs)
            for target in range(pegs)
            if source != target
        )
        self._moves = [(source, target) for source in range(pegs) for target in range(pegs) if source != target]
        self._across = 2 * (HALF + STEP * discs)
        self.shape = ((discs + 1) * THICK, pegs * self._across)
        self._states = [
            tuple(state) for state in np.array(np.meshgrid(*[range(pegs)] * discs)).reshape(discs, -1).T.tolist()
        ]
        self._flat = self.draw(self._states).reshape(len(self._states), -1).astype(np.float32) / 255

    def apply(self, state: State, action: int) -> State | None:
        source, target = self._moves[action]
        top = next((disc for disc in range(self.discs) if state[disc] == source), None)
        if top is None or target in state[:top]:
            return None
        return (*state[:top], target, *state[top + 1 :])

    def sample(self, n: int, rng: np.random.Generator) -> list[State]:
        return [self._states[index] for index in rng.integers(len(self._states), size=n)]

    def begin(self, rng: np.random.Generator) -> State:
        return (0,) * self.discs

    def solved(self, state: State) -> bool:
        return state == (self.pegs - 1,) * self.discs

    def draw(self, states: Sequence[State], rng: np.random.Generator | None = None) -> Picture:
        pictures = np.zeros((len(states), *self.shape), np.uint8)
        pictures[:, -2:] = 90  # the ground
        for peg in range(self.pegs):
            middle = peg * self._across + self._across // 2
            pictures[:, THICK // 2 :, middle - 1 : middle + 1] = 90
        for picture, state in zip(pictures, states, strict=True):
            heights = [0] * self.pegs
            for disc in reversed(range(self.discs)):
                peg = state[disc]
                heights[peg] += 1
                middle = peg * self._across + self._across // 2
                half = HALF + STEP * disc
                top = (self.discs + 1 - heights[peg]) * THICK - 2
                picture[top : top + THICK - 1, middle - half : middle + half] = 150 + 100 * disc // self.discs
                picture[top + 2, middle - half + 1 : middle + half - 1 : disc + 2] = 40
        return pictures

    def guess(self, picture: Picture) -> State | None:
        return self._states[nearest(picture, self._flat)]
