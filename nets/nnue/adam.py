"""Steps of Adam (D. Kingma and J. Ba, 2015) as kernels, over flat float32 arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.kernel import kernel


@kernel
def adam_steps(gradient: Any, first: Any, second: Any, rate: Any, step: Any) -> None:
    """Bring the moments up to date, and put in the place of the gradient what is to be taken off the parameters.

    `step` counts from 1.
    """
    b1 = np.float32(0.9)
    b2 = np.float32(0.999)
    one = np.float32(1)
    pace = np.float32(rate / (1.0 - 0.9**step))
    c2 = np.float32(1.0 / (1.0 - 0.999**step))
    tiny = np.float32(1e-8)
    for i in range(len(gradient)):
        g = gradient[i]
        m = b1 * first[i] + (one - b1) * g
        v = b2 * second[i] + (one - b2) * g * g
        first[i] = m
        second[i] = v
        gradient[i] = pace * m / (np.sqrt(v * c2) + tiny)


@kernel
def take_steps(values: Any, steps: Any, limit: Any) -> None:
    """values -= steps, held within ±limit; steps = 0."""
    most = np.float32(limit)
    for i in range(len(values)):
        values[i] = min(max(values[i] - steps[i], -most), most)
        steps[i] = np.float32(0)


@kernel
def take_decayed_steps(values: Any, steps: Any, others: Any, keep: Any, limit: Any) -> None:
    """The same less others' steps as well, and with `keep` times the values (I. Loshchilov and F. Hutter, 2019)."""
    share = np.float32(keep)
    most = np.float32(limit)
    for i in range(len(values)):
        values[i] = min(max(share * values[i] - steps[i] - others[i], -most), most)


@kernel
def add_into(total: Any, other: Any) -> None:
    """total += other."""
    for i in range(len(total)):
        total[i] += other[i]
