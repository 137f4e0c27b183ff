"""The solution of a game from one state: value, distance and optimal moves of every state that can be reached.

It is written as a NumPy archive (`.npz`, no pickle) of these arrays, one row for each of the n reachable states in
ascending order of the first:

=============  =================  ======================================================================================
`packed`       uint64 [n]         the state, as the game's `Packing` packs it
`value`        int8 [n]           1 win, 0 draw, -1 loss for the player to move
`distance`     uint16 [n]         plies to the end when both play optimally; 0 where the game is over
`optimal`      uint32 or 64 [n]   bit i is set if the i-th smallest legal move (as a number) is optimal
`root`         uint64 []          the state that was solved, packed
`game`         str []             name of the game, such as `hexapawn3x3`
`start`        str []             text of the root
`format`       str []             `matchbox solution 1`
=============  =================  ======================================================================================

Optimal is a move that wins as soon as can be, or loses as late as can be, or draws. The distance of a draw is the
longest that the players can make it together.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from search.memory import aligned_records
from search.minimax.explore import FULL, PAUSED, RECURRING, SOLVED, TOO_DEEP, explore, refill, slot_dtype, work_dtype
from search.minimax.packing import Packing
from search.rules import State, equal
from search.whole_file import whole_file

FORMAT = "matchbox solution 1"

#: Slots of the first table, how full a table gets, and how much larger the next one is.
_FIRST_SLOTS, _LOAD, _GROWTH = 4096, 0.8, 1.7
#: New states between two looks at the clock: about 10 ms.
_BUDGET = 20_000


@dataclass(frozen=True)
class Entry:
    """What is known about one state."""

    value: int
    """WIN, DRAW or LOSS of `search.rules`, the mover's view."""
    distance: int
    """Plies to the end when both play optimally."""
    optimal: tuple[int, ...]
    """The optimal moves, ascending; empty where the game is over."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """Value, distance and optimal moves of every state reachable from a root; the arrays are as in the file."""

    packing: Packing
    root: State
    packed: npt.NDArray[np.uint64]
    value: npt.NDArray[np.int8]
    distance: npt.NDArray[np.uint16]
    optimal: npt.NDArray[np.unsignedinteger[Any]]

    def __len__(self) -> int:
        return len(self.packed)

    def rows(self, packed: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """The rows of packed states [m], as int64 [m]; -1 for those that the root does not lead to."""
        rows = np.searchsorted(self.packed, packed).astype(np.int64)
        rows[rows == len(self)] = 0
        rows[self.packed[rows] != packed] = -1
        return rows

    def __contains__(self, state: State) -> bool:
        return self._row(state) >= 0

    def __getitem__(self, state: State) -> Entry:
        """What is known about `state`; KeyError if the root does not lead to it."""
        row = self._row(state)
        if row < 0:
            raise KeyError("the state cannot be reached from the one that was solved")
        mask = int(self.optimal[row])
        moves = enumerate(legal_moves(self.packing, state))
        optimal = tuple(move for index, move in moves if mask >> index & 1)
        return Entry(int(self.value[row]), int(self.distance[row]), optimal)

    def line(self, state: State) -> tuple[int, ...]:
        """Optimal play from `state` to the end, by the smallest optimal moves."""
        moves = []
        while optimal := self[state].optimal:
            moves.append(optimal[0])
            child = state.copy()
            self.packing.rules.play(state, child, optimal[0])
            state = child
        return tuple(moves)

    def state(self, packed: int | np.uint64) -> State:
        """The state that a word stands for, a record of its own."""
        record: State = self.root.copy()
        self.packing.unpack(record, np.uint64(packed))
        return record

    def save(self, path: Path, *, game: str, start: str) -> None:
        """Write the archive, whole or not at all; OSError if that cannot be done."""
        with whole_file(path, "wb") as file:
            np.savez(
                file,
                packed=self.packed,
                value=self.value,
                distance=self.distance,
                optimal=self.optimal,
                root=np.uint64(self.packing.pack(self.root)),
                game=np.array(game),
                start=np.array(start),
                format=np.array(FORMAT),
            )

    @classmethod
    def load(cls, path: Path, packing: Packing, root: State) -> Solution:
        """Read an archive of the solution of `root`; ValueError with one sentence if it is none."""
        try:
            with np.load(path, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
        except (ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{path} is not a NumPy archive: {error}") from None
        if str(arrays.get("format")) != FORMAT:
            raise ValueError(f"{path} is not a solution in the format '{FORMAT}'")
        if int(arrays["root"]) != int(packing.pack(root)):
            raise ValueError(f"{path} solves '{arrays['start']}' of {arrays['game']}, not the position that is asked")
        columns = {name: arrays[name] for name in ("packed", "value", "distance", "optimal")}
        return cls(packing=packing, root=root, **columns)

    def _row(self, state: State) -> int:
        """The row of `state`, or -1: also for a state of another board, whose word may be the same."""
        packed = np.uint64(self.packing.pack(state))
        return int(self.rows(np.array([packed]))[0]) if equal(self.state(packed), state) else -1


def legal_moves(packing: Packing, state: State) -> list[int]:
    """The legal moves of `state`, ascending, as the bits of `optimal` count them; none where the game has ended."""
    rules = packing.rules
    buffer = np.zeros(rules.max_moves, np.int32)
    return sorted(int(move) for move in buffer[: int(rules.legal(state, buffer))])


def solve(
    packing: Packing,
    root: State,
    *,
    on_progress: Callable[[int], object] | None = None,
    max_positions: int | None = None,
) -> Solution | None:
    """Solve `root` and all it leads to, about 75 bytes of memory a state at its peak.

    `on_progress` is called with the number of states found so far, about a hundred times a second and at the end of
    an unfinished search, and ends it by a true result. None if it was ended so, or when there are more than
    `max_positions` states. ValueError if a state recurs, if a line is longer than 255 plies, or if the board is too
    large to pack.
    """
    packing.admit(root)
    work = aligned_records(1, work_dtype(packing))[0]
    work.frames[0].state = root
    work.ply = -1
    table = np.zeros(_FIRST_SLOTS, slot_dtype(packing.rules.max_moves)).view(np.recarray)
    ceiling = max_positions if max_positions is not None else np.iinfo(np.int64).max
    while True:
        room = min(int(_LOAD * len(table)), ceiling)
        status = int(explore(work, table, room, _BUDGET))
        if status == RECURRING:
            raise ValueError(f"{packing.rules.name} is not solved by minimax alone: a state recurs in a line of play")
        if status == TOO_DEEP:
            raise ValueError(f"{packing.rules.name} has lines of play too long for minimax")
        if status == FULL:
            if room == ceiling:
                if on_progress is not None:
                    on_progress(int(work.positions))
                return None
            larger = np.zeros(int(_GROWTH * len(table)), table.dtype).view(np.recarray)
            refill(table, larger)
            table = larger
        elif status == PAUSED:
            if on_progress is not None and on_progress(int(work.positions)):
                return None
        else:
            break
    known = table[table.status == SOLVED]
    del table
    order = np.argsort(known.packed)
    columns = {name: np.ascontiguousarray(known[name][order]) for name in ("packed", "value", "distance", "optimal")}
    return Solution(packing=packing, root=root.copy(), **columns)
