"""Iterative deepening as a kernel, limited by nodes alone: for whole games in a kernel, and for many short searches.

`AlphaBeta.search` looks at clocks and reports, in Python, which takes as long as a thousand nodes. This is the same
search without all that: the same nodes, move and score.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.aspiration import bound_of, depth_less, first_window, wider_window
from search.alphabeta.quiescence import INFINITE
from search.alphabeta.root import begin, rank, search_window
from search.alphabeta.table import AGES, EXACT
from search.kernel import kernel
from search.rules import NO_MOVE
from search.searcher import MAX_PLY


@kernel
def think(workers: Any, nodes: Any) -> Any:
    """Search the state in `states[0]` for `nodes` nodes; the number of its moves, of which `root[0]` is the best.

    `workers` comes from `AlphaBeta.bare_worker`; `first_ply` and the `keys` before it say what was played before.
    """
    worker = workers[0]
    worker.age = (worker.age + 1) % AGES
    worker.node_limit = nodes
    count = np.int64(begin(workers))
    if count == 0:
        return count
    move = np.int64(NO_MOVE)
    score = np.int64(0)
    depth = np.int64(1)
    while depth < MAX_PLY:
        worker.root_depth = depth
        found = np.int64(_search_depth(workers, depth, score))
        if worker.stopped != 0:
            # Of an iteration that was broken off nothing counts but another best move.
            if worker.root[0].move == move:
                worker.root[0].score = score
            break
        score = found
        move = np.int64(worker.root[0].move)
        depth += 1
    if worker.root[0].score == -INFINITE:  # too few nodes for even one move
        worker.root[0].score = 0
    return count


@kernel
def _search_depth(workers: Any, depth: Any, guess: Any) -> Any:
    """Search to `depth` in a window around `guess`, widened until the score lies inside."""
    alpha, beta, width = first_window(workers, depth, guess)
    less = np.int64(0)
    while True:
        score = np.int64(search_window(workers, max(depth - less, np.int64(1)), alpha, beta))
        rank(workers)
        bound = bound_of(score, alpha, beta)
        if workers[0].stopped != 0 or bound == EXACT:
            return score
        less = np.int64(depth_less(workers, less, bound))
        alpha, beta, width = wider_window(alpha, beta, width, score)
