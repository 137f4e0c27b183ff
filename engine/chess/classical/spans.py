"""Parts of the board that pawns and kings look at, as small tables of bitboards."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.kernel import inlined

_FILE = 0x0101010101010101
_ALL = (1 << 64) - 1


def _ranks_ahead(side: int, rank: int) -> int:
    """All squares of the ranks in front of `rank`, as `side` looks."""
    if side == 0:
        return _ALL & (_ALL << (8 * (rank + 1))) if rank < 7 else 0
    return (1 << (8 * rank)) - 1


def _files_beside(file: int) -> int:
    return sum(_FILE << x for x in (file - 1, file + 1) if 0 <= x < 8)


#: The squares of each file, [8], and of the files next to it, [8].
FILES = np.array([_FILE << file for file in range(8)], np.uint64)
BESIDE = np.array([_files_beside(file) for file in range(8)], np.uint64)

#: The squares in front of a square on its file, [side * 64 + square], and on its and the adjacent files.
FRONT = np.array(
    [_ranks_ahead(side, square >> 3) & _FILE << (square & 7) for side in (0, 1) for square in range(64)], np.uint64
)
PASSED = np.array(
    [
        _ranks_ahead(side, square >> 3) & (_FILE << (square & 7) | _files_beside(square & 7))
        for side in (0, 1)
        for square in range(64)
    ],
    np.uint64,
)

#: A rank and all ranks in front of it, [side * 8 + rank].
SHIELD = np.array([_ranks_ahead(side, rank) | 0xFF << (8 * rank) for side in (0, 1) for rank in range(8)], np.uint64)

#: Squares near a king on its half and the rank beyond, [side * 8 + file of the king].
FLANK = np.array(
    [
        files * _FILE & (0xFF_FFFF_FFFF if side == 0 else _ALL ^ 0xFF_FFFF)
        for side in (0, 1)
        for files in (0x07, 0x0F, 0x0F, 0x3C, 0x3C, 0xF0, 0xF0, 0xE0)
    ],
    np.uint64,
)


@inlined
def distance(one: Any, other: Any) -> Any:
    """King steps between two squares."""
    return max(abs((one & 7) - (other & 7)), abs((one >> 3) - (other >> 3)))
