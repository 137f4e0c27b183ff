"""Aspiration windows: each iteration searches around the score of the one before, and wider where that was wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.quiescence import INFINITE
from search.alphabeta.table import EXACT, LOWER, UPPER
from search.kernel import kernel

#: The depth from which there is a window, and the half width beyond which it is given up.
WINDOW_DEPTH, WIDEST_WINDOW = 4, 700


@kernel
def first_window(workers: Any, depth: Any, guess: Any) -> Any:
    """The bounds (alpha, beta) of the first search to `depth`, and the half width of its window around `guess`."""
    worker = workers[0]
    width = np.int64(worker.parameters.aspiration)
    if depth < WINDOW_DEPTH or worker.options.aspiration_windows == 0:
        return np.int64(-INFINITE), np.int64(INFINITE), width
    return max(guess - width, np.int64(-INFINITE)), min(guess + width, np.int64(INFINITE)), width


@kernel
def bound_of(score: Any, alpha: Any, beta: Any) -> Any:
    """What the score of a search in a window says of the true one: EXACT, UPPER or LOWER."""
    if score <= alpha and alpha > -INFINITE:
        return np.int64(UPPER)
    if score >= beta and beta < INFINITE:
        return np.int64(LOWER)
    return np.int64(EXACT)


@kernel
def depth_less(workers: Any, less: Any, bound: Any) -> Any:
    """By how many plies less deeply to search again after `bound`, when the last search had `less`."""
    if bound == LOWER and workers[0].options.failed_high_reductions != 0:
        return less + 1
    return np.int64(0)


@kernel
def wider_window(alpha: Any, beta: Any, width: Any, score: Any) -> Any:
    """The bounds and the half width of the search after one whose score was not inside (alpha, beta)."""
    width += width // 2 + 5
    if width > WIDEST_WINDOW:
        return np.int64(-INFINITE), np.int64(INFINITE), width
    if score <= alpha:
        return max(score - width, np.int64(-INFINITE)), (alpha + beta) // 2, width
    return alpha, min(score + width, np.int64(INFINITE)), width
