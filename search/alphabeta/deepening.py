"""Iterative deepening as a kernel, limited by nodes alone: for whole games in a kernel, and for many short searches.

`AlphaBeta.search` looks at clocks, reports, and ranks its moves in Python, which takes as long as a thousand nodes.
This is the same search without all that: the same nodes, move and score.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.quiescence import INFINITE
from search.alphabeta.root import begin, search_window
from search.alphabeta.table import AGES
from search.kernel import kernel
from search.searcher import MAX_PLY

#: The depth from which there is an aspiration window, and the half width beyond which it is given up.
WINDOW_DEPTH, WIDEST_WINDOW = 4, 700


@kernel
def think(worker: Any, nodes: Any) -> Any:
    """Search the state in `states[0]` for `nodes` nodes; the number of its moves, of which `root[0]` is the best.

    `worker` comes from `AlphaBeta.bare_worker`; `first_ply` and the `keys` before it say what was played before.
    """
    worker.age = (worker.age + 1) % AGES
    worker.node_limit = nodes
    count = np.int64(begin(worker))
    if count == 0:
        return count
    score = np.int64(0)
    depth = np.int64(1)
    while depth < MAX_PLY:
        worker.root_depth = depth
        score = _widen(worker, depth, score)
        if worker.stopped != 0:
            break
        depth += 1
    if worker.root[0].score == -INFINITE:  # too few nodes for even one move
        worker.root[0].score = 0
    return count


@kernel
def _widen(worker: Any, depth: Any, guess: Any) -> Any:
    """Search to `depth` in a window around `guess`, widened until the score lies inside."""
    alpha = np.int64(-INFINITE)
    beta = np.int64(INFINITE)
    width = np.int64(worker.parameters.aspiration)
    if depth >= WINDOW_DEPTH and worker.options.aspiration_windows != 0:
        alpha = max(guess - width, np.int64(-INFINITE))
        beta = min(guess + width, np.int64(INFINITE))
    while True:
        score = np.int64(search_window(worker, depth, alpha, beta))
        rank(worker)
        if worker.stopped != 0:
            return score
        failed_low = score <= alpha and alpha > -INFINITE
        failed_high = score >= beta and beta < INFINITE
        if not failed_low and not failed_high:
            return score
        width += width // 2 + 5
        if failed_low:
            beta = (alpha + beta) // 2
            alpha = max(score - width, np.int64(-INFINITE))
        else:
            beta = min(score + width, np.int64(INFINITE))
        if width > WIDEST_WINDOW:
            alpha = np.int64(-INFINITE)
            beta = np.int64(INFINITE)


@kernel
def rank(worker: Any) -> None:
    """Sort the root moves from `root_first` on by score, the best first; equals keep their order."""
    for end in range(worker.root_first + 1, worker.root_count):
        index = np.int64(end)
        while index > worker.root_first and worker.root[index].score > worker.root[index - 1].score:
            _swap(worker.root[index], worker.root[index - 1])
            index -= 1


@kernel
def _swap(one: Any, other: Any) -> None:
    for step in range(max(one.pv_length, other.pv_length)):
        move = one.pv[step]
        one.pv[step] = other.pv[step]
        other.pv[step] = move
    length = one.pv_length
    one.pv_length = other.pv_length
    other.pv_length = length
    move = one.move
    one.move = other.move
    other.move = move
    score = one.score
    one.score = other.score
    other.score = score
    nodes = one.nodes
    one.nodes = other.nodes
    other.nodes = nodes
    seldepth = one.seldepth
    one.seldepth = other.seldepth
    other.seldepth = seldepth
