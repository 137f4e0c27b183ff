"""Blocksworld: coloured blocks on stacks; the top block of a stack moves onto another. Drawn in 3D with light and
shadow; every picture has colours and light of its own, so that all its pixels change with every action.

A state lists, stack by stack, the block in each place from the lowest up, counted from 1; 0 where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np

from latplan.domains.domain import ImageDomain, State, nearest
from latplan.domains.ray_caster import GROUND, Scene
from latplan.picture import Picture

#: Red, green and blue of the blocks.
COLOURS = ((0.86, 0.20, 0.18), (0.16, 0.52, 0.86), (0.94, 0.78, 0.16), (0.22, 0.68, 0.30), (0.62, 0.30, 0.72))
#: Height and width of a picture.
SHAPE = (48, 60)
#: Standard deviation of the jitter of a colour, and of the lamp's strength.
COLOUR_JITTER, LAMP_JITTER = 0.04, 0.06
#: How far apart the stacks are, in widths of a block.
APART = 1.5


class Blocksworld(ImageDomain):
    """`blocks` blocks on `stacks` places."""

    def __init__(self, name: str, blocks: int, stacks: int) -> None:
        """ValueError if there are not so many colours."""
        if blocks > len(COLOURS):
            raise ValueError(f"{blocks} blocks: there are colours for {len(COLOURS)}")
        self.name = name
        self.blocks, self.stacks = blocks, stacks
        self.shape = (*SHAPE, 3)
        self._moves = [(source, target) for source in range(stacks) for target in range(stacks) if source != target]
        self.actions = tuple(f"stack {source + 1} to stack {target + 1}" for source, target in self._moves)
        self.states = _states(blocks, stacks)
        left = -APART * (stacks - 1) / 2 - 0.5
        corners = [(left + APART * stack, 0.0, float(level)) for stack in range(stacks) for level in range(blocks)]
        self._scene = Scene(
            np.array(corners),
            eye=np.array([1.4, -6.4, 4.2]),
            target=np.array([0.0, 0.5, 1.7]),
            light=np.array([-0.9, -1.0, 1.8]),
            shape=SHAPE,
        )
        self._flat = self.draw(self.states).reshape(len(self.states), -1).astype(np.float32) / 255

    def apply(self, state: State, action: int) -> State | None:
        source, target = (self.blocks * stack for stack in self._moves[action])
        height = sum(block > 0 for block in state[source : source + self.blocks])
        if not height:
            return None
        above = target + sum(block > 0 for block in state[target : target + self.blocks])
        places = list(state)
        top = source + height - 1
        places[above], places[top] = places[top], 0
        return tuple(places)

    def sample(self, n: int, rng: np.random.Generator) -> list[State]:
        return [self.states[index] for index in rng.integers(len(self.states), size=n)]

    def begin(self, rng: np.random.Generator) -> State:
        return self.sample(1, rng)[0]

    def solved(self, state: State) -> bool:
        return state[: self.blocks] == tuple(range(1, self.blocks + 1))

    def draw(self, states: Sequence[State], rng: np.random.Generator | None = None) -> Picture:
        pictures = np.zeros((len(states), *self.shape), np.uint8)
        for picture, state in zip(pictures, states, strict=True):
            colours = np.array(COLOURS[: self.blocks])
            ground, lamp = np.array(GROUND), 1.0
            if rng is not None:
                colours = (colours + rng.normal(0, COLOUR_JITTER, colours.shape)).clip(0, 1)
                ground = ground + rng.normal(0, COLOUR_JITTER / 2, 3)
                lamp += rng.normal(0, LAMP_JITTER)
            palette = np.concatenate([np.full((1, 3), np.nan), colours])
            picture[:] = np.rint(255 * self._scene.draw(palette[list(state)], ground, lamp))
        return pictures

    def guess(self, picture: Picture) -> State | None:
        return self.states[nearest(picture, self._flat)]


def _states(blocks: int, stacks: int) -> list[State]:
    """Every way in which the blocks can stand."""
    found = []
    for heights in _heights(blocks, stacks):
        for order in permutations(range(1, blocks + 1)):
            state: list[int] = []
            used = 0
            for height in heights:
                state += [*order[used : used + height], *[0] * (blocks - height)]
                used += height
            found.append(tuple(state))
    return found


def _heights(blocks: int, stacks: int) -> list[tuple[int, ...]]:
    if stacks == 1:
        return [(blocks,)]
    return [(first, *rest) for first in range(blocks + 1) for rest in _heights(blocks - first, stacks - 1)]
