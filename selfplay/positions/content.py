"""Hashes of positions, whoever scored them: they decide what is held out, so that equal positions go together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.chess.packed import sides

#: Positions that are hashed at a time, for the room that it takes.
_AT_A_TIME = 1 << 20


def mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Hashes of numbers, uint64 [n]: the finishing step of SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014)."""
    found = numbers + np.uint64(0x9E3779B97F4A7C15)
    found = (found ^ (found >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    found = (found ^ (found >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return found ^ (found >> np.uint64(31))


def content_hashes(positions: npt.NDArray[np.void]) -> npt.NDArray[np.uint64]:
    """A hash of what stands where and who moves, uint64 [n]; scores, moves, results and counts have no part in it."""
    found = np.zeros(len(positions), np.uint64)
    for first in range(0, len(positions), _AT_A_TIME):
        some = positions[first : first + _AT_A_TIME]
        here = found[first : first + _AT_A_TIME]
        for part in (some["occupied"], some["codes"][:, 0], some["codes"][:, 1], sides(some)):
            here[:] = mixed(here ^ part.astype(np.uint64))
    return found


def lowest(hashes: npt.NDArray[np.uint64], share: float) -> npt.NDArray[np.bool_]:
    """Which of some hashes, [n], are among the lowest `share`, 0 to below 1, of all that there could be."""
    return hashes < np.uint64(share * 2**64)
