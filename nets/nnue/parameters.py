"""The parameters of a network in training: their names, where they begin, and the bounds that they keep."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from nets.nnue.config import NnueConfig
from nets.nnue.quantise import MOST_OUTPUT, MOST_WEIGHT, OUTPUT_ONE, RealNetwork
from search.memory import aligned_zeros

Floats = npt.NDArray[np.float32]

#: The names of a network's arrays.
ARRAYS = tuple(NnueConfig().shapes)

#: Bounds on parameters while training, so that quantisation never has to clip.
LIMITS = {
    "rows": MOST_WEIGHT,
    "biases": MOST_WEIGHT,
    "outputs": MOST_OUTPUT / OUTPUT_ONE - 0.01,
    "output_biases": 64.0,
    "hidden_rows": 4.0,
    "hidden_biases": 64.0,
    "hidden_outputs": 30.0,
    "last_rows": 30.0,
    "last_biases": 64.0,
    "last_outputs": 30.0,
}


def zeros(config: NnueConfig, names: Iterable[str] = ARRAYS) -> dict[str, Floats]:
    """Arrays of the shapes of a network's parameters: see `nets.nnue.quantise.RealNetwork`."""
    return {name: aligned_zeros(config.shapes[name], np.float32) for name in names}


def fresh_parameters(config: NnueConfig, seed: int) -> dict[str, Floats]:
    """Random parameters to begin with. All buckets of the king begin alike, and all outputs.

    The second and third layer begin with no part in them.
    """
    generator = np.random.default_rng(seed)
    parameters = zeros(config)
    features = config.feature_set
    one = generator.normal(0.0, 0.1, (features.planes * 64, config.width)).astype(np.float32)
    parameters["rows"][:] = np.tile(one, (features.bucket_count, 1))
    parameters["biases"][:] = 0.25
    reach = 1 / np.sqrt(2 * config.inputs)
    parameters["outputs"][:] = generator.uniform(-reach, reach, (2, config.inputs))
    parameters["hidden_rows"][:] = generator.uniform(-reach, reach, config.shapes["hidden_rows"][1:])
    parameters["hidden_biases"][:] = 0.25
    reach = 1 / np.sqrt(2 * max(config.hidden, 1))
    parameters["last_rows"][:] = generator.uniform(-reach, reach, config.shapes["last_rows"][1:])
    parameters["last_biases"][:] = 0.25
    return parameters


def real_network(config: NnueConfig, parameters: dict[str, Floats]) -> RealNetwork:
    """The network of these parameters."""
    return RealNetwork(config, **{name: parameters[name] for name in ARRAYS})
