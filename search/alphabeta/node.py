"""The recursion: principal variation search with selective depth, for every state below the root."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.draws import draw_score, end_score, repeated
from search.alphabeta.history import (
    capture_history,
    credit_reply,
    credit_static,
    cutoff_bonus,
    learn_correction,
    learn_cutoff,
    learn_quiet,
    note_threats,
    quiet_history,
)
from search.alphabeta.ordering import COUNTER, order, order_noisy, pick
from search.alphabeta.quiescence import INFINITE, PROVEN, descend, extend_pv, out_of_time, quiescence
from search.alphabeta.selectivity import LATE, WORTHWHILE, hindsight, is_improving, prospect_of, reduction_of
from search.alphabeta.static import corrected, raw_score
from search.alphabeta.table import (
    EXACT,
    LOWER,
    NO_BOUND,
    NO_SCORE,
    UPPER,
    entry_bound,
    entry_depth,
    entry_move,
    entry_pv,
    entry_score,
    entry_static,
    prefetch_entry,
    probe,
    store,
)
from search.alphabeta.worker import TRIED
from search.kernel import inlined, kernel
from search.rules import ONGOING, ended, exchange, gain, in_check, key, legal, noisy, pass_turn, reversible, stuck
from search.searcher import MATE, MAX_PLY


@inlined
def _descend_by_pass(worker: Any, ply: Any) -> Any:
    """Pass the turn into the next ply; False where a null move proves nothing."""
    child = worker.states[ply + 1]
    if not pass_turn(worker.states[ply], child):
        return False
    notes = worker.plies[ply]
    notes.move = 0
    notes.reduction = 0
    notes.piece_target = 0
    worker.keys[worker.first_ply + ply + 1] = key(child)
    worker.plies[ply + 1].accumulated = 0
    prefetch_entry(worker.table, worker.clusters, key(child))
    return True


@inlined
def _remember(
    worker: Any, ply: Any, depth: Any, best: Any, best_move: Any, bound: Any, raw: Any, static: Any, pv: Any
) -> None:
    """Store what was found of a node, and learn how far its static score was off."""
    options = worker.options
    state = worker.states[ply]
    if options.transposition_table != 0:
        store(
            worker.table, worker.clusters, worker.age, key(state), ply,
            best_move, best, raw, depth, bound, pv,
        )  # fmt: skip
    if (
        options.correction_history != 0
        and static != NO_SCORE
        and abs(best) < PROVEN
        and (best_move == 0 or gain(state, best_move) == 0)
        and not (bound == LOWER and best <= static)
        and not (bound == UPPER and best >= static)
    ):
        learn_correction(worker, ply, state, best - static, depth)


@kernel
def negamax(worker: Any, ply: Any, depth: Any, alpha: Any, beta: Any, cut: Any) -> Any:
    """The score of the state at `ply`, searched `depth` plies: fail-soft, the mover's view.

    `cut` is 1 where the node is expected to fail high. The line found lies in `plies[ply].pv`.
    """
    if depth <= 0:
        return quiescence(worker, ply, np.int64(0), alpha, beta)
    state = worker.states[ply]
    notes = worker.plies[ply]
    options = worker.options
    parameters = worker.parameters
    is_pv = beta - alpha > 1
    excluded = notes.excluded
    notes.pv_length = 0
    if out_of_time(worker):
        return np.int64(0)
    if ply > worker.seldepth:
        worker.seldepth = ply

    if excluded == 0:
        if repeated(worker, ply):
            return draw_score(worker)
        verdict = ended(state)
        if verdict != ONGOING:
            return end_score(verdict, ply)
    check = in_check(state)
    if ply >= MAX_PLY:
        return np.int64(0) if check else corrected(worker, ply, raw_score(worker, ply))
    if options.mate_distance_pruning != 0:
        alpha = max(alpha, ply - MATE)
        beta = min(beta, MATE - ply - 1)
        if alpha >= beta:
            return alpha

    # What an earlier visit found.
    state_key = key(state)
    entry = np.uint64(0)
    if excluded == 0 and options.transposition_table != 0:
        entry = probe(worker.table, worker.clusters, state_key)
    table_move = np.int64(0)
    table_score = np.int64(NO_SCORE)
    table_bound = np.int64(NO_BOUND)
    table_depth = np.int64(-1)
    pv = np.int64(is_pv)
    if entry != np.uint64(0):
        table_move = entry_move(entry)
        table_score = entry_score(entry, ply)
        table_bound = entry_bound(entry)
        table_depth = entry_depth(entry)
        pv |= entry_pv(entry)
        if not is_pv and table_depth >= depth and reversible(state) < 90:
            if (
                table_bound == EXACT
                or (table_bound == LOWER and table_score >= beta)
                or (table_bound == UPPER and table_score <= alpha)
            ):
                if table_move != 0 and table_score >= beta and gain(state, table_move) == 0:
                    note_threats(worker, ply)
                    learn_cutoff(
                        worker, ply, state, depth, table_move, True, np.int64(0), np.int64(0)
                    )  # fmt: skip
                return table_score

    if excluded == 0:
        note_threats(worker, ply)

    # The static score, and whether the mover's prospects improve.
    raw = np.int64(NO_SCORE)
    static = np.int64(NO_SCORE)
    estimate = np.int64(NO_SCORE)
    improving = np.int64(0)
    if excluded != 0:
        static = notes.static
        estimate = static
    elif not check:
        if entry != np.uint64(0) and entry_static(entry) != NO_SCORE:
            raw = entry_static(entry)
        else:
            raw = raw_score(worker, ply)
            if entry == np.uint64(0) and options.transposition_table != 0:
                store(
                    worker.table, worker.clusters, worker.age, state_key, ply,
                    np.int64(0), np.int64(0), raw, np.int64(0), np.int64(NO_BOUND), pv,
                )  # fmt: skip
        static = corrected(worker, ply, raw)
        estimate = static
        if (
            table_bound == EXACT
            or (table_bound == LOWER and table_score > static)
            or (table_bound == UPPER and table_score < static)
        ):
            estimate = table_score
    notes.static = static
    if not check:
        improving = np.int64(is_improving(worker, ply, static))
    if not check and excluded == 0 and ply > 0 and worker.plies[ply - 1].static != NO_SCORE:
        lost = worker.plies[ply - 1].static + static
        credit_static(worker, ply, lost)
        depth += hindsight(worker, ply, depth, lost)
    worker.plies[ply + 1].killers[0] = 0
    worker.plies[ply + 1].killers[1] = 0
    worker.plies[ply + 2].cutoffs = 0
    if ply > 0:
        notes.extensions = worker.plies[ply - 1].extensions

    # Cut-offs that need no move of the mover.
    if not is_pv and not check and excluded == 0:
        drop = parameters.razoring_base + parameters.razoring_slope * depth * depth
        if options.razoring != 0 and depth <= 4 and estimate + drop < alpha and alpha < PROVEN:
            value = quiescence(worker, ply, np.int64(0), alpha, alpha + 1)
            if worker.stopped != 0:
                return np.int64(0)
            if value <= alpha:
                return value
        if (
            options.reverse_futility_pruning != 0
            and depth <= 9
            and estimate - parameters.reverse_futility * (depth - improving) >= beta
            and abs(beta) < PROVEN
            and estimate < PROVEN
        ):
            return (estimate + beta) // 2
        if (
            options.null_move != 0
            and depth >= 3
            and estimate >= beta
            and static >= beta - 20 * depth + parameters.null_margin
            and beta > -PROVEN
            and ply >= worker.null_move_ply
            and ply > 0
            and worker.plies[ply - 1].move != 0
            and _descend_by_pass(worker, ply)
        ):
            less = (parameters.null_base + parameters.null_depth * depth) // 1024
            less += min((estimate - beta) // parameters.null_score, np.int64(3))
            value = -negamax(worker, ply + 1, depth - less, -beta, -beta + 1, 1 - cut)
            if worker.stopped != 0:
                return np.int64(0)
            if value >= beta:
                if value >= PROVEN:
                    value = beta
                if worker.null_move_ply != 0 or depth < 14:
                    return value
                # At depth, where it costs little, make sure that this is no zugzwang.
                worker.null_move_ply = ply + 3 * (depth - less) // 4
                checked = negamax(worker, ply, depth - less, beta - 1, beta, np.int64(0))
                worker.null_move_ply = 0
                if worker.stopped != 0:
                    return np.int64(0)
                if checked >= beta:
                    return value
        margin = beta + parameters.probcut - parameters.probcut_improving * improving
        if (
            options.probcut != 0
            and depth >= 5
            and abs(beta) < PROVEN
            and not (table_depth >= depth - 3 and table_score < margin)
        ):
            sure = beta + parameters.probcut_table
            if table_bound == LOWER and table_depth >= depth - 4 and sure <= table_score < PROVEN:
                return sure
            tries = np.int64(noisy(state, notes.moves))
            order_noisy(worker, ply, state, tries, table_move)
            for index in range(tries):
                move = pick(worker, ply, state, np.int64(index), tries, False)
                if not exchange(state, move, margin - static):
                    continue
                descend(worker, ply, move)
                value = -quiescence(worker, ply + 1, np.int64(0), -margin, -margin + 1)
                if value >= margin and worker.stopped == 0:
                    value = -negamax(worker, ply + 1, depth - 4, -margin, -margin + 1, 1 - cut)
                if worker.stopped != 0:
                    return np.int64(0)
                if value >= margin:
                    store(
                        worker.table, worker.clusters, worker.age, state_key, ply,
                        move, value, raw, depth - 3, np.int64(LOWER), pv,
                    )  # fmt: skip
                    return value

    if options.internal_iterative_reductions != 0 and depth >= 4 and table_move == 0 and (is_pv or cut != 0):
        depth -= 1

    count = np.int64(legal(state, notes.moves))
    if count == 0:
        return end_score(stuck(state), ply)
    order(worker, ply, state, count, table_move)

    table_noisy = table_move != 0 and gain(state, table_move) != 0
    old_alpha = alpha
    best = np.int64(-INFINITE)
    best_move = np.int64(0)
    tried = np.int64(0)
    quiets = np.int64(0)
    noisies = np.int64(0)
    skip_quiets = False
    for index in range(count):
        move = pick(worker, ply, state, np.int64(index), count, skip_quiets)
        if move == 0:
            break
        if move == excluded:
            continue
        quiet = gain(state, move) == 0
        ordering = np.int64(notes.scores[index])
        history = ordering
        if quiet:
            if abs(ordering) >= COUNTER:
                history = quiet_history(worker, ply, state, move)
        else:
            history = capture_history(worker, state, move)
        tried += 1

        # Is the table's move much better than all others, or one of several that beat beta?
        extension = np.int64(0)
        if (
            options.singular_extensions != 0
            and move == table_move
            and excluded == 0
            and ply > 0
            and ply < 2 * worker.root_depth
            and depth >= 7
            and table_depth >= depth - 3
            and table_bound >= LOWER
            and abs(table_score) < PROVEN
        ):
            singular = table_score - parameters.singular_margin * depth // 1024
            notes.excluded = move
            value = negamax(worker, ply, (depth - 1) // 2, singular - 1, singular, cut)
            notes.excluded = 0
            if worker.stopped != 0:
                return np.int64(0)
            # The search above wrote over this ply's list of moves.
            count = np.int64(legal(state, notes.moves))
            order(worker, ply, state, count, table_move)
            move = pick(worker, ply, state, np.int64(index), count, False)
            notes.static = static
            notes.pv_length = 0
            if value < singular:
                extension = np.int64(1)
                if not is_pv and value < singular - parameters.singular_double and notes.extensions < 8:
                    extension = np.int64(2)
                    notes.extensions += 1
            elif singular >= beta:
                return singular
            elif table_score >= beta:
                extension = np.int64(-2)
            elif cut != 0:
                extension = np.int64(-1)

        descend(worker, ply, move)
        gives_check = in_check(worker.states[ply + 1])

        if best > -PROVEN and ply > 0:
            prospect = prospect_of(
                worker, ply, move, depth, tried, quiet, gives_check, ordering, history, static, improving, alpha
            )
            if prospect == LATE:
                skip_quiets = True
            if prospect != WORTHWHILE:
                continue

        if (
            extension == 0
            and gives_check
            and options.check_extensions != 0
            and ply < 2 * worker.root_depth
            and depth <= 8
            and exchange(state, move, np.int64(0))
        ):
            extension = np.int64(1)
        deeper = depth - 1 + extension

        value = np.int64(-INFINITE)
        if options.late_move_reductions != 0 and depth >= 2 and tried > 1 + np.int64(is_pv):
            less = reduction_of(
                worker, ply, depth, tried, quiet, gives_check, ordering, history, improving, is_pv, pv, cut, table_noisy
            )
            reduced = min(max(deeper - less, np.int64(1)), deeper)
            notes.reduction = deeper - reduced
            value = -negamax(worker, ply + 1, reduced, -alpha - 1, -alpha, np.int64(1))
            notes.reduction = 0
            if value > alpha and reduced < deeper and worker.stopped == 0:
                # Better than it was given credit for: look deeper, by a ply more or less as it stands out.
                if value > best + parameters.deeper and best > -PROVEN:
                    deeper += 1
                elif value < best + parameters.shallower:
                    deeper -= 1
                if reduced < deeper:
                    value = -negamax(worker, ply + 1, deeper, -alpha - 1, -alpha, 1 - cut)
                if quiet and worker.stopped == 0 and options.second_look_history != 0:
                    if value <= alpha:
                        learn_quiet(worker, ply, state, move, -cutoff_bonus(worker, deeper))
                    elif value >= beta:
                        learn_quiet(worker, ply, state, move, cutoff_bonus(worker, deeper))
        elif not is_pv or tried > 1:
            value = -negamax(worker, ply + 1, deeper, -alpha - 1, -alpha, 1 - cut)
        if is_pv and (tried == 1 or value > alpha) and worker.stopped == 0:
            value = -negamax(worker, ply + 1, deeper, -beta, -alpha, np.int64(0))
        if worker.stopped != 0:
            return np.int64(0)

        if value > best:
            best = value
            if value > alpha:
                best_move = move
                if is_pv:
                    extend_pv(worker, ply, move)
                if value >= beta:
                    notes.cutoffs += 1
                    learn_cutoff(worker, ply, state, depth, move, quiet, quiets, noisies)
                    break
                alpha = value
                if options.raised_alpha_reductions != 0 and 2 < depth < 14 and abs(value) < PROVEN:
                    depth -= 2
        if quiet:
            if quiets < TRIED:
                notes.tried_quiet[quiets] = move
            quiets += 1
        else:
            if noisies < TRIED:
                notes.tried_noisy[noisies] = move
            noisies += 1

    if tried == 0:
        # Only the excluded move was there.
        return alpha
    if options.softened_cutoffs != 0 and best >= beta and max(abs(best), abs(beta)) < PROVEN:
        best = (best * depth + beta) // (depth + 1)
    if excluded == 0:
        if best <= old_alpha and ply > 0:
            credit_reply(worker, ply, depth)
        bound = np.int64(UPPER)
        if best >= beta:
            bound = np.int64(LOWER)
        elif best > old_alpha:
            bound = np.int64(EXACT)
        _remember(worker, ply, depth, best, best_move, bound, raw, static, pv)
    return best
