"""The contract of an evaluator: what a tree search asks about states, many at a time.

An evaluator says of each state how good its legal moves look and how the game will probably end. A network is one; so
are random playouts, and the evaluator that knows nothing. Wrappers (a cache, a batcher) are evaluators themselves.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from search.memory import aligned_records
from search.rules import Rules


class Batch(NamedTuple):
    """States to evaluate, and room for the answers; rows beyond the number of states in hand are scratch space."""

    states: Any
    """[n] records of the game, none of them ended."""
    repetitions: npt.NDArray[np.int32]
    """[n]: how often each state occurred in its game before."""
    moves: npt.NDArray[np.int32]
    """[n, max_moves]: the legal moves of each."""
    counts: npt.NDArray[np.int32]
    """[n]: how many there are."""
    logits: npt.NDArray[np.float32]
    """[n, max_moves]: to be written: how good each move looks; the softmax over a state's moves is the policy."""
    wdl: npt.NDArray[np.float32]
    """[n, 3]: to be written: the probabilities of a win, a draw and a loss, the mover's view."""
    moves_left: npt.NDArray[np.float32]
    """[n]: to be written by those who know: how many plies the game will still last; otherwise left as it is."""
    past: Any
    """[n, history] records: the states before each, the newest first."""
    past_repetitions: npt.NDArray[np.int32]
    """[n, history]: how often each of them occurred before itself."""
    past_counts: npt.NDArray[np.int32]
    """[n]: how many of them are known; the rest is scratch space."""

    def first(self, n: int) -> Batch:
        """Views of the first `n` rows."""
        if n == len(self.counts):
            return self  # views of records take microseconds
        return Batch._make(array[:n] for array in self)


def new_batch(rules: Rules, n: int, history: int = 0) -> Batch:
    """Room for `n` states of a game, each with as many earlier ones as `history` says."""
    return Batch(
        aligned_records(n, rules.dtype),
        np.zeros(n, np.int32),
        np.zeros((n, rules.max_moves), np.int32),
        np.zeros(n, np.int32),
        np.zeros((n, rules.max_moves), np.float32),
        np.zeros((n, 3), np.float32),
        np.zeros(n, np.float32),
        aligned_records(n * history, rules.dtype).reshape(n, history),
        np.zeros((n, history), np.int32),
        np.zeros(n, np.int32),
    )


class Evaluator(ABC):
    """Evaluates states of one game, in batches. Equal states get equal answers unless the docstring says otherwise."""

    name: str
    rules: Rules
    history: int = 0
    """How many earlier states it looks at, at most; a batch without them is answered as if there were none."""
    tells_moves_left: bool = False
    """Whether it writes `moves_left`."""

    @abstractmethod
    def evaluate(self, batch: Batch) -> None:
        """Write `logits` and `wdl` of every row of `batch`; finite, and each row of `wdl` sums to 1."""

    def recall(self, batch: Batch) -> npt.NDArray[np.bool_]:
        """Answer the rows of `batch` whose answers are at hand without work, and return which, bool [n]."""
        return np.zeros(len(batch.counts), np.bool_)

    def compile(self) -> None:  # noqa: B027 (a hook that may stay empty)
        """Compile the kernels that an evaluation needs (or load them from the cache)."""

    def reset(self, seed: int) -> None:  # noqa: B027 (a hook that may stay empty)
        """Begin anew where answers are drawn at random; nothing for others."""
