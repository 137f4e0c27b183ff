"""What the kernels of an integer network work on: its numbers behind addresses, and the rows and outputs found there.

One CONTEXT serves one thread: beside the addresses of the network it holds the room in which rows are gathered, and
the address of the refresh cache: for each perspective and each slot (a bucket of the king, and whether the board is
mirrored) the sums of the last board seen there, so that a king that moves to another bucket costs only the men that
differ (known to chess programmers as Finny tables).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nets.nnue.config import MOST_MEN, FeatureSet, NnueConfig
from nets.nnue.further_layers import FIELDS, further_layers, further_weights, set_layers
from nets.nnue.quantise import IntegerNetwork, unit
from nets.simd import LANES, clipped_dot, gather_rows, multiply_halves, squared_dot
from search.kernel import inlined, kernel
from search.memory import address_of, aligned_copy, aligned_records, aligned_zeros, padded, record_reader

#: A network as kernels see it, and the room of one thread.
CONTEXT = padded(
    [
        ("width", np.int64),
        ("row_bytes", np.int64),
        ("squared", np.int64),
        ("kings", np.int64),  # whether kings are features
        ("scale", np.int64),  # centipawns of `unit`
        ("unit", np.int64),
        ("rows", np.uint64),  # address of the first layer, int16 [features, width]
        ("biases", np.uint64),  # address of its biases, int16 [width]
        ("outputs", np.uint64),  # address of the output weights, int16 [output_buckets, 2, width]
        ("cached_boards", np.uint64),  # address of BOARD [2, slots]
        ("cached_sums", np.uint64),  # address of int16 [2, slots, width]
        ("scratch_board", np.uint64),  # address of a BOARD
        ("slots", np.int64),
        ("first_feature", np.int64, (64,)),  # of the king's bucket, by its square seen from its side
        ("flip", np.int64, (64,)),  # 7 where the board is mirrored, else 0
        ("slot", np.int64, (64,)),
        ("output_bucket", np.int64, (MOST_MEN + 1,)),
        ("output_bias", np.int64, (16,)),
        ("pairs", np.int64),  # whether the halves of the sums are multiplied
        ("inputs", np.uint64),  # address of their products, int16 [2, width / 2]
        *FIELDS,
        ("added", np.uint64, (MOST_MEN,)),  # addresses of rows
        ("removed", np.uint64, (MOST_MEN,)),
        ("added_at", np.uint64),  # addresses of the two fields above
        ("removed_at", np.uint64),
    ]
)
context_at = record_reader(CONTEXT)

#: The men of a board as sets of squares, by colour and kind.
BOARD = padded([("men", np.uint64, (2, 6))])
board_at = record_reader(BOARD)
BOARD_BYTES = BOARD.itemsize


class Weights:
    """The numbers of a network where kernels can read them; any number of threads may share them."""

    def __init__(self, network: IntegerNetwork) -> None:
        self.network = network
        self.rows = aligned_copy(network.rows)
        self.biases = aligned_copy(network.biases)
        self.outputs = aligned_copy(network.outputs)
        self.layers = further_weights(network)


def new_context(config: NnueConfig) -> Any:
    """One CONTEXT, [1], that knows a network's shape and no numbers yet."""
    records = aligned_records(1, CONTEXT)
    context = records[0]
    context.width = config.width
    context.row_bytes = 2 * config.width
    context.squared = config.activation == "squared"
    context.kings = config.feature_set.kings
    context.scale = config.scale
    context.unit = unit(config)
    context.pairs = config.activation == "pairs"
    context.first_feature[:], context.flip[:], context.slot[:] = king_tables(config.feature_set)
    context.slots = int(context.slot.max()) + 1
    context.output_bucket[:] = [config.output_bucket(men) for men in range(MOST_MEN + 1)]
    return records


class Context:
    """The CONTEXT of one thread, and what its addresses point at."""

    def __init__(self, weights: Weights) -> None:
        config = weights.network.config
        self.weights = weights
        self.records = new_context(config)
        context = self.record = self.records[0]
        context.rows = address_of(weights.rows)
        context.biases = address_of(weights.biases)
        context.outputs = address_of(weights.outputs)
        self.inputs = aligned_zeros((2, config.inputs), np.int16)
        context.inputs = address_of(self.inputs)
        self.numbers = aligned_zeros((2, LANES), np.int16)
        set_layers(context, weights.layers, self.numbers)
        context.output_bias[: config.output_buckets] = weights.network.output_biases
        context.added_at, context.removed_at = (address_of(self.records[name]) for name in ("added", "removed"))
        # An empty board's sums are the biases, so an empty cache is a cache of empty boards.
        self.boards = aligned_records(2 * int(context.slots), BOARD)
        self.sums = aligned_zeros((2, int(context.slots), config.width), np.int16)
        self.sums[:] = weights.biases
        self.scratch_board = aligned_records(1, BOARD)
        context.scratch_board = address_of(self.scratch_board)
        context.cached_boards = address_of(self.boards)
        context.cached_sums = address_of(self.sums)


def king_tables(features: FeatureSet) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """By the square of the own king, seen from its side, each [64]: first feature, flip (7 or 0), slot."""
    buckets = np.array(features.buckets, np.int64)
    mirrored = (np.arange(64) & 7 >= 4) & features.mirrored
    flip = np.where(mirrored, 7, 0).astype(np.int64)
    return buckets * features.planes * 64, flip, 2 * buckets + mirrored


@inlined
def feature(context: Any, perspective: Any, king: Any, code: Any, square: Any) -> Any:
    """The feature of a man (kind + 8 * colour) on a square; `king`: the perspective's, seen from its side.

    Not for a king's code where kings are no features.
    """
    kind = code & 7
    planes = 5 + context.kings
    plane = ((code >> 3) ^ perspective) * planes + kind - 1
    return context.first_feature[king] + plane * 64 + (square ^ (56 * perspective) ^ context.flip[king])


@inlined
def row_address(context: Any, number: Any) -> Any:
    """The address of the row of a feature."""
    return context.rows + np.uint64(number * context.row_bytes)


@inlined
def gather(context: Any, sums: Any, copy: Any, source: Any, added: Any, removed: Any) -> None:
    """`sums` and `copy` = `source` + the first `added` rows of `context.added` - those of `context.removed`."""
    gather_rows(sums, copy, source, context.width, added, context.added_at, removed, context.removed_at)


@inlined
def _sums_output(context: Any, own: Any, theirs: Any, weights: Any) -> Any:
    """The clipped (and squared) sums of the mover and the other times the weights at an address."""
    others = weights + np.uint64(context.row_bytes)
    if context.squared != 0:
        return squared_dot(own, weights, context.width) + squared_dot(theirs, others, context.width)
    return clipped_dot(own, weights, context.width) + clipped_dot(theirs, others, context.width)


@inlined
def _pairs_output(context: Any, own: Any, theirs: Any, weights: Any, bucket: Any) -> Any:
    """The same for products of halves, and what further layers make of these."""
    width = context.width
    multiply_halves(context.inputs, own, width)
    multiply_halves(context.inputs + np.uint64(width), theirs, width)
    total = clipped_dot(context.inputs, weights, width)
    if context.hidden_groups != 0:
        total += further_layers(context, context.inputs, width // 2, bucket)
    return total


@kernel
def output(context: Any, own: Any, theirs: Any, men: Any) -> Any:
    """Centipawns, the mover's view, from the addresses of the sums of the mover and the other; `men` on the board."""
    bucket = context.output_bucket[men]
    if context.pairs != 0:
        weights = context.outputs + np.uint64(bucket * context.row_bytes)
        total = _pairs_output(context, own, theirs, weights, bucket)
    else:
        weights = context.outputs + np.uint64(2 * bucket * context.row_bytes)
        total = _sums_output(context, own, theirs, weights)
    return (total + context.output_bias[bucket]) * context.scale // context.unit
