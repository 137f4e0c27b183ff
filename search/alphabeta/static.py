"""The static score at a ply: accumulators brought up to date when they are needed, and the learnt correction."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.history import correction
from search.evaluation import SCORE_LIMIT, advance, score
from search.kernel import inlined, kernel


@kernel
def raw_score(worker: Any, ply: Any) -> Any:
    """The evaluation's score of the state at `ply`; advances the accumulators from the last one that is up to date."""
    known = ply
    while worker.plies[known].accumulated == 0:
        known -= 1
    while known < ply:
        advance(
            worker.accumulators[known + 1],
            worker.accumulators[known],
            worker.states[known],
            worker.states[known + 1],
            worker.plies[known].move,
        )
        known += 1
        worker.plies[known].accumulated = 1
    return np.int64(score(worker.accumulators[ply], worker.states[ply]))


@inlined
def corrected(worker: Any, ply: Any, raw: Any) -> Any:
    """The raw score with what the correction history has learnt, within ±SCORE_LIMIT."""
    if worker.options.correction_history == 0:
        return raw
    value = raw + correction(worker, ply, worker.states[ply])
    return min(max(value, np.int64(-SCORE_LIMIT)), np.int64(SCORE_LIMIT))
