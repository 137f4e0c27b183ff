"""Scores of all legal moves at once, by a quiescence search after each: shallow, and far cheaper than a search."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.quiescence import INFINITE, descend, quiescence
from search.evaluation import refresh
from search.kernel import kernel
from search.memory import copy_record
from search.rules import key, legal


@kernel
def score_moves(workers: Any, states: Any, moves: Any, scores: Any) -> None:
    """Write the score of each legal move of `states` [n] to `scores` [n, most moves], in centipawns, the mover's view.

    `workers` comes from `AlphaBeta.bare_worker`; `moves` is scratch space.
    """
    worker = workers[0]
    for row in range(len(states)):
        copy_record(states[row], worker.states[0])
        worker.first_ply = 0
        worker.keys[0] = key(worker.states[0])
        worker.nodes = 0
        worker.node_limit = np.int64(1) << 40
        worker.stopped = 0
        refresh(worker.accumulators[0], worker.states[0])
        worker.plies[0].accumulated = 1
        count = np.int64(legal(worker.states[0], moves))
        for index in range(count):
            descend(worker, np.int64(0), np.int64(moves[index]))
            value = quiescence(worker, np.int64(1), np.int64(0), np.int64(-INFINITE), np.int64(INFINITE))
            scores[row, index] = -value
