"""The gradient of the layers after the first: the loss of a batch of positions as kernels, float32 throughout.

A position's sums of the first layer come in, and the gradient of the loss by them goes out at the same place; the
first layer itself is `nets.nnue.first_layer`. Any number of threads may work on parts of a batch, each with a gradient
of the layers of its own.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from nets.nnue.adam import add_into
from nets.nnue.config import ACTIVATIONS, NnueConfig
from nets.nnue.float_rows import (
    BLOCK,
    TILE,
    TILE_BYTES,
    block_products,
    products,
    pull_block,
    pull_rows,
)
from nets.nnue.parameters import Floats
from nets.simd import copy_row
from search.kernel import kernel

_SQUARED, _PAIRS = ACTIVATIONS.index("squared"), ACTIVATIONS.index("pairs")
#: Integers have 255 steps and drop a byte of a product of two of them.
PAIR_SCALE = 255 / 256


class Layers(NamedTuple):
    """Everything but the rows of the first layer, or its gradient; see `nets.nnue.quantise.RealNetwork`."""

    biases: Any
    outputs: Any
    output_biases: Any
    hidden_rows: Any
    hidden_biases: Any
    hidden_outputs: Any
    last_rows: Any
    last_biases: Any
    last_outputs: Any


def layers(parameters: dict[str, Floats]) -> Layers:
    """Those of a network's arrays that kernels of this module take."""
    return Layers(**{name: parameters[name] for name in Layers._fields})


def activation_number(config: NnueConfig) -> int:
    """The activation, as kernels take it."""
    return ACTIVATIONS.index(config.activation)


@kernel
def _clip(value: Any) -> Any:
    return min(max(value, np.float32(0)), np.float32(1))


@kernel
def _activate(total: Any, activation: Any, active: Any) -> None:
    """Write the inputs [inputs] that the sums of a perspective [width] become."""
    inputs = len(active)
    zero = np.float32(0)
    one = np.float32(1)
    scale = np.float32(PAIR_SCALE)
    if activation == _PAIRS:
        other = total[inputs:]
        for j in range(inputs):
            active[j] = min(max(total[j], zero), one) * min(max(other[j], zero), one) * scale
        return
    for j in range(inputs):
        value = min(max(total[j], zero), one)
        active[j] = value * value if activation == _SQUARED else value


@kernel
def _pull_sums(total: Any, activation: Any, pull: Any) -> None:
    """Put the gradient by the sums of a perspective in their place; `pull` [inputs] is that by the inputs."""
    inputs = len(pull)
    zero = np.float32(0)
    one = np.float32(1)
    scale = np.float32(PAIR_SCALE)
    if activation == _PAIRS:
        other = total[inputs:]
        for j in range(inputs):
            first = total[j]
            second = other[j]
            strain = pull[j] * scale
            total[j] = strain * min(max(second, zero), one) if (first > zero) & (first < one) else zero
            other[j] = strain * min(max(first, zero), one) if (second > zero) & (second < one) else zero
        return
    for j in range(inputs):
        value = total[j]
        slope = value + value if activation == _SQUARED else one
        total[j] = pull[j] * slope if (value > zero) & (value < one) else zero


@kernel
def _logistic(value: Any) -> Any:
    return np.float32(1) / (np.float32(1) + np.exp(-value))


@kernel
def _row(array: Any, bucket: Any, size: Any) -> Any:
    """The address of what an output has of a float32 array, `size` numbers."""
    return array.ctypes.data + 4 * bucket * size


@kernel
def _copy_tiles(to: Any, to_step: Any, source: Any, source_step: Any, tiles: Any) -> None:
    """Copy TILE numbers at a time; addresses, and the bytes from one tile to the next."""
    for _ in range(tiles):
        copy_row(to, source, 2 * TILE)
        to += np.uint64(to_step)
        source += np.uint64(source_step)


@kernel
def _take_sums(sums: Any, room: Any, n: Any, totals: Any) -> None:
    """Copy the sums of position n to totals [2, width]; `sums` is the address of [tiles, 2 room, TILE]."""
    width = totals.shape[1]
    for p in range(2):
        place = sums + np.uint64((2 * n + p) * TILE_BYTES)
        here = np.uint64(totals.ctypes.data) + np.uint64(4 * width * p)
        _copy_tiles(here, TILE_BYTES, place, 2 * room * TILE_BYTES, width // TILE)


@kernel
def _put_sums(totals: Any, sums: Any, room: Any, n: Any) -> None:
    width = totals.shape[1]
    for p in range(2):
        place = sums + np.uint64((2 * n + p) * TILE_BYTES)
        here = np.uint64(totals.ctypes.data) + np.uint64(4 * width * p)
        _copy_tiles(place, 2 * room * TILE_BYTES, here, TILE_BYTES, width // TILE)


@kernel
def _block_end(order: Any, buckets: Any, first: Any, last: Any) -> Any:
    """The end of a block of positions from `first` on: BLOCK at most, all of one output."""
    end = first + 1
    while end < min(first + BLOCK, last) and buckets[order[end]] == buckets[order[first]]:
        end += 1
    return end


@kernel
def _begin_block(
    layers: Any, activation: Any, sums: Any, room: Any, order: Any, first: Any, end: Any, bucket: Any,
    totals: Any, active: Any, values: Any,
) -> None:  # fmt: skip
    """Write the sums of both layers, `totals` and `values`, and the inputs `active`, of positions order[first:end]."""
    for place in range(end - first):
        _take_sums(sums, room, order[first + place], totals[place])
        for p in range(2):
            _activate(totals[place, p], activation, active[place, p])
    hidden = values.shape[1]
    size = active.size // BLOCK
    for place in range(BLOCK):
        for k in range(hidden):
            values[place, k] = layers.hidden_biases[bucket, k]
    weights = _row(layers.hidden_rows, bucket, hidden * size)
    block_products(values.ctypes.data, active.ctypes.data, weights, hidden, size)


@kernel
def _answer(layers: Any, bucket: Any, active: Any, values: Any, numbers: Any, lasts: Any) -> Any:
    """The output for the inputs `active` [2, inputs] and the second layer's sums `values` [hidden].

    Writes the `numbers` [2 hidden] that become of these, and the third layer's sums `lasts`.
    """
    size = active.size
    hidden = values.size
    last = lasts.size
    numbers[0] = layers.output_biases[bucket]
    products(numbers.ctypes.data, active.ctypes.data, _row(layers.outputs, bucket, size), 1, size)
    answer = numbers[0]
    for k in range(hidden):
        value = values[k]
        numbers[k] = _clip(value)
        numbers[hidden + k] = min(value * value, np.float32(1))
        answer += numbers[k] * layers.hidden_outputs[bucket, k]
    for k in range(last):
        lasts[k] = layers.last_biases[bucket, k]
    weights = _row(layers.last_rows, bucket, last * 2 * hidden)
    products(lasts.ctypes.data, numbers.ctypes.data, weights, last, 2 * hidden)
    for k in range(last):
        answer += _clip(lasts[k]) * layers.last_outputs[bucket, k]
    return answer


@kernel
def forward(
    layers: Any, activation: Any, sums: Any, room: Any, totals: Any, buckets: Any, order: Any, first: Any, last: Any,
    answers: Any,
) -> None:  # fmt: skip
    """Write the outputs of positions order[first:last] to `answers`, float32 [n]; the rest as for `backward`."""
    active = np.zeros((BLOCK, 2, layers.outputs.shape[2]), np.float32)
    values = np.zeros((BLOCK, layers.hidden_biases.shape[1]), np.float32)
    numbers = np.empty(max(2 * values.shape[1], 1), np.float32)
    lasts = np.empty(layers.last_biases.shape[1], np.float32)
    while first < last:
        end = _block_end(order, buckets, first, last)
        bucket = buckets[order[first]]
        _begin_block(layers, activation, sums, room, order, first, end, bucket, totals, active, values)
        for place in range(end - first):
            answers[order[first + place]] = _answer(layers, bucket, active[place], values[place], numbers, lasts)
        first = end


@kernel
def _inside(value: Any) -> Any:
    return np.float32(1) if (value > np.float32(0)) & (value < np.float32(1)) else np.float32(0)


@kernel
def _pull_second(
    layers: Any, gradient: Any, bucket: Any, step: Any, values: Any, numbers: Any, lasts: Any, pull: Any
) -> None:
    """From the gradient by the output, `step`, to that by the second layer's sums, which takes the place of `values`.

    `lasts` becomes that by the third layer's; `pull` [2 hidden] is room.
    """
    hidden = len(values)
    last = len(lasts)
    gradient.output_biases[bucket] += step
    for i in range(hidden):
        gradient.hidden_outputs[bucket, i] += step * numbers[i]
        pull[i] = step * layers.hidden_outputs[bucket, i]
        pull[hidden + i] = np.float32(0)
    for k in range(last):
        gradient.last_outputs[bucket, k] += step * _clip(lasts[k])
        lasts[k] = step * layers.last_outputs[bucket, k] * _inside(lasts[k])
        gradient.last_biases[bucket, k] += lasts[k]
    pull_rows(
        lasts.ctypes.data, last, _row(layers.last_rows, bucket, last * 2 * hidden),
        _row(gradient.last_rows, bucket, last * 2 * hidden), numbers.ctypes.data, pull.ctypes.data, 2 * hidden,
    )  # fmt: skip
    for i in range(hidden):
        value = values[i]
        bent = value + value if (value > -np.float32(1)) & (value < np.float32(1)) else np.float32(0)
        values[i] = pull[i] * _inside(value) + pull[hidden + i] * bent
        gradient.hidden_biases[bucket, i] += values[i]


@kernel
def backward(
    layers: Any, activation: Any, sums: Any, room: Any, totals: Any, buckets: Any, targets: Any, order: Any,
    first: Any, last: Any, factor: Any, entropy: Any, gradient: Any,
) -> Any:  # fmt: skip
    """Add `factor` x the gradient of the loss of positions order[first:last] to `gradient`; return the sum of losses.

    The gradient by the sums of the first layer takes their place, `sums` being the address of [tiles, 2 room, TILE];
    `totals` [BLOCK, 2, width], on a cache line, is room for some of them. The loss is (points - target)^2, or with
    `entropy` their cross-entropy less the target's own.
    """
    active = np.zeros((BLOCK, 2, layers.outputs.shape[2]), np.float32)
    pull = np.empty_like(active)
    hidden = layers.hidden_biases.shape[1]
    values = np.zeros((BLOCK, hidden), np.float32)
    numbers = np.empty(max(2 * hidden, 1), np.float32)
    strains = np.empty(2 * hidden, np.float32)
    strain = np.empty(1, np.float32)
    lasts = np.empty(layers.last_biases.shape[1], np.float32)
    one = np.float32(1)
    size = active.size // BLOCK
    losses = 0.0
    while first < last:
        end = _block_end(order, buckets, first, last)
        bucket = buckets[order[first]]
        _begin_block(layers, activation, sums, room, order, first, end, bucket, totals, active, values)
        pull[...] = 0
        for place in range(end - first):
            here = active[place]
            points = _logistic(_answer(layers, bucket, here, values[place], numbers, lasts))
            target = targets[order[first + place]]
            error = points - target
            if entropy:
                tiny = 1e-9
                losses += target * np.log((target + tiny) / (points + tiny))
                losses += (1.0 - target) * np.log((1.0 - target + tiny) / (1.0 - points + tiny))
                step = np.float32(factor) * error
            else:
                losses += error * error
                step = np.float32(2 * factor) * error * points * (one - points)
            _pull_second(layers, gradient, bucket, step, values[place], numbers, lasts, strains)
            strain[0] = step
            pull_rows(
                strain.ctypes.data, 1, _row(layers.outputs, bucket, size), _row(gradient.outputs, bucket, size),
                here.ctypes.data, pull[place].ctypes.data, size,
            )  # fmt: skip
        for place in range(end - first, BLOCK):
            values[place] = 0
        pull_block(
            values.ctypes.data, hidden, _row(layers.hidden_rows, bucket, hidden * size),
            _row(gradient.hidden_rows, bucket, hidden * size), active.ctypes.data, pull.ctypes.data, size,
        )  # fmt: skip
        for place in range(end - first):
            for p in range(2):
                _pull_sums(totals[place, p], activation, pull[place, p])
                add_into(gradient.biases, totals[place, p])
            _put_sums(totals[place], sums, room, order[first + place])
        first = end
    return losses
