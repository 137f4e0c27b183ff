"""The second and the third layer of an integer network, as kernels.

Of the inputs, 0..255, a few numbers are computed; a third layer gets these, clipped, and their squares. What both add
to the output is counted in steps of 1 / (ONE * PAIRS_ONE), like the output itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nets.nnue.config import MOST_HIDDEN
from nets.nnue.layer_groups import GROUP, group_of_layer, in_groups
from nets.nnue.quantise import IntegerNetwork
from nets.simd import LANES, clipped_dot
from search.kernel import inlined, kernel
from search.memory import address_of, aligned_copy

# The numbers of a layer and their squares are what one `clipped_dot` takes.
assert 2 * MOST_HIDDEN == LANES

#: What a CONTEXT of `nets.nnue.inference` holds for them: groups of numbers, and addresses of `LayerWeights`.
FIELDS = [
    *((f"{layer}_groups", np.int64) for layer in ("hidden", "last")),
    *((f"{layer}_{part}", np.uint64) for layer in ("hidden", "last") for part in ("rows", "biases", "outputs")),
    ("numbers", np.uint64),  # address of what both layers come to, int16 [2, LANES]
]


class LayerWeights:
    """The numbers of a layer where kernels can read them, of all outputs; with zeros up to whole groups."""

    def __init__(
        self, rows: npt.NDArray[np.int16], biases: npt.NDArray[np.int32], outputs: npt.NDArray[np.int16]
    ) -> None:
        """`rows` [outputs, numbers, inputs], `biases` and `outputs` [outputs, numbers]."""
        grouped = in_groups(rows)
        self.groups = grouped.shape[1]
        self.rows = aligned_copy(grouped)
        self.biases = aligned_copy(_widened(biases, self.groups * GROUP))
        self.outputs = aligned_copy(_widened(outputs, LANES))


def further_weights(network: IntegerNetwork) -> dict[str, LayerWeights]:
    """Of both layers, by their names in a network."""
    count, hidden, last = network.config.output_buckets, network.config.hidden, network.config.last
    first = LayerWeights(
        network.hidden_rows.reshape(count, hidden, 2 * network.config.inputs),
        network.hidden_biases,
        network.hidden_outputs,
    )
    # The squares begin after whole groups of numbers.
    size = first.groups * GROUP
    rows = _widened(network.last_rows.reshape(count, last, 2, hidden), size).reshape(count, last, 2 * size)
    return {"hidden": first, "last": LayerWeights(rows, network.last_biases, network.last_outputs)}


def _widened(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """With zeros to that size of the last axis."""
    return np.pad(array, [*[(0, 0)] * (array.ndim - 1), (0, size - array.shape[-1])])


def set_layers(context: Any, layers: Mapping[str, LayerWeights], numbers: npt.NDArray[np.int16]) -> None:
    """Write FIELDS; `numbers` [2, LANES] is the room of one thread."""
    context.numbers = address_of(numbers)
    for name, layer in layers.items():
        context[f"{name}_groups"] = layer.groups
        for part in ("rows", "biases", "outputs"):
            context[f"{name}_{part}"] = address_of(getattr(layer, part))


@inlined
def _layer(
    numbers: Any, inputs: Any, pairs: Any, rows: Any, biases: Any, outputs: Any, groups: Any, bucket: Any
) -> Any:
    """Write the numbers of a layer of 2 `pairs` inputs, and their squares; what the output adds for the numbers."""
    size = np.uint64(4 * GROUP * pairs)
    squares = np.uint64(2 * GROUP * groups)
    first = np.uint64(bucket * groups)
    for group in range(groups):
        place = numbers + np.uint64(2 * GROUP * group)
        here = first + np.uint64(group)
        group_of_layer(place, place + squares, biases + np.uint64(4 * GROUP) * here, inputs, rows + size * here, pairs)
    return clipped_dot(numbers, outputs + np.uint64(2 * LANES * bucket), LANES)


@kernel
def further_layers(context: Any, inputs: Any, pairs: Any, bucket: Any) -> Any:
    """What the second and third layer add to an output for the 2 `pairs` inputs at an address."""
    groups = context.hidden_groups
    numbers = context.numbers
    answer = _layer(
        numbers, inputs, pairs, context.hidden_rows, context.hidden_biases, context.hidden_outputs, groups, bucket
    )
    if context.last_groups != 0:
        answer += _layer(
            numbers + np.uint64(2 * LANES), numbers, GROUP * groups,
            context.last_rows, context.last_biases, context.last_outputs, context.last_groups, bucket,
        )  # fmt: skip
    return answer
