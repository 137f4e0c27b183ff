"""Networks of random numbers, for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from nets.nnue.config import NnueConfig
from nets.nnue.quantise import IntegerNetwork, RealNetwork, quantise


def random_real(seed: int = 1, **config: Any) -> RealNetwork:
    """A network whose sums lie on both sides of both bounds."""
    shape = NnueConfig(**{"width": 64, **config})
    generator = np.random.default_rng(seed)
    spreads = {
        "rows": (0, 0.15), "biases": (0.2, 0.2), "outputs": (0, 0.2), "output_biases": (0, 0.1),
        "hidden_rows": (0, 0.2), "hidden_biases": (0, 0.5), "hidden_outputs": (0, 0.5),
        "last_rows": (0, 0.3), "last_biases": (0, 0.5), "last_outputs": (0, 0.5),
    }  # fmt: skip
    arrays = {name: generator.normal(*spreads[name], shape.shapes[name]) for name in spreads}
    return RealNetwork(shape, **arrays)


def random_network(seed: int = 1, **config: Any) -> IntegerNetwork:
    """The same in integers."""
    return quantise(random_real(seed, **config))
