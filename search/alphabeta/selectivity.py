"""Selective depth: which moves are searched less deeply than others, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.ordering import COUNTER, KILLER
from search.alphabeta.table import NO_SCORE
from search.alphabeta.worker import REDUCTIONS
from search.kernel import inlined
from search.rules import exchange, gain

#: What `prospect_of` says of a move.
WORTHWHILE, HOPELESS, LATE = 0, 1, 2


@inlined
def base_reduction(worker: Any, depth: Any, number: Any) -> Any:
    """By how much the move of this number is searched less deeply at a depth, 1024ths of a ply."""
    row = min(depth, np.int64(REDUCTIONS - 1))
    column = min(number, np.int64(REDUCTIONS - 1))
    return np.int64(worker.reductions[row, column])


@inlined
def is_improving(worker: Any, ply: Any, static: Any) -> Any:
    """1 where the mover stands better than at its last turn that was no check, else 0."""
    if ply >= 2 and worker.plies[ply - 2].static != NO_SCORE:
        return np.int64(static > worker.plies[ply - 2].static)
    if ply >= 4 and worker.plies[ply - 4].static != NO_SCORE:
        return np.int64(static > worker.plies[ply - 4].static)
    return np.int64(1)


@inlined
def prospect_of(
    worker: Any, ply: Any, move: Any, depth: Any, number: Any, quiet: Any, gives_check: Any, ordering: Any,
    history: Any, static: Any, improving: Any, alpha: Any,
) -> Any:  # fmt: skip
    """Whether a move of a shallow node is worth a look: WORTHWHILE, HOPELESS, or LATE, as then are all quiet moves."""
    options = worker.options
    parameters = worker.parameters
    state = worker.states[ply]
    if quiet and not gives_check:
        lower = max(depth - base_reduction(worker, depth, number) // 1024, np.int64(0))
        if options.late_move_pruning != 0 and number > (parameters.late_moves + depth * depth) // (2 - improving):
            return np.int64(LATE)
        hope = parameters.futility_base + parameters.futility_slope * lower
        hope += history * parameters.futility_history // 1024
        if options.futility_pruning != 0 and static != NO_SCORE and lower <= 8 and static + hope <= alpha:
            return np.int64(HOPELESS)
        bad = history < -parameters.history_pruning * depth
        if options.history_pruning != 0 and lower <= 4 and bad and ordering < COUNTER:
            return np.int64(HOPELESS)
        if options.static_exchange != 0 and lower <= 8:
            if not exchange(state, move, -parameters.exchange_quiet * lower * lower):
                return np.int64(HOPELESS)
        return np.int64(WORTHWHILE)
    if not quiet and not gives_check and options.futility_pruning != 0 and static != NO_SCORE:
        lower = max(depth - base_reduction(worker, depth, number) // 2048, np.int64(0))
        hope = parameters.noisy_futility_base + parameters.noisy_futility_slope * lower + gain(state, move)
        hope += history * parameters.noisy_futility_history // 1024
        if lower <= 6 and static + hope <= alpha:
            return np.int64(HOPELESS)
    if options.static_exchange != 0 and depth <= 8:
        if ordering < KILLER and not exchange(state, move, -parameters.exchange_noisy * depth):
            return np.int64(HOPELESS)
    return np.int64(WORTHWHILE)


@inlined
def reduction_of(
    worker: Any, ply: Any, depth: Any, number: Any, quiet: Any, gives_check: Any, ordering: Any, history: Any,
    improving: Any, is_pv: Any, pv: Any, cut: Any, table_noisy: Any,
) -> Any:  # fmt: skip
    """Plies by which a late move is searched less deeply first."""
    parameters = worker.parameters
    reduction = base_reduction(worker, depth, number)
    if not quiet:
        reduction = reduction // 2
    reduction += (1 - improving) * parameters.reduction_improving + cut * parameters.reduction_cut
    if gives_check:
        reduction -= parameters.reduction_check
    if is_pv:
        reduction -= parameters.reduction_pv
    elif pv != 0 and worker.options.principal_variation_memory != 0:
        reduction -= parameters.reduction_was_pv
    if table_noisy:
        reduction += parameters.reduction_noisy
    if quiet and ordering >= COUNTER:
        reduction -= parameters.reduction_killer
    reduction -= history * parameters.reduction_history // 1024
    if worker.plies[ply + 1].cutoffs > 3:
        reduction += parameters.reduction_cutoffs
    return reduction // 1024


@inlined
def hindsight(worker: Any, ply: Any, depth: Any, lost: Any) -> Any:
    """Plies to search more or less deeply, now that it is known what a move lost that had been reduced."""
    reduction = worker.plies[ply - 1].reduction
    if worker.options.hindsight_reductions == 0:
        return np.int64(0)
    if reduction >= 3 and lost <= 0:
        return np.int64(1)
    if reduction >= 2 and depth >= 2 and lost > worker.parameters.hindsight_reduction:
        return np.int64(-1)
    return np.int64(0)
