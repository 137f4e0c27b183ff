"""What networks learn from: states with the policy and the outcome that they should have said."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from search.memory import aligned_records
from search.rules import Rules


@dataclass(frozen=True)
class Samples:
    """n states of one game, with targets. Moves are in the order of `search.rules.legal`."""

    states: Any
    """[n] records."""
    repetitions: npt.NDArray[np.int32]
    """[n]: how often each state occurred in its game before."""
    counts: npt.NDArray[np.int32]
    """[n]: legal moves."""
    policy: npt.NDArray[np.float32]
    """[n, max_moves]: what share each legal move should have; 0 beyond the count, and sums to 1."""
    wdl: npt.NDArray[np.float32]
    """[n, 3]: win, draw and loss of the mover; sums to 1."""
    past: Any
    """[n, history] records: the states before each in its game, the newest first."""
    past_repetitions: npt.NDArray[np.int32]
    """[n, history]: how often each of them occurred before itself."""
    past_counts: npt.NDArray[np.int32]
    """[n]: how many of them there are; the rest is scratch space."""
    moves_left: npt.NDArray[np.float32]
    """[n]: plies to the end of the game; NaN where that is not known, as of games that were resigned or cut."""

    @property
    def history(self) -> int:
        """Room for so many earlier states of each."""
        return int(self.past.shape[1])

    def __len__(self) -> int:
        return len(self.counts)

    def take(self, chosen: npt.NDArray[np.int64]) -> Samples:
        """The samples with these numbers."""
        return Samples(*(getattr(self, field.name)[chosen] for field in fields(self)))


def no_samples(rules: Rules, n: int, history: int = 0) -> Samples:
    """Room for n samples, each with so many earlier states."""
    return Samples(
        aligned_records(n, rules.dtype),
        np.zeros(n, np.int32),
        np.zeros(n, np.int32),
        np.zeros((n, rules.max_moves), np.float32),
        np.zeros((n, 3), np.float32),
        aligned_records(n * history, rules.dtype).reshape(n, history),
        np.zeros((n, history), np.int32),
        np.zeros(n, np.int32),
        np.full(n, np.nan, np.float32),
    )
