"""Finds the few directions in which pictures vary, and measures distances against the pictures' nuisance.

Pictures of a puzzle lie in few dimensions: a tile in a cell is one, whatever its number of pixels. Principal components
keep them, and a network on top of them learns in seconds what takes minutes on pixels. Distances are then weighed: what
differs between two pictures although nothing moved (light, jittered colours, noise) counts little. That nuisance is
seen in the pairs themselves, without labels: an action changes few pixels, so the median change of a pixel over all
pairs is its nuisance, and changes that are not much larger, taken together, give its covariance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from latplan.pairs import Pairs
from latplan.picture import Picture
from latplan.subspace import BUDGET, Floats, Subspace, blocks, shortened

#: A pixel that varies less than this, on a scale of 0 to 1, squared, is a constant of the puzzle.
_CONSTANT = 1e-4
#: Pictures that are measured at most.
_SAMPLE = 8_000
#: The least nuisance of a pixel, five grey levels, and changes up to how many times the nuisance count as nuisance.
_FLOOR, _CLIP = 0.02, 4.0
#: The nuisance is weighed beside the noise that every component is taken to have: so much, if pictures had this energy.
_NOISE, _ENERGY = 0.3, 1500.0


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How pictures are measured."""

    components: int = 256
    """At most so many numbers for a picture."""
    kept: float = 0.999
    """Share of the variance that they keep, if they are not too few."""
    lost: float = 0.02
    """The most that they lose of any picture, beside the mean energy of one: also a rare state is to be seen."""
    nuisance: float = 10.0
    """Weight of the nuisance in the measure; 0 ignores it."""

    def __post_init__(self) -> None:
        if self.components < 1 or not 0 < self.kept <= 1 or min(self.lost, self.nuisance) < 0:
            raise ValueError(f"not a sensible measure: {self}")


def find_subspace(pairs: Pairs, measure: Measure, seed: int, among: npt.NDArray[np.int64] | None = None) -> Subspace:
    """The directions in which the pictures of `pairs` vary, and the measure of their nuisance.

    `among`: numbers of the pairs that are looked at, all by default. ValueError if the pictures do not vary.
    """
    rng = np.random.default_rng(seed)
    among = np.arange(len(pairs.before)) if among is None else among
    shape = pairs.before.shape[1:]
    flat = [pictures.reshape(len(pictures), -1) for pictures in pairs]
    some = rng.choice(among, min(len(among), 1_000), replace=False)
    variance = _of_pixels(flat, some, lambda values: values.astype(np.float32).var(0) / 255**2)
    active = np.flatnonzero(variance > _CONSTANT)
    if not len(active):
        raise ValueError("the pictures do not vary, so there is nothing to learn from them")
    count = min(_SAMPLE // 2, len(among), max(BUDGET // len(active) // 2, 100))
    some = rng.choice(among, count, replace=False)
    mean = _of_pixels(flat, some, lambda values: values.mean(0, dtype=np.float64).astype(np.float32) / 255)
    before, after = (_coordinates(pictures, some, active, mean) for pictures in flat)
    sample = np.concatenate([before, after])
    total = float((sample**2).sum()) / len(sample)

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        most = min(measure.components, *sample.shape)
        _, singular, directions = torch.svd_lowrank(torch.from_numpy(sample), q=most, niter=4)
    power = singular.numpy().astype(np.float64) ** 2 / len(sample)
    count = min(int((power.cumsum() < measure.kept * total).sum()) + 1, most)
    squares = sample @ directions.numpy()
    squares *= squares
    lost = (sample**2).sum(1) - squares[:, :count].sum(1)
    while count < most and lost.max() > measure.lost * total:
        lost -= squares[:, count]
        count += 1
    basis, power = directions.numpy()[:, :count], power[:count]

    # The nuisance, in units of the noise that a pixel is taken to have.
    change = after - before
    usual = np.maximum(1.4826 * np.median(np.abs(change), 0), _FLOOR)
    unmoved = np.where(np.abs(change) <= _CLIP * usual, change, 0) @ basis
    nuisance = unmoved.T @ unmoved / len(unmoved) / 2
    unit = _NOISE**2 * total / _ENERGY
    values, vectors = np.linalg.eigh(np.eye(count) + measure.nuisance * nuisance.astype(np.float64) / unit)
    weigh = (vectors / np.sqrt(values)) @ vectors.T
    unweigh = (vectors * np.sqrt(values)) @ vectors.T
    scale = 1 / np.sqrt(np.einsum("ij,j,ij->", weigh, power, weigh))
    return Subspace(
        shape,
        shortened(mean),
        active,
        shortened(np.ascontiguousarray(basis)),
        *(x.astype(np.float32) for x in (scale * weigh, unweigh / scale)),
    )


def _of_pixels(flat: Sequence[Picture], some: npt.NDArray[np.int64], of: Callable[[Picture], Floats]) -> Floats:
    """What `of` says, [pixels], of the values, [pictures, pixels], of some of the pictures, a few pixels at a time."""
    pixels = flat[0].shape[1]
    parts = blocks(pixels, len(flat) * len(some), most=pixels)
    return np.concatenate([of(np.concatenate([pictures[some, part] for pictures in flat])) for part in parts])


def _coordinates(pictures: Picture, some: npt.NDArray[np.int64], active: npt.NDArray[np.int64], mean: Floats) -> Floats:
    """Pixels that vary, less their means, [some, active], of some of the pictures [n, pixels]."""
    made = np.empty((len(some), len(active)), np.float32)
    for block in blocks(len(some), pictures.shape[1]):
        made[block] = pictures[some[block]][:, active]
    made /= 255
    made -= mean[active]
    return made
