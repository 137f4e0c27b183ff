"""A network in training on the processor: steps of Adam whose every part is a kernel, over any number of threads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np

from nets.nnue.adam import adam_steps, add_into, take_steps
from nets.nnue.batch import Batch
from nets.nnue.config import NnueConfig
from nets.nnue.first_layer import FirstLayer, untiled
from nets.nnue.float_rows import BLOCK
from nets.nnue.gradient import activation_number, backward, forward, layers
from nets.nnue.parameters import ARRAYS, LIMITS, Floats, fresh_parameters, zeros
from search.memory import aligned_zeros

_Result = TypeVar("_Result")


class Steps(Protocol):
    """A network in training, wherever it computes."""

    def step(self, batch: Batch, size: int, rate: float) -> float:
        """Learn from the first `size` positions of a batch, arranged; the mean loss before."""

    def answers(self, batch: Batch, size: int) -> Floats:
        """The outputs for the first `size` positions of a batch, arranged, [size]."""

    def parameters(self) -> dict[str, Floats]:
        """The parameters, by the names of `nets.nnue.parameters.ARRAYS`."""

    def state(self) -> dict[str, Any]:
        """Everything that a later `restore` needs, as arrays by name."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""

    def start_from(self, parameters: Mapping[str, Floats]) -> None:
        """Begin with these parameters, by the names of `nets.nnue.parameters.ARRAYS`."""


class KernelSteps:
    """See `Steps`. The same seed and number of threads learn the same."""

    def __init__(
        self, config: NnueConfig, *, seed: int = 1, threads: int = 1, entropy: bool = False, decay: float = 0.0
    ) -> None:
        self.config = config
        self.entropy = entropy
        self.decay = decay
        self.threads = threads
        self._activation = activation_number(config)
        self._count = 0
        self._pool = ThreadPoolExecutor(threads, "learn")
        self._totals = [aligned_zeros((BLOCK, 2, config.width), np.float32) for _ in range(threads)]
        self._begin(fresh_parameters(config, seed))

    def _begin(self, parameters: dict[str, Floats]) -> None:
        self._first = FirstLayer(self.config, parameters["rows"], self.threads)
        self._rest = {name: parameters[name] for name in ARRAYS if name != "rows"}
        self._gradients = [zeros(self.config, self._rest) for _ in range(self.threads)]
        self._moments = [zeros(self.config, self._rest) for _ in range(2)]

    def start_from(self, parameters: Mapping[str, Floats]) -> None:
        own = zeros(self.config)
        for name, array in own.items():
            array[...] = parameters[name]
        self._begin(own)

    def _on_all(self, work: Callable[[int, int, int], _Result], count: int) -> list[_Result]:
        """`work(thread, first, last)` on parts of 0..count-1, on every thread at a time."""
        bounds = np.linspace(0, count, self.threads + 1).astype(int)
        parts = [(number, int(first), int(last)) for number, (first, last) in enumerate(pairwise(bounds))]
        return [future.result() for future in [self._pool.submit(work, *part) for part in parts]]

    def _add_up(self, batch: Batch, size: int) -> None:
        """Write the sums of the first layer."""
        self._first.make_room(len(batch.counts))

        def add_up(_: int, first: int, last: int) -> None:
            self._first.add_up(self._rest["biases"], batch, size, first, last)

        self._on_all(add_up, self._first.tiles)

    def step(self, batch: Batch, size: int, rate: float) -> float:
        self._count += 1
        self._add_up(batch, size)

        def judge(thread: int, first: int, last: int) -> float:
            everything: tuple[Any, ...] = (
                layers(self._rest), self._activation, *self._first.sums_at, self._totals[thread],
                batch.buckets, batch.targets, batch.order, first, last, 1.0 / size, self.entropy,
                layers(self._gradients[thread]),
            )  # fmt: skip
            return float(backward(*everything))

        def learn(thread: int, first: int, last: int) -> None:
            self._first.learn(thread, batch, rate, self._count, self.decay, first, last)

        loss = sum(self._on_all(judge, size)) / size
        self._on_all(learn, self._first.tiles)
        for name, values in self._rest.items():
            gradient, *others = (arrays[name].reshape(-1) for arrays in self._gradients)
            for other in others:
                add_into(gradient, other)
                other[:] = 0
            first, second = (arrays[name].reshape(-1) for arrays in self._moments)
            adam_steps(gradient, first, second, rate, self._count)
            take_steps(values.reshape(-1), gradient, LIMITS[name])
        return loss

    def answers(self, batch: Batch, size: int) -> Floats:
        found = np.zeros(size, np.float32)
        self._add_up(batch, size)

        def answer(thread: int, first: int, last: int) -> None:
            everything: tuple[Any, ...] = (
                layers(self._rest), self._activation, *self._first.sums_at, self._totals[thread],
                batch.buckets, batch.order, first, last, found,
            )  # fmt: skip
            forward(*everything)

        self._on_all(answer, size)
        return found

    def parameters(self) -> dict[str, Floats]:
        return {"rows": untiled(self._first.rows), **self._rest}

    def _arrays(self) -> dict[str, Floats]:
        """Everything that is learnt and remembered, in place."""
        found = {"rows": self._first.rows, **self._rest}
        moments = zip(("first", "second"), self._first.moments, self._first.shared_moments, self._moments, strict=True)
        for kind, of_rows, of_shared, of_rest in moments:
            found |= {f"{kind}/rows": of_rows, f"{kind}/shared": of_shared}
            found |= {f"{kind}/{name}": array for name, array in of_rest.items()}
        return found

    def state(self) -> dict[str, Any]:
        return {"count": np.array([self._count]), **self._arrays()}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._count = int(state["count"][0])
        for name, array in self._arrays().items():
            array[...] = state[name]
