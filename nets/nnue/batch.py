"""Positions as the first layer of a network in training sees them, many at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from nets.nnue.config import MOST_MEN, NnueConfig
from search.kernel import kernel


class Batch:
    """Room for `size` positions, and an order in which they are quickly learnt from."""

    def __init__(self, config: NnueConfig, size: int) -> None:
        self.features = np.zeros((size, 2, MOST_MEN), np.int32)
        """[n, 2, MOST_MEN]: of the mover's perspective, and of the other's."""
        self.counts = np.zeros(size, np.int32)
        """[n]: how many there are, the same for both."""
        self.buckets = np.zeros(size, np.int32)
        """[n]: the output."""
        self.targets = np.zeros(size, np.float32)
        """[n]: the expected points of the mover, 0..1."""
        self.order = np.zeros(size, np.int64)
        """[n]: the positions, one output's after the other's, so that its weights stay near."""
        self.starts = np.zeros(config.feature_set.count + 1, np.int64)
        self.places = np.zeros(size * 2 * MOST_MEN, np.int32)
        """Where feature f holds: places[starts[f]:starts[f + 1]] are numbers 2 n + perspective."""

    def arrange(self, size: int) -> None:
        """Find the order and the places of the first `size` positions, whose other fields are filled."""
        everything: tuple[Any, ...] = (self.features, self.counts, np.int64(size), self.starts, self.places)
        _list_by_feature(*everything)
        _order_by_output(self.buckets, np.int64(size), self.order)


@kernel
def _list_by_feature(features: Any, counts: Any, size: Any, starts: Any, places: Any) -> None:
    starts[:] = 0
    for n in range(size):
        for p in range(2):
            for index in range(counts[n]):
                starts[features[n, p, index] + 1] += 1
    for feature in range(len(starts) - 1):
        starts[feature + 1] += starts[feature]
    coming = starts[:-1].copy()
    for n in range(size):
        for p in range(2):
            for index in range(counts[n]):
                feature = features[n, p, index]
                places[coming[feature]] = 2 * n + p
                coming[feature] += 1


@kernel
def _order_by_output(buckets: Any, size: Any, order: Any) -> None:
    starts = np.zeros(17, np.int64)
    for n in range(size):
        starts[buckets[n] + 1] += 1
    for bucket in range(16):
        starts[bucket + 1] += starts[bucket]
    for n in range(size):
        order[starts[buckets[n]]] = n
        starts[buckets[n]] += 1
