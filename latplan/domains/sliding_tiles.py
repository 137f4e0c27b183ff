"""Sliding tiles: the 8-puzzle, the 15-puzzle and their like, with tiles that show digits or pieces of a photograph.

A state lists, cell by cell from the top left, the tile that lies there; 0 is the hole. Tile k belongs in cell k.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from latplan.domains.domain import MOST_STATES, ImageDomain, Instance, State
from latplan.picture import Picture


class SlidingTiles(ImageDomain):
    """Slide a tile into the hole; the hole moves up, down, left or right."""

    actions = ("up", "down", "left", "right")

    def __init__(self, name: str, tiles: Picture, width: int) -> None:
        """`tiles`: a picture for each tile, uint8 [cells, side, side]; the first is the hole's. `width`: of the board.

        ValueError if the cells do not fill rows.
        """
        if len(tiles) % width or len(tiles) < 4:
            raise ValueError(f"{len(tiles)} tiles do not make a board {width} wide")
        self.name = name
        self.tiles = tiles
        self.width = width
        self.height = len(tiles) // width
        side = tiles.shape[1]
        self.shape = (self.height * side, width * side)
        self._flat = tiles.reshape(len(tiles), -1).astype(np.float32) / 255
        self._known: dict[int, tuple[int, list[list[State]]]] = {}

    def apply(self, state: State, action: int) -> State | None:
        hole = state.index(0)
        row, column = divmod(hole, self.width)
        down, right = ((-1, 0), (1, 0), (0, -1), (0, 1))[action]
        row, column = row + down, column + right
        if not (0 <= row < self.height and 0 <= column < self.width):
            return None
        cells = list(state)
        other = row * self.width + column
        cells[hole], cells[other] = cells[other], 0
        return tuple(cells)

    def sample(self, n: int, rng: np.random.Generator) -> list[State]:
        return [self._solvable(rng.permutation(len(self.tiles))) for _ in range(n)]

    def begin(self, rng: np.random.Generator) -> State:
        return self.sample(1, rng)[0]

    def solved(self, state: State) -> bool:
        return state == tuple(range(len(state)))

    def _solvable(self, cells: npt.NDArray[np.int64]) -> State:
        """The arrangement, or, if slides cannot reach it from the ordered one, the same with two tiles swapped."""
        order = cells.tolist()
        hole = order.index(0)
        # The parity of the permutation is that of the hole's distance from its corner.
        parity = (len(order) - _cycles(order)) % 2
        if parity != sum(divmod(hole, self.width)) % 2:
            one, other = (cell for cell in range(3) if cell != hole) if hole < 3 else (0, 1)
            order[one], order[other] = order[other], order[one]
        return tuple(order)

    def draw(self, states: Sequence[State], rng: np.random.Generator | None = None) -> Picture:
        cells = self.tiles[np.asarray(states)]  # [n, cells, side, side]
        side = cells.shape[-1]
        board = cells.reshape(len(states), self.height, self.width, side, side)
        pictures: Picture = board.swapaxes(2, 3).reshape(len(states), *self.shape)
        return pictures

    def guess(self, picture: Picture) -> State | None:
        side = self.tiles.shape[1]
        board = picture.reshape(self.height, side, self.width, side).swapaxes(1, 2)
        cells = board.reshape(len(self.tiles), -1).astype(np.float32) / 255
        errors = ((cells[:, None] - self._flat[None]) ** 2).mean(-1)
        state = tuple(errors.argmin(1).tolist())
        return state if len(set(state)) == len(state) else None

    def instance(self, steps: int, rng: np.random.Generator) -> Instance:
        # Renaming the tiles changes no distance, so one search from each cell of the hole serves all instances.
        holes = rng.permutation(len(self.tiles)).tolist()
        best: list[list[State]] = []
        for hole in holes:
            layers = self._layers_from(hole, steps)
            if len(layers) > len(best):
                best = layers
            if len(best) > steps:
                best = best[: steps + 1]
                break
        names = [0, *(1 + rng.permutation(len(self.tiles) - 1)).tolist()]
        start = best[0][0]
        renamed = self._solvable(np.array([names[tile] for tile in start]))
        names = [0] * len(start)
        for tile, other in zip(start, renamed, strict=True):
            names[tile] = other
        far = best[-1][rng.integers(len(best[-1]))]
        # The goal is the state that the layers begin at: slides can be taken back.
        return Instance(tuple(names[tile] for tile in far), renamed, len(best) - 1)

    def _layers_from(self, hole: int, steps: int) -> list[list[State]]:
        """Layers up to `steps` or more from a state with the hole in this cell; kept, but not too many of all cells."""
        asked, layers = self._known.get(hole, (-1, []))
        if asked >= steps or len(layers) <= asked:  # known so far, or there are no more
            return layers
        order = [1 + cell for cell in range(len(self.tiles) - 1)]
        order.insert(hole, 0)
        self._known.pop(hole, None)
        layers = self.layers(self._solvable(np.array(order)), steps)
        self._known[hole] = steps, layers
        while len(self._known) > 1 and self._states_known() > MOST_STATES:
            del self._known[next(iter(self._known))]
        return layers

    def _states_known(self) -> int:
        return sum(len(layer) for _, layers in self._known.values() for layer in layers)


def _cycles(order: list[int]) -> int:
    """The number of cycles of a permutation."""
    seen = [False] * len(order)
    count = 0
    for start in range(len(order)):
        if not seen[start]:
            count += 1
            while not seen[start]:
                seen[start] = True
                start = order[start]
    return count
