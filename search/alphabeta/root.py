"""The root of an alpha-beta search: its moves, and one window of one iteration over them.

Kernels that are called from Python take a worker as an array of one, `workers`: as an argument a record costs 30
microseconds, since NumPy spells out its dtype each time, and an array one or two.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.history import age_histories, note_threats
from search.alphabeta.node import negamax
from search.alphabeta.quiescence import INFINITE, descend
from search.alphabeta.selectivity import base_reduction
from search.alphabeta.static import corrected, raw_score
from search.alphabeta.table import EXACT, LOWER, NO_SCORE, UPPER, store
from search.alphabeta.worker import ROOT_MOVES
from search.evaluation import refresh
from search.kernel import kernel
from search.rules import gain, in_check, key, legal


@kernel
def begin(workers: Any) -> Any:
    """Prepare the search of the state in `states[0]`: accumulator, root moves (their number is returned), histories."""
    worker = workers[0]
    refresh(worker.accumulators[0], worker.states[0])
    for ply in range(len(worker.plies)):
        notes = worker.plies[ply]
        notes.accumulated = 0
        notes.excluded = 0
        notes.extensions = 0
        notes.cutoffs = 0
        notes.move = 0
        notes.piece_target = 0
        notes.static = NO_SCORE
    worker.plies[0].accumulated = 1
    worker.keys[worker.first_ply] = key(worker.states[0])
    age_histories(worker)
    note_threats(worker, np.int64(0))
    worker.nodes = 0
    worker.stopped = 0
    worker.seldepth = 0
    worker.null_move_ply = 0
    worker.root_first = 0
    worker.root_current = 0
    worker.restricted = 0
    count = min(np.int64(legal(worker.states[0], worker.plies[0].moves)), np.int64(ROOT_MOVES))
    for index in range(count):
        worker.root[index].move = worker.plies[0].moves[index]
        worker.root[index].score = -INFINITE
        worker.root[index].nodes = 0
        worker.root[index].seldepth = 0
        worker.root[index].pv_length = 1
        worker.root[index].pv[0] = worker.root[index].move
    worker.root_count = count
    return count


@kernel
def search_window(workers: Any, depth: Any, alpha: Any, beta: Any) -> Any:
    """Search the root moves from `root_first` on to `depth` within a window; returns the score, fail-soft.

    A move that raises alpha gets its score and line in `root[index]`; the others get -INFINITE. When
    `stopped` is set afterwards, what is recorded holds for the moves that were finished.
    """
    worker = workers[0]
    state = worker.states[0]
    notes = worker.plies[0]
    check = in_check(state)
    notes.static = NO_SCORE
    raw = np.int64(NO_SCORE)
    if not check:
        raw = raw_score(worker, np.int64(0))
        notes.static = corrected(worker, np.int64(0), raw)
    for ply in range(3):
        worker.plies[ply].cutoffs = 0
    old_alpha = alpha
    best = np.int64(-INFINITE)
    best_move = np.int64(0)
    number = np.int64(0)
    for index in range(worker.root_first, worker.root_count):
        move = np.int64(worker.root[index].move)
        worker.root_current = index
        number += 1
        before = worker.nodes
        worker.seldepth = 0
        notes.killers[0] = 0
        descend(worker, np.int64(0), move)
        value = np.int64(-INFINITE)
        if number > 1:
            deeper = depth - 1
            reduced = deeper
            if worker.options.late_move_reductions != 0 and depth >= 3 and number > 3 and gain(state, move) == 0:
                reduced = max(deeper - max(base_reduction(worker, depth, number) // 1024 - 1, 0), np.int64(1))
            value = -negamax(worker, np.int64(1), reduced, -alpha - 1, -alpha, np.int64(1))
            if value > alpha and reduced < deeper and worker.stopped == 0:
                value = -negamax(worker, np.int64(1), deeper, -alpha - 1, -alpha, np.int64(1))
        if (number == 1 or value > alpha) and worker.stopped == 0:
            value = -negamax(worker, np.int64(1), depth - 1, -beta, -alpha, np.int64(0))
        worker.root[index].nodes += worker.nodes - before
        if worker.stopped != 0:
            return best
        if number == 1:
            # What earlier windows found must not compete with what this one finds.
            for other in range(index, worker.root_count):
                worker.root[other].score = -INFINITE
        if number == 1 or value > alpha:
            worker.root[index].score = value
            worker.root[index].seldepth = worker.seldepth
            below = worker.plies[1]
            worker.root[index].pv[0] = move
            for step in range(below.pv_length):
                worker.root[index].pv[step + 1] = below.pv[step]
            worker.root[index].pv_length = below.pv_length + 1
        if value > best:
            best = value
            if value > alpha:
                best_move = move
                alpha = value
                if value >= beta:
                    break
    if worker.root_first == 0 and worker.restricted == 0 and worker.options.transposition_table != 0:
        bound = np.int64(UPPER)
        if best >= beta:
            bound = np.int64(LOWER)
        elif best > old_alpha:
            bound = np.int64(EXACT)
        store(
            worker.table, worker.clusters, worker.age, key(state), np.int64(0),
            best_move, best, raw, depth, bound, np.int64(1),
        )  # fmt: skip
    return best


@kernel
def rank(workers: Any) -> None:
    """Sort the root moves from `root_first` on by score, the best first; equals keep their order."""
    worker = workers[0]
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
