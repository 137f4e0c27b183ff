"""Networks of integers, and how they are made of those of real numbers without clipping anything.

    first layer   int16, in steps of 1/255: the clipped sums are 0..255
    outputs       int16, in steps of 1/64
    output biases int32, in steps of a product of the above: 1/(255 * 64), or 1/(255 * 255 * 64) when squared

docs/nnue.md derives how far a score can move.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from nets.nnue.config import MOST_MEN, NnueConfig
from nets.simd import ONE

Floats = npt.NDArray[np.floating[Any]]

#: Steps of the output weights that are 1.
OUTPUT_ONE = 64
#: The largest |output weight| in steps whose product with a clipped number has 16 bits, for squared activations.
MOST_OUTPUT = 128
#: The largest |weight| of the first layer that a trainer may leave: 32 men and a bias then stay within 16 bits.
MOST_WEIGHT = 3.8
_INT16, _INT32 = 2**15 - 1, 2**31 - 1


@dataclass(frozen=True)
class RealNetwork:
    """A network as a trainer has it."""

    config: NnueConfig
    rows: Floats
    """[features, width]: the first layer."""
    biases: Floats
    """[width]: of the first layer."""
    outputs: Floats
    """[output_buckets, 2, width]: of the mover's perspective, of the other's."""
    output_biases: Floats
    """[output_buckets]"""


@dataclass(frozen=True)
class IntegerNetwork:
    """A network as the kernels have it."""

    config: NnueConfig
    rows: npt.NDArray[np.int16]
    biases: npt.NDArray[np.int16]
    outputs: npt.NDArray[np.int16]
    output_biases: npt.NDArray[np.int32]
    recipe: dict[str, Any] = field(default_factory=dict)
    """How it was trained."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """What it was trained on."""
    parent: str = ""
    """SHA-256 of the file of the network that it was trained further from; empty for none."""
    name: str = ""
    """The file's name, for people."""
    digest: str = ""
    """SHA-256 of the file, if it has been in one."""

    def __post_init__(self) -> None:
        config = self.config
        shapes = {
            "rows": ((config.feature_set.count, config.width), np.int16),
            "biases": ((config.width,), np.int16),
            "outputs": ((config.output_buckets, 2, config.width), np.int16),
            "output_biases": ((config.output_buckets,), np.int32),
        }
        for name, (shape, kind) in shapes.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype != kind:
                raise ValueError(
                    f"its {name} are {array.dtype} {list(array.shape)}, not {np.dtype(kind)} {list(shape)}"
                )
        check_range(self)


def unit(config: NnueConfig) -> int:
    """The number that stands for an output of 1."""
    return ONE * OUTPUT_ONE * (ONE if config.activation == "squared" else 1)


def check_range(network: IntegerNetwork) -> None:
    """ValueError, in a sentence, where a board could make a number of the kernels overflow."""
    bias = np.abs(network.biases.astype(np.int32))
    highest = max(int(network.rows.max()), -int(network.rows.min()))
    # Mostly the largest weight says enough; else the largest of every column are added up, which takes a while.
    if MOST_MEN * highest + bias.max() > _INT16:
        rows = np.abs(network.rows.astype(np.int32))
        most = min(MOST_MEN, len(rows))
        largest = np.partition(rows, len(rows) - most, axis=0)[-most:].sum(0) + bias
        if largest.max() > _INT16:
            raise ValueError(f"its first layer can reach {largest.max()}, which 16 bits do not hold")
    outputs = np.abs(network.outputs.astype(np.int64))
    squared = network.config.activation == "squared"
    if squared and outputs.max() > MOST_OUTPUT:
        raise ValueError(f"an output weight is {outputs.max()} steps; squared activations allow {MOST_OUTPUT}")
    if outputs.sum(2).max() * (ONE * ONE if squared else ONE) > _INT32:
        raise ValueError("its output weights are so large that their sum can leave 32 bits")


def in_real_numbers(network: IntegerNetwork) -> RealNetwork:
    """The network that `quantise` makes this one of."""
    return RealNetwork(
        network.config,
        rows=network.rows / np.float32(ONE),
        biases=network.biases / np.float32(ONE),
        outputs=network.outputs / np.float32(OUTPUT_ONE),
        output_biases=(network.output_biases / unit(network.config)).astype(np.float32),
    )


def _rounded(values: Floats, steps: int, kind: type[np.signedinteger[Any]], name: str) -> npt.NDArray[Any]:
    if not np.isfinite(values).all():
        raise ValueError(f"the {name} are not all finite")
    exact = np.rint(np.asarray(values, np.float64) * steps)
    if np.abs(exact).max(initial=0) > np.iinfo(kind).max:
        raise ValueError(
            f"the {name} reach {np.abs(values).max():.3f}; {np.iinfo(kind).max / steps:.3f} is the most that "
            f"{np.dtype(kind)} holds in steps of 1/{steps}"
        )
    return exact.astype(kind)


def quantise(
    network: RealNetwork,
    *,
    recipe: dict[str, Any] | None = None,
    provenance: dict[str, Any] | None = None,
    parent: str = "",
) -> IntegerNetwork:
    """The network in integers, every number rounded to the nearest; ValueError where one would have to be clipped."""
    return IntegerNetwork(
        config=network.config,
        rows=_rounded(network.rows, ONE, np.int16, "weights of the first layer"),
        biases=_rounded(network.biases, ONE, np.int16, "biases of the first layer"),
        outputs=_rounded(network.outputs, OUTPUT_ONE, np.int16, "output weights"),
        output_biases=_rounded(network.output_biases, unit(network.config), np.int32, "output biases"),
        recipe=recipe or {},
        provenance=provenance or {},
        parent=parent,
    )
