"""Positions as the first layer of a network in training sees them, many at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nets.nnue.config import MOST_MEN
from search.kernel import kernel


@dataclass
class Batch:
    """Positions as the first layer sees them."""

    features: npt.NDArray[np.int32]
    """[n, 2, MOST_MEN]: of the mover's perspective, and of the other's."""
    counts: npt.NDArray[np.int32]
    """[n]: how many there are, the same for both."""
    buckets: npt.NDArray[np.int32]
    """[n]: the output."""
    targets: npt.NDArray[np.float32]
    """[n]: the expected points of the mover, 0..1."""


def new_batch(size: int) -> Batch:
    """Room for `size` positions."""
    return Batch(
        np.zeros((size, 2, MOST_MEN), np.int32),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
        np.zeros(size, np.float32),
    )


@kernel
def bucket_order(buckets: Any, size: Any, order: Any) -> None:
    """Write the numbers of the first `size` positions in the order of their outputs, so that weights stay near."""
    starts = np.zeros(17, np.int64)
    for n in range(size):
        starts[buckets[n] + 1] += 1
    for bucket in range(16):
        starts[bucket + 1] += starts[bucket]
    for n in range(size):
        order[starts[buckets[n]]] = n
        starts[buckets[n]] += 1
