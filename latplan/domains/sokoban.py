"""Sokoban: the man walks, and pushes a box when the cell behind it is free. A state lists the man's cell, then the
boxes' cells in rising order; cells are numbered row by row.

Levels are written as usual: `#` wall, `@` man, `$` box, `.` goal, `*` box on a goal, `+` man on a goal.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from latplan.domains.domain import ImageDomain, State
from latplan.picture import Picture

#: Pixels along the side of a tile, and of the larger one from which it is averaged.
TILE, LARGE_TILE = 12, 48

LEVELS = {
    "sokoban": """
#######
#.  #@#
#  $  #
#   # #
# # $ #
#.    #
#######
""",
    "sokoban-corridor": """
########
#  #   #
# $  $.#
#  # # #
##.  @ #
########
""",
    "sokoban-rooms": """
#########
#   #   #
# $   $ #
#  .#.  #
## ### ##
#   #   #
# $   . #
#   # @ #
#########
""",
}


class Sokoban(ImageDomain):
    """One level, from whose first position all states are reached."""

    actions = ("up", "down", "left", "right")

    def __init__(self, name: str, level: str) -> None:
        """ValueError for a level that is not one."""
        rows = level.strip("\n").splitlines()
        self.name = name
        self.height, self.width = len(rows), max(map(len, rows))
        text = "".join(row.ljust(self.width, "#") for row in rows)
        unknown = sorted(set(text) - set("# @$.*+"))
        if unknown or sum(text.count(man) for man in "@+") != 1 or not any(box in text for box in "$*"):
            raise ValueError(f"{name} is no level: it takes one man (@ or +), boxes ($ or *), and no {unknown}")
        self.walls = frozenset(cell for cell, mark in enumerate(text) if mark == "#")
        self.goals = frozenset(cell for cell, mark in enumerate(text) if mark in ".*+")
        boxes = (cell for cell, mark in enumerate(text) if mark in "$*")
        self.start: State = (max(text.find("@"), text.find("+")), *boxes)
        self.shape = (self.height * TILE, self.width * TILE, 3)
        self.states = [state for layer in self.layers(self.start, self.height * self.width * 1000) for state in layer]
        self._known = frozenset(self.states)
        self._tiles = _tiles()
        self._flat = self._tiles.reshape(len(self._tiles), -1).astype(np.float32) / 255

    def apply(self, state: State, action: int) -> State | None:
        step = (-self.width, self.width, -1, 1)[action]
        man, boxes = state[0] + step, state[1:]
        if man in self.walls:
            return None
        if man not in boxes:
            return (man, *boxes)
        behind = man + step
        if behind in self.walls or behind in boxes:
            return None
        return (man, *sorted(behind if box == man else box for box in boxes))

    def sample(self, n: int, rng: np.random.Generator) -> list[State]:
        return [self.states[index] for index in rng.integers(len(self.states), size=n)]

    def begin(self, rng: np.random.Generator) -> State:
        return self.start

    def solved(self, state: State) -> bool:
        return self.goals.issuperset(state[1:])

    def draw(self, states: Sequence[State], rng: np.random.Generator | None = None) -> Picture:
        cells = np.array([WALL if cell in self.walls else FLOOR for cell in range(self.height * self.width)])
        boards = np.repeat(cells[None], len(states), 0)
        everything, index = np.array(states), np.arange(len(states))
        boards[index, everything[:, 0]] = MAN
        for box in range(1, everything.shape[1]):
            boards[index, everything[:, box]] = BOX
        boards[:, sorted(self.goals)] += GOAL
        drawn = self._tiles[boards].reshape(len(states), self.height, self.width, TILE, TILE, 3)
        pictures: Picture = drawn.swapaxes(2, 3).reshape(len(states), *self.shape)
        return pictures

    def guess(self, picture: Picture) -> State | None:
        board = picture.reshape(self.height, TILE, self.width, TILE, 3).swapaxes(1, 2)
        cells = board.reshape(self.height * self.width, -1).astype(np.float32) / 255
        errors = ((cells[:, None] - self._flat[None]) ** 2).mean(-1)
        kinds = errors.argmin(1)
        men = np.flatnonzero(kinds % GOAL == MAN).tolist()
        boxes = np.flatnonzero(kinds % GOAL == BOX).tolist()
        state = (*men, *boxes)
        return state if state in self._known else None


#: Kinds of tiles; GOAL is added to what stands on a goal.
FLOOR, WALL, MAN, BOX, GOAL = range(5)


def _tiles() -> Picture:
    """A picture of each kind, uint8 [8, TILE, TILE, 3]; drawn in sixteenths of a tile."""
    rows, columns = (np.mgrid[:LARGE_TILE, :LARGE_TILE] + 0.5) * 16 / LARGE_TILE
    middle = 8
    distance = np.hypot(rows - middle, columns - middle)
    tiles = np.zeros((GOAL, LARGE_TILE, LARGE_TILE, 3))
    tiles[:] = (222, 214, 196)
    tiles[WALL] = (146, 88, 70)
    mortar = (rows % 5 >= 4) | ((columns + 4 * (rows // 5 % 2)) % 8 >= 7)
    tiles[WALL][mortar] = (196, 176, 160)
    head = np.hypot(rows - 5, columns - middle) < 3.2
    body = (rows > 8) & (rows < 15) & (abs(columns - middle) < 2 + (rows - 8) / 2)
    tiles[MAN][body] = (38, 92, 190)
    tiles[MAN][head] = (240, 180, 130)
    inside = np.maximum(abs(rows - middle), abs(columns - middle)) < 6
    border = inside & (np.maximum(abs(rows - middle), abs(columns - middle)) > 4)
    tiles[BOX][inside] = (206, 150, 70)
    tiles[BOX][inside & (np.minimum(abs(rows - columns), abs(rows + columns - 2 * middle)) < 1.5)] = (150, 98, 36)
    tiles[BOX][border] = (120, 74, 22)
    on_goal = tiles.copy()
    ring = (distance > 5.2) & (distance < 7.6)
    on_goal[FLOOR][distance < 3] = (206, 52, 52)
    for kind in (FLOOR, MAN, BOX):
        on_goal[kind][ring] = (206, 52, 52)
    parts = np.concatenate([tiles, on_goal]).reshape(-1, TILE, LARGE_TILE // TILE, TILE, LARGE_TILE // TILE, 3)
    pictures: Picture = np.rint(parts.mean((2, 4))).astype(np.uint8)
    return pictures
