"""A network in training on the processor: steps of Adam whose every part is a kernel, over any number of threads."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Protocol

import numpy as np

from nets.nnue.config import NnueConfig
from nets.nnue.gradient import (
    ARRAYS,
    LIMITS,
    Batch,
    Floats,
    adam,
    add_into,
    backward,
    fold_buckets,
    forward,
    fresh_parameters,
    spread_buckets,
    zeros,
)


class Steps(Protocol):
    """A network in training, wherever it computes."""

    def step(self, batch: Batch, size: int, rate: float) -> float:
        """Learn from the first `size` positions of a batch; the mean loss before."""

    def answers(self, batch: Batch, size: int) -> Floats:
        """The outputs for the first `size` positions, [size]."""

    def parameters(self) -> dict[str, Floats]:
        """The parameters, by the names of `nets.nnue.gradient.ARRAYS`."""

    def state(self) -> dict[str, Any]:
        """Everything that a later `restore` needs, as arrays by name."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""

    def start_from(self, parameters: Mapping[str, Floats]) -> None:
        """Begin with these parameters, by the names of `nets.nnue.gradient.ARRAYS`."""


class KernelSteps:
    """See `Steps`. The same seed and number of threads learn the same.

    Where the king has buckets, a row is the sum of one of its own and one that all buckets share, so that what is true
    wherever the king stands is learnt once.
    """

    def __init__(
        self, config: NnueConfig, *, seed: int = 1, threads: int = 1, entropy: bool = False, decay: float = 0.0
    ) -> None:
        self.config = config
        self.entropy = entropy
        self.decay = decay
        self.threads = threads
        self._count = 0
        self._pool = ThreadPoolExecutor(threads, "learn")
        self._whole = fresh_parameters(config, seed)
        self._gradients = [zeros(config) for _ in range(threads)]
        self._learnt: dict[str, Floats] = {name: self._whole[name] for name in ARRAYS}
        self._shares = config.feature_set.bucket_count > 1
        if self._shares:
            size = config.feature_set.planes * 64
            self._learnt["shared"] = self._whole["rows"][:size].copy()
            self._learnt["rows"] = np.zeros_like(self._whole["rows"])
            self._shared_gradient = np.zeros_like(self._learnt["shared"])
        self._first = {name: np.zeros(array.size, np.float32) for name, array in self._learnt.items()}
        self._second = {name: np.zeros(array.size, np.float32) for name, array in self._learnt.items()}

    def start_from(self, parameters: Mapping[str, Floats]) -> None:
        """Begin with these parameters, by the names of `nets.nnue.gradient.ARRAYS`."""
        for name in ARRAYS:
            self._whole[name][...] = parameters[name]
        if self._shares:
            shared = self._learnt["shared"]
            rows = self._whole["rows"].reshape(-1, *shared.shape)
            shared[...] = rows.mean(0)
            self._learnt["rows"][...] = (rows - shared).reshape(self._whole["rows"].shape)

    def _parts(self, size: int) -> list[tuple[int, int]]:
        bounds = np.linspace(0, size, self.threads + 1).astype(int)
        return [(int(first), int(last)) for first, last in pairwise(bounds)]

    def step(self, batch: Batch, size: int, rate: float) -> float:
        squared = self.config.activation == "squared"
        arrays: list[Any] = [self._whole[name] for name in ARRAYS]

        def part(number: int, first: int, last: int) -> float:
            gradients = (self._gradients[number][name] for name in ARRAYS)
            inputs = (batch.own, batch.theirs, batch.counts, batch.buckets, batch.targets)
            everything = (*arrays, squared, *inputs, first, last, 1.0 / size, self.entropy, *gradients)
            return float(backward(*everything))

        futures = [self._pool.submit(part, n, *bounds) for n, bounds in enumerate(self._parts(size))]
        loss = sum(future.result() for future in futures) / size
        for other in self._gradients[1:]:
            for name in ARRAYS:
                add_into(self._gradients[0][name].reshape(-1), other[name].reshape(-1))
        self._count += 1
        gradients = dict(self._gradients[0])
        if self._shares:
            fold_buckets(self._shared_gradient, gradients["rows"])
            gradients["shared"] = self._shared_gradient
        for name, values in self._learnt.items():
            adam(
                values.reshape(-1), gradients[name].reshape(-1), self._first[name], self._second[name],
                rate, self._count, self.decay if name in ("rows", "shared") else 0.0, LIMITS[name],
            )  # fmt: skip
        if self._shares:
            spread_buckets(self._whole["rows"], self._learnt["rows"], self._learnt["shared"])
        return loss

    def answers(self, batch: Batch, size: int) -> Floats:
        found = np.zeros(size, np.float32)
        arrays = [self._whole[name] for name in ARRAYS]

        def part(first: int, last: int) -> None:
            squared = self.config.activation == "squared"
            inputs = (batch.own, batch.theirs, batch.counts, batch.buckets)
            everything: tuple[Any, ...] = (*arrays, squared, *inputs, first, last, found)
            forward(*everything)

        for future in [self._pool.submit(part, *bounds) for bounds in self._parts(size)]:
            future.result()
        return found

    def parameters(self) -> dict[str, Floats]:
        return {name: self._whole[name] for name in ARRAYS}

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = {"count": np.array([self._count])}
        for name, values in self._learnt.items():
            found |= {name: values, f"first/{name}": self._first[name], f"second/{name}": self._second[name]}
        return found

    def restore(self, state: Mapping[str, Any]) -> None:
        self._count = int(state["count"][0])
        for name, values in self._learnt.items():
            values[...] = state[name]
            self._first[name][...] = state[f"first/{name}"]
            self._second[name][...] = state[f"second/{name}"]
        if self._shares:
            spread_buckets(self._whole["rows"], self._learnt["rows"], self._learnt["shared"])
