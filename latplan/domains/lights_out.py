"""LightsOut: pressing a lamp switches it and its neighbours above, below, left and right. Lit lamps are crosses.

The twisted form shows the same pictures through a swirl, so that no cell of the grid is a neat patch of pixels.
A state lists the lamps row by row, 1 where lit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from latplan.domains.domain import ImageDomain, Instance, State
from latplan.picture import Picture

#: Pixels along the side of a lamp's cell.
CELL = 9
#: Turns of the swirl at its centre, as an angle in radians.
TWIST = 3.0


class LightsOut(ImageDomain):
    """A square board of lamps."""

    def __init__(self, name: str, size: int, *, twisted: bool = False) -> None:
        """`size` lamps along each side."""
        self.name = name
        self.size = size
        self.shape = (size * CELL, size * CELL)
        self.actions = tuple(f"press {row + 1},{column + 1}" for row in range(size) for column in range(size))
        self._presses = _presses(size)
        self._quiet = _null_space(self._presses)
        self._lamps = np.zeros((size * size, *self.shape), np.float32)
        for lamp in range(size * size):
            row, column = (CELL * place for place in divmod(lamp, size))
            self._lamps[lamp, row : row + CELL, column : column + CELL] = _cross()
        if twisted:
            self._lamps = np.stack([swirled(picture, TWIST) for picture in self._lamps])
        self._flat = self._lamps.reshape(size * size, -1)
        self._reader = np.linalg.pinv(self._flat.astype(np.float64)).astype(np.float32)  # [pixels, lamps]

    def apply(self, state: State, action: int) -> State | None:
        return tuple((np.array(state) ^ self._presses[action]).tolist())

    def sample(self, n: int, rng: np.random.Generator) -> list[State]:
        return [tuple(row) for row in rng.integers(0, 2, (n, self.size**2)).tolist()]

    def begin(self, rng: np.random.Generator) -> State:
        presses = rng.integers(0, 2, self.size**2)
        return tuple((presses @ self._presses % 2).tolist())

    def solved(self, state: State) -> bool:
        return not any(state)

    def draw(self, states: Sequence[State], rng: np.random.Generator | None = None) -> Picture:
        lit = np.asarray(states, np.float32) @ self._flat
        pictures: Picture = np.rint(255 * lit.clip(0, 1)).astype(np.uint8).reshape(len(states), *self.shape)
        return pictures

    def guess(self, picture: Picture) -> State | None:
        seen = picture.reshape(-1).astype(np.float32) / 255
        return tuple((seen @ self._reader > 0.5).astype(int).tolist())

    def instance(self, steps: int, rng: np.random.Generator) -> Instance:
        start = self.sample(1, rng)[0]
        lamps = self.size**2
        best = np.zeros(lamps, np.int64)
        for _ in range(20_000):
            presses = np.zeros(lamps, np.int64)
            presses[rng.choice(lamps, min(steps, lamps // 2 + 3), replace=False)] = 1
            least = min((presses ^ quiet for quiet in self._quiet), key=lambda way: int(way.sum()))
            if least.sum() > best.sum():
                best = least
            if best.sum() == steps:
                break
        goal = np.array(start) ^ (best @ self._presses % 2)
        return Instance(start, tuple(goal.tolist()), int(best.sum()))

    def distance(self, start: State, goal: State) -> int | None:
        """By linear algebra over bits: the least weight among the press sets that differ by quiet ones."""
        way = _solve(self._presses, np.array(start) ^ np.array(goal))
        return None if way is None else min(int((way ^ quiet).sum()) for quiet in self._quiet)


def _cross() -> npt.NDArray[np.float32]:
    """A lit lamp, [CELL, CELL]."""
    lamp = np.zeros((CELL, CELL), np.float32)
    middle = CELL // 2
    lamp[1:-1, middle - 1 : middle + 2] = 1
    lamp[middle - 1 : middle + 2, 1:-1] = 1
    return lamp


def _presses(size: int) -> npt.NDArray[np.int64]:
    """[lamps, lamps]: the lamps that each press switches."""
    presses = np.zeros((size, size, size, size), np.int64)
    for row in range(size):
        for column in range(size):
            for down, right in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)):
                if 0 <= row + down < size and 0 <= column + right < size:
                    presses[row, column, row + down, column + right] = 1
    return presses.reshape(size * size, size * size)


def _echelon(matrix: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], list[int]]:
    """The reduced row echelon form over bits, and its pivot columns."""
    rows = matrix.copy()
    pivots: list[int] = []
    for column in range(rows.shape[1]):
        below = np.flatnonzero(rows[len(pivots) :, column])
        if not len(below):
            continue
        top = len(pivots)
        rows[[top, top + below[0]]] = rows[[top + below[0], top]]
        others = rows[:, column].astype(bool)
        others[top] = False
        rows[others] ^= rows[top]
        pivots.append(column)
        if len(pivots) == len(rows):
            break
    return rows, pivots


def _solve(matrix: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]) -> npt.NDArray[np.int64] | None:
    """Some bits x with x @ matrix == wanted (mod 2); None if there are none."""
    rows, pivots = _echelon(np.column_stack([matrix.T, wanted]))
    if len(matrix) in pivots:
        return None
    solution = np.zeros(len(matrix), np.int64)
    solution[pivots] = rows[: len(pivots), -1]
    return solution


def _null_space(matrix: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Every x with x @ matrix == 0 (mod 2), zero among them, [2^k, lamps]."""
    rows, pivots = _echelon(matrix.T)
    free = [column for column in range(len(matrix)) if column not in pivots]
    basis = np.zeros((len(free), len(matrix)), np.int64)
    for index, column in enumerate(free):
        basis[index, column] = 1
        basis[index, pivots] = rows[: len(pivots), column]
    choices = np.array(np.meshgrid(*[[0, 1]] * len(free), indexing="ij"), np.int64).reshape(len(free), -1).T
    spanned: npt.NDArray[np.int64] = choices @ basis % 2
    return spanned


def swirled(picture: npt.NDArray[np.float32], twist: float) -> npt.NDArray[np.float32]:
    """The picture turned about its centre, by `twist` radians there and ever less towards the rim."""
    height, width = picture.shape
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    down, right = rows - (height - 1) / 2, columns - (width - 1) / 2
    distance = np.hypot(down, right)
    angle = np.arctan2(down, right) + twist * np.exp(-2 * distance / max(height, width))
    down = (distance * np.sin(angle) + (height - 1) / 2).clip(0, height - 1)
    right = (distance * np.cos(angle) + (width - 1) / 2).clip(0, width - 1)
    # Bilinear interpolation.
    top, left = np.minimum(down.astype(int), height - 2), np.minimum(right.astype(int), width - 2)
    lower, righter = down - top, right - left
    above = picture[top, left] * (1 - righter) + picture[top, left + 1] * righter
    below = picture[top + 1, left] * (1 - righter) + picture[top + 1, left + 1] * righter
    mixed: npt.NDArray[np.float32] = (above * (1 - lower) + below * lower).astype(np.float32)
    return mixed
