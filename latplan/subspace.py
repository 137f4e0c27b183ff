"""Pictures as a few dozen numbers: their coordinates in the directions in which they vary; see `latplan.measure`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from latplan.picture import Picture

Floats = npt.NDArray[np.float32]

#: Numbers in memory at a time while pictures are worked on as numbers; 128 MiB of float32.
BUDGET = 32 << 20
#: Pictures that are worked on at a time, at most.
_BATCH = 1_000


def blocks(count: int, numbers: int, most: int = _BATCH) -> Iterator[slice]:
    """Slices of `count` things of so many numbers each, such that a slice keeps to the budget."""
    step = max(min(BUDGET // max(numbers, 1), most), 1)
    return (slice(first, first + step) for first in range(0, count, step))


def shortened(numbers: Floats) -> Floats:
    """The nearest numbers of half the length, which are what a model's file keeps."""
    return numbers.astype(np.float16).astype(np.float32)


@dataclass(frozen=True)
class Subspace:
    """A linear map from pictures to weighed components, and back."""

    shape: tuple[int, ...]
    """Of a picture."""
    mean: Floats
    """[pixels]: the mean picture, 0 black and 1 white; `shortened`, as the basis is."""
    active: npt.NDArray[np.int64]
    """[active]: the pixels that vary."""
    basis: Floats
    """[active, components]: orthonormal directions."""
    weigh: Floats
    """[components, components]: from coordinates in the basis to weighed ones, whose mean squared length is 1."""
    unweigh: Floats
    """[components, components]: its inverse."""

    @property
    def components(self) -> int:
        """How many numbers stand for a picture."""
        return int(self.basis.shape[1])

    def times(self, factor: float) -> Subspace:
        """The same with components so many times as large."""
        scale = np.float32(factor)
        return replace(self, weigh=self.weigh * scale, unweigh=self.unweigh / scale)

    def project(self, pictures: Picture) -> Floats:
        """Weighed components, [n, components], of pictures [n, *shape]."""
        flat = pictures.reshape(len(pictures), -1)
        mean = self.mean[self.active]
        made = np.empty((len(pictures), self.components), np.float32)
        into = self.basis @ self.weigh
        for block in blocks(len(pictures), len(self.active)):
            shown = flat[block][:, self.active].astype(np.float32)
            shown /= 255
            shown -= mean
            made[block] = shown @ into
        return made

    def restore(self, components: Floats) -> Picture:
        """Pictures [n, *shape] of weighed components [n, components]."""
        made = np.empty((len(components), len(self.mean)), np.uint8)
        back = (self.basis @ self.unweigh).T
        for block in blocks(len(components), len(self.mean)):
            flat = np.repeat(self.mean[None], len(components[block]), 0)
            flat[:, self.active] += components[block] @ back
            made[block] = np.rint(np.multiply(flat.clip(0, 1, out=flat), 255, out=flat), out=flat)
        return made.reshape(len(components), *self.shape)

    def residual(self, pictures: Picture) -> Floats:
        """Root mean square, [n], of what the components do not show of each picture, on the scale of 0 to 1."""
        return lost(pictures, lambda block: self.restore(self.project(block)))


def lost(pictures: Picture, through: Callable[[Picture], Picture]) -> Floats:
    """Root mean square, [n], on the scale of 0 to 1, of what `through` changes of pictures [n, *shape]."""
    changed = np.empty(len(pictures), np.float32)
    for block in blocks(len(pictures), pictures[:1].size):
        off = through(pictures[block]).astype(np.float32)
        off -= pictures[block]
        off /= 255
        changed[block] = np.sqrt((off.reshape(len(off), -1) ** 2).mean(1))
    return changed
