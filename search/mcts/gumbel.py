"""Sequential halving with Gumbel noise at the root, and what comes out of it.

(I. Danihelka and others, "Policy improvement by planning with Gumbel", ICLR 2022.)
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt


@lru_cache(maxsize=1024)
def halving(considered: int, simulations: int) -> tuple[tuple[int, ...], ...]:
    """For each simulation, how many visits the root's move to be tried has; of so many moves, at least 1; in phases.

    Moves are tried equally often; in the next phase the better half of them, and so on, until two are left.
    """
    if considered <= 1:
        return (tuple(range(simulations)),)
    rounds = (considered - 1).bit_length()  # the logarithm to base 2, rounded up
    phases: list[tuple[int, ...]] = []
    visits = [0] * considered
    left, planned = considered, 0
    while planned < simulations:
        phase: list[int] = []
        for _ in range(max(1, simulations // (rounds * left))):
            phase += visits[:left]
            for slot in range(left):
                visits[slot] += 1
        phases.append(tuple(phase[: simulations - planned]))
        planned += len(phase)
        left = max(2, left // 2)
    return tuple(phases)


@lru_cache(maxsize=1024)
def considered_visits(considered: int, simulations: int) -> tuple[int, ...]:
    """The simulations of all phases of `halving`, one after the other."""
    return tuple(visits for phase in halving(considered, simulations) for visits in phase)


def gumbel_noise(count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """Noise whose argmax, added to logits, is a sample of their softmax; [count]."""
    return rng.gumbel(size=count)
