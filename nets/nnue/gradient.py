"""Training steps as kernels: the loss of a batch of positions, its gradient, and Adam; float32 throughout.

A position touches some 40 of many rows, which general libraries do at a fraction of the speed of memory: these kernels
sum the rows, apply the small rest of the network and send the gradient back while everything is in the nearest cache.
Any number of threads may work on parts of a batch, each with a gradient of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nets.nnue.config import MOST_MEN, NnueConfig
from nets.nnue.quantise import MOST_OUTPUT, MOST_WEIGHT, OUTPUT_ONE, RealNetwork
from search.kernel import kernel

Floats = npt.NDArray[np.float32]

#: The names of a network's arrays, in the order in which kernels take them.
ARRAYS = ("rows", "biases", "outputs", "output_biases", "hidden_rows", "hidden_biases", "hidden_outputs")


def zeros(config: NnueConfig) -> dict[str, Floats]:
    """Arrays of the shapes of a network's parameters: see `nets.nnue.quantise.RealNetwork`."""
    return {name: np.zeros(shape, np.float32) for name, shape in config.shapes.items()}


def fresh_parameters(config: NnueConfig, seed: int) -> dict[str, Floats]:
    """Random parameters to begin with. All buckets of the king begin alike, and all outputs.

    The second layer begins with no part in them.
    """
    generator = np.random.default_rng(seed)
    parameters = zeros(config)
    features = config.feature_set
    one = generator.normal(0.0, 0.1, (features.planes * 64, config.width)).astype(np.float32)
    parameters["rows"][:] = np.tile(one, (features.bucket_count, 1))
    parameters["biases"][:] = 0.25
    reach = 1 / np.sqrt(2 * config.width)
    parameters["outputs"][:] = generator.uniform(-reach, reach, (2, config.width))
    parameters["hidden_rows"][:] = generator.uniform(-reach, reach, (2, config.hidden, config.width))
    parameters["hidden_biases"][:] = 0.25
    return parameters


def real_network(config: NnueConfig, parameters: dict[str, Floats]) -> RealNetwork:
    """The network of these parameters."""
    return RealNetwork(config, **{name: parameters[name] for name in ARRAYS})


@dataclass
class Batch:
    """Positions as the first layer sees them."""

    own: npt.NDArray[np.int32]
    """[n, MOST_MEN]: the features of the mover's perspective."""
    theirs: npt.NDArray[np.int32]
    """[n, MOST_MEN]: of the other's."""
    counts: npt.NDArray[np.int32]
    """[n]: how many there are, the same for both."""
    buckets: npt.NDArray[np.int32]
    """[n]: the output."""
    targets: Floats
    """[n]: the expected points of the mover, 0..1."""


def new_batch(size: int) -> Batch:
    """Room for `size` positions."""
    return Batch(
        np.zeros((size, MOST_MEN), np.int32),
        np.zeros((size, MOST_MEN), np.int32),
        np.zeros(size, np.int32),
        np.zeros(size, np.int32),
        np.zeros(size, np.float32),
    )


@kernel
def _sum_rows(total: Any, rows: Any, biases: Any, features: Any, count: Any) -> None:
    width = len(total)
    for j in range(width):
        total[j] = biases[j]
    for index in range(count):
        row = rows[features[index]]
        for j in range(width):
            total[j] += row[j]


@kernel
def _add_rows(gradient: Any, slope: Any, features: Any, count: Any) -> None:
    width = len(slope)
    for index in range(count):
        row = gradient[features[index]]
        for j in range(width):
            row[j] += slope[j]


@kernel
def _activate(total: Any, active: Any, slope: Any, squared: Any) -> None:
    """Write activations, and their derivatives."""
    one = np.float32(1)
    zero = np.float32(0)
    for j in range(len(total)):
        value = min(max(total[j], zero), one)
        inside = one if (total[j] > zero) & (total[j] < one) else zero
        active[j] = value * value if squared else value
        slope[j] = (value + value) * inside if squared else inside


@kernel
def _dot(left: Any, right: Any, parts: Any) -> Any:
    """The product of two rows, in 16 partial sums so that it is vectorised; `parts` float32 [16] is room for them."""
    for k in range(16):
        parts[k] = np.float32(0)
    for j in range(0, len(left), 16):
        for k in range(16):
            parts[k] += left[j + k] * right[j + k]
    total = np.float32(0)
    for k in range(16):
        total += parts[k]
    return total


@kernel
def _logistic(value: Any) -> Any:
    return np.float32(1) / (np.float32(1) + np.exp(-value))


@kernel
def _pull(strain: Any, active: Any, weights: Any, d_weights: Any, pull: Any) -> None:
    """What a strain on the sum of `active` x `weights` does to the weights, and to what is active."""
    for j in range(len(active)):
        d_weights[j] += strain * active[j]
        pull[j] += strain * weights[j]


@kernel
def forward(
    rows: Any, biases: Any, outputs: Any, output_biases: Any,
    hidden_rows: Any, hidden_biases: Any, hidden_outputs: Any, squared: Any,
    own: Any, theirs: Any, counts: Any, buckets: Any, first: Any, last: Any, answers: Any,
) -> None:  # fmt: skip
    """Write the outputs of the positions first..last-1 of a batch to `answers`, float32 [n]."""
    width = len(biases)
    total = np.empty(width, np.float32)
    active = np.empty((2, width), np.float32)
    slope = np.empty(width, np.float32)
    parts = np.empty(16, np.float32)
    for n in range(first, last):
        _sum_rows(total, rows, biases, own[n], counts[n])
        _activate(total, active[0], slope, squared)
        _sum_rows(total, rows, biases, theirs[n], counts[n])
        _activate(total, active[1], slope, squared)
        bucket = buckets[n]
        answer = output_biases[bucket]
        for p in range(2):
            answer += _dot(active[p], outputs[bucket, p], parts)
        for k in range(hidden_rows.shape[2]):
            value = hidden_biases[bucket, k]
            for p in range(2):
                value += _dot(active[p], hidden_rows[bucket, p, k], parts)
            answer += min(max(value, np.float32(0)), np.float32(1)) * hidden_outputs[bucket, k]
        answers[n] = answer


@kernel
def backward(
    rows: Any, biases: Any, outputs: Any, output_biases: Any,
    hidden_rows: Any, hidden_biases: Any, hidden_outputs: Any, squared: Any,
    own: Any, theirs: Any, counts: Any, buckets: Any, targets: Any, first: Any, last: Any, factor: Any, entropy: Any,
    d_rows: Any, d_biases: Any, d_outputs: Any, d_output_biases: Any,
    d_hidden_rows: Any, d_hidden_biases: Any, d_hidden_outputs: Any,
) -> Any:  # fmt: skip
    """Add `factor` x the gradient of the loss of positions first..last-1 to the d_ arrays; return the sum of losses.

    The loss is (points - target)^2, or with `entropy` their cross-entropy less the target's own.
    """
    width = len(biases)
    totals = np.empty((2, width), np.float32)
    active = np.empty((2, width), np.float32)
    slope = np.empty((2, width), np.float32)
    pull = np.empty((2, width), np.float32)
    hidden = hidden_rows.shape[2]
    values = np.empty(hidden, np.float32)
    parts = np.empty(16, np.float32)
    zero = np.float32(0)
    one = np.float32(1)
    losses = 0.0
    for n in range(first, last):
        count = counts[n]
        bucket = buckets[n]
        _sum_rows(totals[0], rows, biases, own[n], count)
        _sum_rows(totals[1], rows, biases, theirs[n], count)
        answer = output_biases[bucket]
        for p in range(2):
            _activate(totals[p], active[p], slope[p], squared)
            answer += _dot(active[p], outputs[bucket, p], parts)
        for k in range(hidden):
            values[k] = hidden_biases[bucket, k]
            for p in range(2):
                values[k] += _dot(active[p], hidden_rows[bucket, p, k], parts)
            answer += min(max(values[k], zero), one) * hidden_outputs[bucket, k]
        points = _logistic(answer)
        target = targets[n]
        error = points - target
        if entropy:
            tiny = 1e-9
            losses += target * np.log((target + tiny) / (points + tiny))
            losses += (1.0 - target) * np.log((1.0 - target + tiny) / (1.0 - points + tiny))
            step = np.float32(factor) * error
        else:
            losses += error * error
            step = np.float32(2 * factor) * error * points * (one - points)
        d_output_biases[bucket] += step
        for p in range(2):
            weights = outputs[bucket, p]
            d_weights = d_outputs[bucket, p]
            for j in range(width):
                d_weights[j] += step * active[p, j]
                pull[p, j] = step * weights[j]
        for k in range(hidden):
            d_hidden_outputs[bucket, k] += step * min(max(values[k], zero), one)
            if (values[k] <= zero) | (values[k] >= one):
                continue
            strain = step * hidden_outputs[bucket, k]
            d_hidden_biases[bucket, k] += strain
            for p in range(2):
                _pull(strain, active[p], hidden_rows[bucket, p, k], d_hidden_rows[bucket, p, k], pull[p])
        for p in range(2):
            for j in range(width):
                slope[p, j] *= pull[p, j]
                d_biases[j] += slope[p, j]
        _add_rows(d_rows, slope[0], own[n], count)
        _add_rows(d_rows, slope[1], theirs[n], count)
    return losses


@kernel
def adam(values: Any, gradient: Any, first: Any, second: Any, rate: Any, step: Any, decay: Any, limit: Any) -> None:
    """One step of AdamW (D. Kingma and J. Ba, 2015; I. Loshchilov and F. Hutter, 2019) over flat float32 arrays.

    `step` counts from 1, values stay within ±limit, and `gradient` is zero afterwards.
    """
    b1 = np.float32(0.9)
    b2 = np.float32(0.999)
    one = np.float32(1)
    c1 = np.float32(1.0 / (1.0 - 0.9**step))
    c2 = np.float32(1.0 / (1.0 - 0.999**step))
    pace = np.float32(rate)
    keep = np.float32(1.0 - rate * decay)
    most = np.float32(limit)
    tiny = np.float32(1e-8)
    for i in range(len(values)):
        g = gradient[i]
        m = b1 * first[i] + (one - b1) * g
        v = b2 * second[i] + (one - b2) * g * g
        first[i] = m
        second[i] = v
        value = keep * values[i] - pace * (m * c1) / (np.sqrt(v * c2) + tiny)
        values[i] = min(max(value, -most), most)
        gradient[i] = np.float32(0)


@kernel
def add_into(total: Any, other: Any) -> None:
    """total += other, and other = 0; flat float32 arrays."""
    for i in range(len(total)):
        total[i] += other[i]
        other[i] = np.float32(0)


@kernel
def fold_buckets(shared: Any, rows: Any) -> None:
    """shared [m, width] = the sum of rows [buckets * m, width] over the buckets."""
    size = shared.shape[0]
    for row in range(size):
        for j in range(shared.shape[1]):
            shared[row, j] = np.float32(0)
    for row in range(rows.shape[0]):
        target = row % size
        for j in range(shared.shape[1]):
            shared[target, j] += rows[row, j]


@kernel
def spread_buckets(rows: Any, own: Any, shared: Any) -> None:
    """rows [buckets * m, width] = own + shared [m, width], which every bucket has."""
    size = shared.shape[0]
    for row in range(rows.shape[0]):
        for j in range(shared.shape[1]):
            rows[row, j] = own[row, j] + shared[row % size, j]


#: Bounds on parameters while training, so that quantisation never has to clip.
LIMITS = {
    "rows": MOST_WEIGHT / 2,
    "shared": MOST_WEIGHT / 2,
    "biases": MOST_WEIGHT,
    "outputs": MOST_OUTPUT / OUTPUT_ONE - 0.01,
    "output_biases": 64.0,
    "hidden_rows": MOST_OUTPUT / OUTPUT_ONE - 0.01,
    "hidden_biases": 64.0,
    "hidden_outputs": 64.0,
}
