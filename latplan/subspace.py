"""Pictures as a few dozen numbers: their coordinates in the directions in which they vary; see `latplan.measure`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from latplan.picture import Picture

Floats = npt.NDArray[np.float32]

#: Pictures that are projected at a time.
_BATCH = 1_000


@dataclass(frozen=True)
class Subspace:
    """A linear map from pictures to weighed components, and back."""

    shape: tuple[int, ...]
    """Of a picture."""
    mean: Floats
    """[pixels]: the mean picture, 0 black and 1 white."""
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
        for first in range(0, len(pictures), _BATCH):
            block = flat[first : first + _BATCH][:, self.active].astype(np.float32) / 255 - mean
            made[first : first + _BATCH] = block @ into
        return made

    def restore(self, components: Floats) -> Picture:
        """Pictures [n, *shape] of weighed components [n, components]."""
        flat = np.repeat(self.mean[None], len(components), 0)
        flat[:, self.active] += components @ (self.basis @ self.unweigh).T
        pictures: Picture = np.rint(255 * flat.clip(0, 1)).astype(np.uint8).reshape(len(components), *self.shape)
        return pictures

    def residual(self, pictures: Picture) -> Floats:
        """Root mean square, [n], of what the components do not show of each picture, on the scale of 0 to 1."""
        shown = self.restore(self.project(pictures)).astype(np.float32)
        off = ((pictures - shown) / 255).reshape(len(pictures), -1)
        missing: Floats = np.sqrt((off**2).mean(1))
        return missing
