"""The first layer in training: sums of the rows of a batch's features, and steps of Adam on what they did wrong.

A position touches some 40 of thousands of rows, so memory decides how fast that is. The layer lies in tiles of
columns (see `nets.nnue.float_rows`): one tile of all rows is worked on at a time, by one thread. The gradient of a row
is the sum of what all positions that have its feature want of it; listed by feature, that is one sum as well, and it
is used at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nets.nnue.adam import adam_steps, add_into, take_decayed_steps
from nets.nnue.batch import Batch
from nets.nnue.config import MOST_MEN, NnueConfig
from nets.nnue.float_rows import TILE, TILE_BYTES, sum_rows
from nets.nnue.parameters import LIMITS, Floats
from search.kernel import kernel
from search.memory import address_of, aligned_zeros


@kernel
def _sum_tiles(
    rows: Any, biases: Any, features: Any, counts: Any, size: Any, room: Any, sums: Any, row_count: Any, first: Any,
    last: Any,
) -> None:  # fmt: skip
    """Write the sums of both perspectives of `size` positions, tiles first..last-1; addresses but for the counts."""
    for tile in range(first, last):
        table = rows + np.uint64(tile * row_count * TILE_BYTES)
        start = biases + np.uint64(tile * TILE_BYTES)
        total = sums + np.uint64(tile * 2 * room * TILE_BYTES)
        of_one = features
        for n in range(size):
            for _ in range(2):
                sum_rows(total, start, table, of_one, np.int64(counts[n]))
                total += np.uint64(TILE_BYTES)
                of_one += np.uint64(4 * MOST_MEN)


@kernel
def _learn_rows(
    rows: Any, first: Any, second: Any, shared_first: Any, shared_second: Any, gradient: Any, shared: Any,
    rate: Any, step: Any, decay: Any, limit: Any,
) -> None:  # fmt: skip
    """A step of AdamW on one tile of rows [buckets, m * TILE], of which m rows are shared by all buckets.

    `gradient` is as `rows`; `shared` [m * TILE] is room; the others are the moments of both. A row moves by its own
    step and by that of the shared one; with one bucket there is none.
    """
    shared[:] = 0
    if len(rows) > 1:
        for bucket in range(len(rows)):
            add_into(shared, gradient[bucket])
        adam_steps(shared, shared_first, shared_second, rate, step)
    for bucket in range(len(rows)):
        adam_steps(gradient[bucket], first[bucket], second[bucket], rate, step)
        take_decayed_steps(rows[bucket], gradient[bucket], shared, 1.0 - rate * decay, limit)


@kernel
def _learn_tiles(
    rows: Any, first: Any, second: Any, shared_first: Any, shared_second: Any, gradient: Any, gradient_at: Any,
    shared: Any, zero: Any, starts: Any, places: Any, slopes: Any, room: Any,
    rate: Any, step: Any, decay: Any, limit: Any, first_tile: Any, last_tile: Any,
) -> None:  # fmt: skip
    """Steps of the tiles first_tile..last_tile-1; `slopes` is the gradient by the sums."""
    for tile in range(first_tile, last_tile):
        table = slopes + np.uint64(tile * 2 * room * TILE_BYTES)
        for feature in range(len(starts) - 1):
            sum_rows(
                gradient_at + np.uint64(feature * TILE_BYTES), zero, table, places + np.uint64(4 * starts[feature]),
                starts[feature + 1] - starts[feature],
            )  # fmt: skip
        _learn_rows(
            rows[tile], first[tile], second[tile], shared_first[tile], shared_second[tile], gradient, shared,
            rate, step, decay, limit,
        )  # fmt: skip


def tiled(rows: Floats) -> Floats:
    """Rows [n, width] as tiles [tiles, n, TILE]."""
    tiles = aligned_zeros((rows.shape[1] // TILE, len(rows), TILE), np.float32)
    tiles[...] = rows.reshape(len(rows), -1, TILE).swapaxes(0, 1)
    return tiles


def untiled(tiles: Floats) -> Floats:
    """Tiles [tiles, n, TILE] as rows [n, width]."""
    return np.ascontiguousarray(tiles.swapaxes(0, 1)).reshape(tiles.shape[1], -1)


class FirstLayer:
    """The rows of a network in training, and their moments.

    Where the king has buckets, a row moves by a step of its own and by one for its like of all buckets, so that what is
    true wherever the king stands is learnt once.
    """

    def __init__(self, config: NnueConfig, rows: Floats, threads: int) -> None:
        self.tiles = config.width // TILE
        self._buckets = config.feature_set.bucket_count
        shared = (self.tiles, config.feature_set.planes * 64, TILE)
        self.rows = tiled(rows)
        self.moments = [aligned_zeros(self.rows.shape, np.float32) for _ in range(2)]
        self.shared_moments = [aligned_zeros(shared, np.float32) for _ in range(2)]
        self._gradients = [
            (aligned_zeros(self.rows.shape[1:], np.float32), aligned_zeros(shared[1:], np.float32))
            for _ in range(threads)
        ]
        self._zero = aligned_zeros((TILE,), np.float32)
        self.sums = aligned_zeros((self.tiles, 0, TILE), np.float32)

    @property
    def sums_at(self) -> tuple[np.uint64, int]:
        """The address of the sums [tiles, 2 n, TILE], and for how many positions n there is room."""
        return address_of(self.sums), self.sums.shape[1] // 2

    def make_room(self, size: int) -> None:
        """Room for the `sums` of batches of this size."""
        if self.sums.shape[1] != 2 * size:
            self.sums = aligned_zeros((self.tiles, 2 * size, TILE), np.float32)

    def add_up(self, biases: Floats, batch: Batch, size: int, first: int, last: int) -> None:
        """Write the `sums` of the tiles first..last-1."""
        everything: tuple[Any, ...] = (
            address_of(self.rows), address_of(biases), address_of(batch.features), batch.counts, size,
            len(batch.counts), address_of(self.sums), self.rows.shape[1], first, last,
        )  # fmt: skip
        _sum_tiles(*everything)

    def learn(self, thread: int, batch: Batch, rate: float, step: int, decay: float, first: int, last: int) -> None:
        """A step on the tiles first..last-1; `sums` holds the gradient by those of the batch."""
        gradient, shared = self._gradients[thread]
        room = self.sums.shape[1] // 2
        by_bucket = (self.tiles, self._buckets, -1)
        everything: tuple[Any, ...] = (
            *(array.reshape(by_bucket) for array in (self.rows, *self.moments)),
            *(array.reshape(self.tiles, -1) for array in self.shared_moments),
            gradient.reshape(self._buckets, -1), address_of(gradient), shared.reshape(-1),
            address_of(self._zero), batch.starts, address_of(batch.places), address_of(self.sums), room,
            rate, step, decay, LIMITS["rows"], first, last,
        )  # fmt: skip
        _learn_tiles(*everything)
