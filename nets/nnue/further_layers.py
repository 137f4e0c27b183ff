"""The second and the third layer of an integer network, as kernels.

Of the inputs, 0..255, a few numbers are computed, GROUP at a time; a third layer gets these, clipped, and their
squares. What both add to the output is counted in steps of 1 / (ONE * PAIRS_ONE), like the output itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nets.nnue.config import MOST_HIDDEN
from nets.nnue.quantise import PAIRS_ONE
from nets.simd import GROUP, ONE, add_products
from search.kernel import inlined, kernel

#: What a CONTEXT of `nets.nnue.inference` holds for them; the biases and outputs by the output's number.
FIELDS = [
    ("hidden", np.int64),  # numbers of the second layer
    ("last", np.int64),  # of the third
    ("hidden_rows", np.uint64),  # address of its weights, see `nets.simd.in_groups`
    ("last_rows", np.uint64),
    ("hidden_biases", np.int32, (16, MOST_HIDDEN)),
    ("hidden_outputs", np.int32, (16, MOST_HIDDEN)),
    ("last_biases", np.int32, (16, MOST_HIDDEN)),
    ("last_outputs", np.int32, (16, MOST_HIDDEN)),
    ("totals", np.uint64),  # address of TOTALS
]
#: Room for the sums of a layer, and for what the third one gets.
TOTALS = [("sums", np.int32, (MOST_HIDDEN,)), ("numbers", np.int16, (2 * MOST_HIDDEN,))]


@inlined
def _add_layer(
    totals: Any, totals_at: Any, biases: Any, inputs: Any, rows: Any, bucket: Any, count: Any, pairs: Any
) -> None:
    """Write the sums of a layer of `count` numbers of 2 `pairs` inputs."""
    for k in range(count):
        totals.sums[k] = biases[bucket, k]
    groups = (count + GROUP - 1) // GROUP
    size = np.uint64(4 * GROUP * pairs)
    weights = rows + np.uint64(bucket * groups) * size
    for _ in range(groups):
        add_products(totals_at, inputs, weights, pairs)
        totals_at += np.uint64(4 * GROUP)
        weights += size


@inlined
def _number(total: Any) -> Any:
    """A sum as a clipped number, 0..255."""
    return min(max(total // PAIRS_ONE, 0), ONE)


@kernel
def further_layers(context: Any, totals: Any, inputs: Any, pairs: Any, bucket: Any) -> Any:
    """What the second and third layer add to an output for the 2 `pairs` inputs at an address."""
    hidden = context.hidden
    _add_layer(totals, context.totals, context.hidden_biases, inputs, context.hidden_rows, bucket, hidden, pairs)
    answer = np.int64(0)
    for k in range(hidden):
        total = np.int64(totals.sums[k])
        number = _number(total)
        totals.numbers[k] = number
        totals.numbers[hidden + k] = min(total * total // (PAIRS_ONE * PAIRS_ONE * ONE), ONE)
        answer += number * context.hidden_outputs[bucket, k]
    last = context.last
    if last != 0:
        numbers = context.totals + np.uint64(4 * MOST_HIDDEN)
        _add_layer(totals, context.totals, context.last_biases, numbers, context.last_rows, bucket, last, hidden)
        for k in range(last):
            answer += _number(np.int64(totals.sums[k])) * context.last_outputs[bucket, k]
    return answer
