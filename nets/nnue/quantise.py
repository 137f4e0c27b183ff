"""Networks of integers, and how they are made of those of real numbers without clipping anything.

    first layer   int16, in steps of 1/255: the clipped sums are 0..255
    outputs       int16, in steps of 1/64, with pairs of 1/1024
    output biases int32, in steps of a product of the above: 1/(255 * 64), 1/(255 * 255 * 64) when squared
    pairs         a product, / 256 to the nearest, is 0..254
    other layers  weights and biases like those of the outputs; their numbers, rounded down, are 0..255 again

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

#: Steps of the output weights that are 1; of those and of further layers' weights with pairs.
OUTPUT_ONE, PAIRS_ONE = 64, 1024
#: The largest |output weight| in steps whose product with a clipped number has 16 bits, for squared activations.
MOST_OUTPUT = 128
#: The largest |weight| of the first layer that a trainer may leave: 32 men and a bias then stay within 16 bits.
MOST_WEIGHT = 3.8
_INT16, _INT32 = 2**15 - 1, 2**31 - 1
#: The type of each array of integers.
KINDS: dict[str, type[np.signedinteger[Any]]] = {
    "rows": np.int16,
    "biases": np.int16,
    "outputs": np.int16,
    "output_biases": np.int32,
    "hidden_rows": np.int16,
    "hidden_biases": np.int32,
    "hidden_outputs": np.int16,
    "last_rows": np.int16,
    "last_biases": np.int32,
    "last_outputs": np.int16,
}
#: What people call them.
_NAMES = {
    "rows": "weights of the first layer",
    "biases": "biases of the first layer",
    "outputs": "output weights",
    "output_biases": "output biases",
    "hidden_rows": "weights of the second layer",
    "hidden_biases": "biases of the second layer",
    "hidden_outputs": "output weights of the second layer",
    "last_rows": "weights of the third layer",
    "last_biases": "biases of the third layer",
    "last_outputs": "output weights of the third layer",
}


@dataclass(frozen=True)
class RealNetwork:
    """A network as a trainer has it."""

    config: NnueConfig
    rows: Floats
    """[features, width]: the first layer."""
    biases: Floats
    """[width]: of the first layer."""
    outputs: Floats
    """[output_buckets, 2, inputs]: of the mover's perspective, of the other's."""
    output_biases: Floats
    """[output_buckets]"""
    hidden_rows: Floats
    """[output_buckets, hidden, 2, inputs]: the second layer, of the mover's perspective, of the other's."""
    hidden_biases: Floats
    """[output_buckets, hidden]: of the second layer."""
    hidden_outputs: Floats
    """[output_buckets, hidden]: what the output adds for the numbers of the second layer."""
    last_rows: Floats
    """[output_buckets, last, 2 * hidden]: the third layer, of the second's clipped numbers, and of their squares."""
    last_biases: Floats
    """[output_buckets, last]: of the third layer."""
    last_outputs: Floats
    """[output_buckets, last]: what the output adds for the numbers of the third layer."""


@dataclass(frozen=True)
class IntegerNetwork:
    """A network as the kernels have it."""

    config: NnueConfig
    rows: npt.NDArray[np.int16]
    biases: npt.NDArray[np.int16]
    outputs: npt.NDArray[np.int16]
    output_biases: npt.NDArray[np.int32]
    hidden_rows: npt.NDArray[np.int16]
    hidden_biases: npt.NDArray[np.int32]
    hidden_outputs: npt.NDArray[np.int16]
    last_rows: npt.NDArray[np.int16]
    last_biases: npt.NDArray[np.int32]
    last_outputs: npt.NDArray[np.int16]
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
        for name, shape in self.config.shapes.items():
            array, kind = getattr(self, name), KINDS[name]
            if array.shape != shape or array.dtype != kind:
                raise ValueError(
                    f"its {name} are {array.dtype} {list(array.shape)}, not {np.dtype(kind)} {list(shape)}"
                )
        check_range(self)


def output_one(config: NnueConfig) -> int:
    """Steps of the weights after the first layer that are 1."""
    return PAIRS_ONE if config.activation == "pairs" else OUTPUT_ONE


def unit(config: NnueConfig) -> int:
    """The number that stands for an output of 1."""
    return ONE * output_one(config) * (ONE if config.activation == "squared" else 1)


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
    squared = network.config.activation == "squared"
    if squared and (most := int(np.abs(network.outputs.astype(np.int64)).max())) > MOST_OUTPUT:
        raise ValueError(f"of its output weights one is {most} steps; squared activations allow {MOST_OUTPUT}")
    # What is added up in 32 bits: inputs times weights, in later layers from the biases on.
    for name, axes, begin in (
        ("outputs", (1, 2), None),
        ("hidden_rows", (2, 3), "hidden_biases"),
        ("last_rows", (2,), "last_biases"),
    ):
        most = np.abs(getattr(network, name).astype(np.int64)).sum(axes) * (ONE * ONE if squared else ONE)
        if begin is not None:
            most += np.abs(getattr(network, begin).astype(np.int64))
        if most.max(initial=0) > _INT32:
            raise ValueError(f"its {_NAMES[name]} are so large that their sum can leave 32 bits")


def steps(config: NnueConfig) -> dict[str, int]:
    """How many steps of each array's integers are 1."""
    names = ("biases", "rows", "outputs")
    ones = (unit(config), output_one(config), output_one(config))
    later = {f"{layer}_{name}": one for layer in ("hidden", "last") for name, one in zip(names, ones, strict=True)}
    first = {"rows": ONE, "biases": ONE, "outputs": output_one(config), "output_biases": unit(config)}
    return {**first, **later}


def in_real_numbers(network: IntegerNetwork) -> RealNetwork:
    """The network that `quantise` makes this one of."""
    arrays = {name: (getattr(network, name) / one).astype(np.float32) for name, one in steps(network.config).items()}
    return RealNetwork(network.config, **arrays)


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
    arrays: dict[str, Any] = {
        name: _rounded(getattr(network, name), one, KINDS[name], _NAMES[name])
        for name, one in steps(network.config).items()
    }
    return IntegerNetwork(
        config=network.config, **arrays, recipe=recipe or {}, provenance=provenance or {}, parent=parent
    )
