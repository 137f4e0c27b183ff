"""Quiescence: captures, promotions, answers to check and first quiet checks, until the static score can be trusted."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.draws import draw_score, end_score, repeated
from search.alphabeta.history import note_threats, piece_target
from search.alphabeta.ordering import order, order_noisy, pick
from search.alphabeta.static import corrected, raw_score
from search.alphabeta.table import (
    EXACT,
    LOWER,
    NO_SCORE,
    UPPER,
    entry_bound,
    entry_move,
    entry_pv,
    entry_score,
    entry_static,
    prefetch_entry,
    probe,
    store,
)
from search.alphabeta.worker import signals_at
from search.kernel import inlined, kernel
from search.rules import ONGOING, checks, ended, exchange, gain, in_check, key, legal, noisy, play, stuck
from search.searcher import MATE, MAX_PLY

#: No score reaches this.
INFINITE = MATE + 1
#: Scores at or beyond ± this are proven ends.
PROVEN = MATE - MAX_PLY


@inlined
def out_of_time(worker: Any) -> Any:
    """Count a node, and say whether the search must end here; `stopped` then stays set."""
    worker.nodes += 1
    if signals_at(worker.signals).stop != 0 or worker.nodes > worker.node_limit:
        worker.stopped = 1
    return worker.stopped != 0


@inlined
def descend(worker: Any, ply: Any, move: Any) -> None:
    """Play `move` from the state at `ply` into the next one."""
    state = worker.states[ply]
    notes = worker.plies[ply]
    notes.move = move
    notes.reduction = 0
    notes.piece_target = piece_target(worker, state, move)
    play(state, worker.states[ply + 1], move)
    child_key = key(worker.states[ply + 1])
    worker.keys[worker.first_ply + ply + 1] = child_key
    worker.plies[ply + 1].accumulated = 0
    prefetch_entry(worker.table, worker.clusters, child_key)


@inlined
def extend_pv(worker: Any, ply: Any, move: Any) -> None:
    """The line of `ply` becomes `move` and the line of the ply below."""
    notes = worker.plies[ply]
    below = worker.plies[ply + 1]
    notes.pv[0] = move
    length = min(below.pv_length, np.int64(MAX_PLY - 1))
    for index in range(length):
        notes.pv[index + 1] = below.pv[index]
    notes.pv_length = length + 1


@kernel
def quiescence(worker: Any, ply: Any, depth: Any, alpha: Any, beta: Any) -> Any:
    """The score of the state at `ply` once the noise has settled: fail-soft, the mover's view; `depth` is 0 or less."""
    state = worker.states[ply]
    notes = worker.plies[ply]
    options = worker.options
    notes.pv_length = 0
    if out_of_time(worker):
        return np.int64(0)
    if ply > worker.seldepth:
        worker.seldepth = ply
    if repeated(worker, ply):
        return draw_score(worker)
    verdict = ended(state)
    if verdict != ONGOING:
        return end_score(verdict, ply)
    check = in_check(state)
    if ply >= MAX_PLY:
        return np.int64(0) if check else corrected(worker, ply, raw_score(worker, ply))

    state_key = key(state)
    entry = np.uint64(0)
    if options.transposition_table != 0:
        entry = probe(worker.table, worker.clusters, state_key)
    table_move = np.int64(0)
    pv = np.int64(beta - alpha > 1)
    if entry != np.uint64(0):
        pv |= entry_pv(entry)
        table_move = entry_move(entry)
        known = entry_score(entry, ply)
        bound = entry_bound(entry)
        if beta - alpha == 1 and (
            bound == EXACT or (bound == LOWER and known >= beta) or (bound == UPPER and known <= alpha)
        ):
            return known

    raw = np.int64(NO_SCORE)
    best = np.int64(-INFINITE)
    old_alpha = alpha
    if not check:
        if entry != np.uint64(0) and entry_static(entry) != NO_SCORE:
            raw = entry_static(entry)
        else:
            raw = raw_score(worker, ply)
        best = corrected(worker, ply, raw)
        if entry != np.uint64(0):
            known = entry_score(entry, ply)
            bound = entry_bound(entry)
            if bound == EXACT or (bound == LOWER and known > best) or (bound == UPPER and known < best):
                best = known
        if best >= beta:
            if options.transposition_table != 0 and entry == np.uint64(0):
                store(
                    worker.table, worker.clusters, worker.age, state_key, ply,
                    np.int64(0), best, raw, np.int64(0), np.int64(LOWER), pv,
                )  # fmt: skip
            return best
        alpha = max(alpha, best)
    futile = best + worker.parameters.quiescence_futility

    if check:
        count = np.int64(legal(state, notes.moves))
        if count == 0:
            return end_score(stuck(state), ply)
        note_threats(worker, ply)
        order(worker, ply, state, count, table_move)
    else:
        count = np.int64(noisy(state, notes.moves))
        if depth == 0 and options.quiescence_checks != 0:
            count += np.int64(checks(state, notes.moves[count:]))
        order_noisy(worker, ply, state, count, table_move)

    best_move = np.int64(0)
    answers = np.int64(0)
    for index in range(count):
        move = pick(worker, ply, state, np.int64(index), count, False)
        if best > MAX_PLY - MATE:
            won = gain(state, move)
            if check:
                # Answers to the check were found that do not lose at once: two quiet ones are enough.
                answers += np.int64(won == 0)
                if answers > 2:
                    continue
            elif options.static_exchange != 0:
                if won != 0 and options.futility_pruning != 0 and futile + won <= alpha:
                    best = max(best, futile + won)
                    continue
                if not exchange(state, move, np.int64(0)):
                    continue
        descend(worker, ply, move)
        value = -quiescence(worker, ply + 1, depth - 1, -beta, -alpha)
        if worker.stopped != 0:
            return np.int64(0)
        if value > best:
            best = value
            if value > alpha:
                best_move = move
                if beta - old_alpha > 1:
                    extend_pv(worker, ply, move)
                if value >= beta:
                    break
                alpha = value

    if options.softened_cutoffs != 0 and best >= beta and max(abs(best), abs(beta)) < PROVEN:
        best = (best + beta) // 2
    if options.transposition_table != 0:
        bound = np.int64(LOWER) if best >= beta else np.int64(UPPER)
        store(
            worker.table, worker.clusters, worker.age, state_key, ply,
            best_move, best, raw, np.int64(0), bound, pv,
        )  # fmt: skip
    return best
