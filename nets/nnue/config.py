"""What an efficiently updatable network looks like: its features, its width, its activation, its outputs.

A network sees a position from both sides. Each side (a perspective) has its own board, turned so that its own men
stand at the bottom; with a mirrored feature set also left to right, so that its king stands on files a to d. A feature
is a man on a square of that board, and there is one set of them for each bucket of squares of the own king::

    feature = (bucket * planes + plane) * 64 + square
    plane   = kind - 1, plus planes / 2 for the other side's men; kind: pawn 1, knight 2, …, queen 5, king 6
    planes  = 12, or 10 where kings are no features

The first layer sums a row of `width` numbers for each feature that holds. Both perspectives' sums, clipped (and
squared, or their halves multiplied with each other), the mover's first, go through one of `output_buckets` linear
outputs, chosen by the number of men (Y. Nasu, "Efficiently updatable neural-network-based evaluation functions for
computer shogi", 2018). A network may have a second layer beside the outputs, a few clipped numbers of the same inputs,
and a third one of those; both again by the number of men. The output adds their numbers up with weights of their own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

#: The most men on a board, and so the most features that hold at a time for one perspective.
MOST_MEN = 32
#: The most numbers of a second layer, and of a third one.
MOST_HIDDEN = 32


@dataclass(frozen=True)
class FeatureSet:
    """What a perspective sees."""

    name: str
    buckets: tuple[int, ...]
    """[64]: the bucket by the square of the own king, seen from its side, and mirrored where boards are."""
    mirrored: bool
    """Whether the board is turned left to right when the own king stands on files e to h."""
    kings: bool
    """Whether kings are features themselves."""

    @property
    def planes(self) -> int:
        """Kinds of men, own and others'."""
        return 12 if self.kings else 10

    @property
    def bucket_count(self) -> int:
        """How many sets of features there are."""
        return max(self.buckets) + 1

    @property
    def count(self) -> int:
        """How many features there are."""
        return self.bucket_count * self.planes * 64


def _half_board(*ranks: str) -> tuple[int, ...]:
    """Buckets from eight strings of four letters, rank 1 first, files a to d; e to h are never asked for."""
    return tuple(ord(letter) - ord("a") for rank in ranks for letter in rank + rank[::-1])


#: The feature sets by name. `halfkp` is that of the paper; the others are called HalfKA, here with merged buckets.
FEATURE_SETS: Mapping[str, FeatureSet] = {
    features.name: features
    for features in (
        FeatureSet("768", (0,) * 64, mirrored=False, kings=True),
        FeatureSet("768-mirrored", (0,) * 64, mirrored=True, kings=True),
        FeatureSet(
            "halfka-4",
            _half_board("aabb", "cccc", "dddd", "dddd", "dddd", "dddd", "dddd", "dddd"),
            mirrored=True,
            kings=True,
        ),
        FeatureSet(
            "halfka-8",
            _half_board("abcd", "eeff", "gggg", "gggg", "hhhh", "hhhh", "hhhh", "hhhh"),
            mirrored=True,
            kings=True,
        ),
        FeatureSet(
            "halfka-16",
            _half_board("abcd", "efgh", "iijj", "kkll", "mmnn", "mmnn", "oopp", "oopp"),
            mirrored=True,
            kings=True,
        ),
        FeatureSet("halfkp", tuple(range(64)), mirrored=False, kings=False),
    )
}

#: What happens to the sums of the first layer: clipped to 0..1; that squared; or, of a perspective, each of the first
#: half multiplied with its like of the second.
ACTIVATIONS = ("clipped", "squared", "pairs")


@dataclass(frozen=True, kw_only=True)
class NnueConfig:
    """The shape of a network. ValueError, in a sentence, for one that cannot be."""

    features: str = "768-mirrored"
    """A name of FEATURE_SETS."""
    width: int = 128
    """Numbers of the first layer for each perspective; a multiple of 64, with pairs of 128."""
    activation: str = "squared"
    """One of ACTIVATIONS."""
    output_buckets: int = 8
    """Outputs to choose from by the number of men, 1 to 16."""
    hidden: int = 0
    """Numbers of the second layer for each of the outputs, a multiple of 8 to MOST_HIDDEN; 0 for no such layer."""
    last: int = 0
    """Numbers of the third layer for each of the outputs, 0 to MOST_HIDDEN; 0 for no such layer."""
    scale: int = 140
    """Centipawns of an output of 1, which means e / (1 + e) = 73 % of the points."""

    def __post_init__(self) -> None:
        if self.features not in FEATURE_SETS:
            raise ValueError(f"there is no feature set {self.features!r}; there are {', '.join(FEATURE_SETS)}")
        if self.width % 64 or not 64 <= self.width <= 4096:
            raise ValueError(f"the width is a multiple of 64 from 64 to 4096, not {self.width}")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"the activation is one of {', '.join(ACTIVATIONS)}, not {self.activation!r}")
        if self.activation == "pairs" and self.width % 128:
            raise ValueError(f"with pairs the width is a multiple of 128, not {self.width}")
        if not 1 <= self.output_buckets <= 16:
            raise ValueError(f"there are 1 to 16 output buckets, not {self.output_buckets}")
        if self.hidden % 8 or not 0 <= self.hidden <= MOST_HIDDEN:
            raise ValueError(f"the second layer has a multiple of 8 numbers, 0 to {MOST_HIDDEN}, not {self.hidden}")
        if self.hidden and self.activation != "pairs":
            raise ValueError(
                f"a second layer goes with the activation pairs; with {self.activation} it has 0 numbers, "
                f"not {self.hidden}"
            )
        if not 0 <= self.last <= MOST_HIDDEN or (self.last and not self.hidden):
            raise ValueError(
                f"the third layer has 0 to {MOST_HIDDEN} numbers, and 0 where there is no second, not {self.last}"
            )
        if not 1 <= self.scale <= 4096:
            raise ValueError(f"the scale is 1 to 4096 centipawns, not {self.scale}")

    @property
    def feature_set(self) -> FeatureSet:
        """What a perspective sees."""
        return FEATURE_SETS[self.features]

    @property
    def inputs(self) -> int:
        """Numbers that the outputs and the second layer get of each perspective."""
        return self.width // 2 if self.activation == "pairs" else self.width

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Those of the arrays of a network, by their names, see `nets.nnue.quantise.RealNetwork`."""
        inputs, outputs, hidden, last = self.inputs, self.output_buckets, self.hidden, self.last
        return {
            "rows": (self.feature_set.count, self.width),
            "biases": (self.width,),
            "outputs": (outputs, 2, inputs),
            "output_biases": (outputs,),
            "hidden_rows": (outputs, hidden, 2, inputs),
            "hidden_biases": (outputs, hidden),
            "hidden_outputs": (outputs, hidden),
            "last_rows": (outputs, last, 2 * hidden),
            "last_biases": (outputs, last),
            "last_outputs": (outputs, last),
        }

    @property
    def described(self) -> dict[str, Any]:
        """What a file says of it; `config_of` makes it again. Of further layers only where there are any."""
        return {name: value for name, value in asdict(self).items() if name not in ("hidden", "last") or value}

    @property
    def digest(self) -> str:
        """The first 16 hex digits of the SHA-256 of the configuration and the feature set's definition."""
        text = json.dumps([self.described, asdict(self.feature_set)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def output_bucket(self, men: int) -> int:
        """The output for a board with this many men (2 to 32, kings included)."""
        return min(max(men - 2, 0) * self.output_buckets // (MOST_MEN - 1), self.output_buckets - 1)


def config_of(known: Mapping[str, Any]) -> NnueConfig:
    """The configuration with these fields; ValueError for one that is unknown or cannot be."""
    unknown = sorted(known.keys() - {field.name for field in fields(NnueConfig)})
    if unknown:
        raise ValueError(f"its architecture has {unknown[0]!r}, which is unknown here")
    return NnueConfig(**known)
