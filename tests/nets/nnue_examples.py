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
    return RealNetwork(
        shape,
        rows=generator.normal(0, 0.15, (shape.feature_set.count, shape.width)),
        biases=generator.normal(0.2, 0.2, shape.width),
        outputs=generator.normal(0, 0.2, (shape.output_buckets, 2, shape.width)),
        output_biases=generator.normal(0, 0.1, shape.output_buckets),
        hidden_rows=generator.normal(0, 0.2, shape.shapes["hidden_rows"]),
        hidden_biases=generator.normal(0, 0.5, shape.shapes["hidden_biases"]),
        hidden_outputs=generator.normal(0, 0.5, shape.shapes["hidden_outputs"]),
    )


def random_network(seed: int = 1, **config: Any) -> IntegerNetwork:
    """The same in integers."""
    return quantise(random_real(seed, **config))
