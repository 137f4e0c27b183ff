"""Noise on pictures, as a camera or a scanner adds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latplan.picture import Picture


@dataclass(frozen=True, kw_only=True)
class Noise:
    """What is added to pictures."""

    gaussian: float = 0.0
    """Standard deviation of what is added to each pixel, on the scale of 0 black to 1 white."""
    salt_and_pepper: float = 0.0
    """Share of the pixels that turn black or white, as many of each."""

    def __post_init__(self) -> None:
        if self.gaussian < 0 or not 0 <= self.salt_and_pepper <= 1:
            raise ValueError(
                "the standard deviation of noise is 0 or more, and a share of pixels is in 0..1; they are "
                f"{self.gaussian} and {self.salt_and_pepper}"
            )

    def __bool__(self) -> bool:
        return self.gaussian > 0 or self.salt_and_pepper > 0

    def __call__(self, pictures: Picture, rng: np.random.Generator) -> Picture:
        """Noisy copies of `pictures`, of any shape; in colours, each channel of a pixel has noise of its own."""
        noisy = pictures
        if self.gaussian > 0:
            added = rng.standard_normal(pictures.shape, np.float32) * np.float32(255 * self.gaussian)
            noisy = np.rint((noisy + added).clip(0, 255)).astype(np.uint8)
        if self.salt_and_pepper > 0:
            hit = rng.random(pictures.shape) < self.salt_and_pepper
            noisy = np.where(hit, 255 * rng.integers(0, 2, pictures.shape), noisy).astype(np.uint8)
        return noisy
