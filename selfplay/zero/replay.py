"""The window of recent samples that a network learns from."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from search.rules import Rules
from selfplay.learning.samples import Samples, no_samples


class Replay:
    """The newest `capacity` samples at most; older ones are overwritten."""

    def __init__(self, rules: Rules, capacity: int, history: int = 0) -> None:
        if capacity < 1:
            raise ValueError(f"a window of {capacity} samples holds nothing; it takes at least 1")
        self.samples = no_samples(rules, capacity, history)
        self.added = 0
        """Samples that ever came in."""
        self.dropped = 0
        """How many of them, the first ones, were not even kept before: a run that goes on begins with its newest."""

    def __len__(self) -> int:
        return min(self.added - self.dropped, len(self.samples))

    def begin_after(self, dropped: int) -> None:
        """Begin with the sample of this number; nothing may have been added."""
        self.added = self.dropped = dropped

    def add(self, samples: Samples) -> None:
        """Take in new samples."""
        places = (self.added + np.arange(len(samples))) % len(self.samples)
        for field in fields(Samples):
            getattr(self.samples, field.name)[places] = getattr(samples, field.name)
        self.added += len(samples)

    def draw(self, n: int, rng: np.random.Generator, *, window: int | None = None) -> Samples:
        """`n` samples at random, with repetition, of the newest `window` or of all; ValueError if there are none."""
        size = min(len(self), window or len(self))
        if size == 0:
            raise ValueError("there is nothing to learn from yet")
        return self.samples.take((self.added - 1 - rng.integers(0, size, n)) % len(self.samples))


def power_law_window(added: int, least: int, *, exponent: float = 0.75, growth: float = 0.4) -> int:
    """How many of `added` samples to learn from: all at first, then fewer and fewer of them.

    (D. Wu, "Accelerating Self-Play Learning in Go", 2019, appendix C.)
    """
    if added <= least:
        return added
    return int(least * (1 + growth * ((added / least) ** exponent - 1) / exponent))
