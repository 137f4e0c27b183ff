"""What earlier cut-offs teach about moves and about the static score: reading and updating the history tables.

Every table forgets as it learns: an update moves an entry towards ±LIMIT by `bonus`, less the nearer it is, so recent
results count most and entries stay within ±LIMIT.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.worker import BUTTERFLY, CORRECTIONS, PIECE_TARGETS, STRUCTURES, TRIED
from search.bits import ZERO, has
from search.kernel import inlined, kernel
from search.rules import gain, mover, origin, side, structure, target, threatened, victim

#: Bound of the move histories.
LIMIT = 16_384
#: Corrections are stored in 256ths of a centipawn within ±this.
CORRECTION_LIMIT = 64 * 256


@inlined
def piece_target(worker: Any, state: Any, move: Any) -> Any:
    """Index of (side, kind of piece, target square) in the continuation and capture histories."""
    return (side(state) * 8 + mover(state, move)) * 64 + target(move)


@inlined
def _previous(worker: Any, ply: Any, plies: Any) -> Any:
    """Index of the move played `plies` plies before the state at `ply`; 0 where there is none."""
    if ply < plies:
        return np.int64(0)
    return worker.plies[ply - plies].piece_target


@inlined
def _structure_row(state: Any) -> Any:
    return np.int64(structure(state, np.int64(0)) & np.uint64(STRUCTURES - 1))


@inlined
def note_threats(worker: Any, ply: Any) -> None:
    """Note which squares the opponent of the mover at `ply` attacks; the butterfly history asks for them."""
    squares = ZERO
    if worker.options.threat_history != 0:
        squares = threatened(worker.states[ply])
    worker.plies[ply].threatened = squares


@inlined
def _butterfly_index(threats: Any, move: Any) -> Any:
    """Index of a move in a side's butterfly history."""
    return np.int64(has(threats, target(move))) << 13 | np.int64(has(threats, origin(move))) << 12 | move & 4095


@inlined
def _quiet_rows(worker: Any, ply: Any, state: Any) -> Any:
    """The rows of all tables that quiet moves of the state at `ply` are looked up in, and what is threatened there."""
    return (
        worker.butterfly[side(state)],
        worker.continuation[_previous(worker, ply, 1)],
        worker.continuation[_previous(worker, ply, 2)],
        worker.continuation[_previous(worker, ply, 4)],
        worker.structures[_structure_row(state)],
        worker.plies[ply].threatened,
    )


@inlined
def _quiet_sum(worker: Any, rows: Any, state: Any, move: Any) -> Any:
    """What the rows say of a quiet move, within ±5 LIMIT."""
    options = worker.options
    squares, first, second, fourth, structures, threats = rows
    # Unsigned, since a signed index is first looked at for being negative.
    index = np.uint64(piece_target(worker, state, move))
    total = np.int64(0)
    if options.butterfly_history != 0:
        total += squares[np.uint64(_butterfly_index(threats, move))]
    if options.continuation_history != 0:
        total += np.int64(first[index]) + second[index] + (np.int64(fourth[index]) >> 1)
    if options.structure_history != 0:
        total += structures[index]
    return total


@kernel
def quiet_history(worker: Any, ply: Any, state: Any, move: Any) -> Any:
    """How promising a quiet move has been, within ±5 LIMIT."""
    return _quiet_sum(worker, _quiet_rows(worker, ply, state), state, move)


@kernel
def score_quiet(worker: Any, ply: Any, state: Any, begin: Any, end: Any, unscored: Any) -> None:
    """Give the moves begin..end-1 of the ply whose score is `unscored` their quiet history."""
    notes = worker.plies[ply]
    rows = _quiet_rows(worker, ply, state)
    for index in range(np.uint64(begin), np.uint64(end)):
        if notes.scores[index] == unscored:
            notes.scores[index] = _quiet_sum(worker, rows, state, np.int64(notes.moves[index]))


@inlined
def capture_history(worker: Any, state: Any, move: Any) -> Any:
    """How promising a capture or promotion has been, within ±LIMIT."""
    if worker.options.capture_history == 0:
        return np.int64(0)
    return np.int64(worker.captures[piece_target(worker, state, move), victim(state, move)])


@inlined
def _moved(value: Any, bonus: Any) -> Any:
    value = np.int64(value)
    return value + bonus - value * abs(bonus) // LIMIT


@inlined
def _learn_squares(worker: Any, ply: Any, state: Any, move: Any, bonus: Any) -> None:
    """The squares of a quiet move of the state at `ply` deserve `bonus`, whatever came before."""
    butterfly = _butterfly_index(worker.plies[ply].threatened, move)
    mine = side(state)
    worker.butterfly[mine, butterfly] = _moved(worker.butterfly[mine, butterfly], bonus)


@kernel
def learn_quiet(worker: Any, ply: Any, state: Any, move: Any, bonus: Any) -> None:
    """A quiet move of the state at `ply` deserves `bonus`."""
    _learn_squares(worker, ply, state, move, bonus)
    index = piece_target(worker, state, move)
    for plies in (1, 2, 4):
        before = _previous(worker, ply, plies)
        worker.continuation[before, index] = _moved(worker.continuation[before, index], bonus)
    row = _structure_row(state)
    worker.structures[row, index] = _moved(worker.structures[row, index], bonus)


@inlined
def _learn_noisy(worker: Any, state: Any, move: Any, bonus: Any) -> None:
    index = piece_target(worker, state, move)
    prey = victim(state, move)
    worker.captures[index, prey] = _moved(worker.captures[index, prey], bonus)


@inlined
def cutoff_bonus(worker: Any, depth: Any) -> Any:
    """What a cut-off at a depth is worth to the move that caused it."""
    parameters = worker.parameters
    return min(parameters.history_slope * depth - parameters.history_offset, parameters.history_most)


@kernel
def learn_cutoff(
    worker: Any, ply: Any, state: Any, depth: Any, move: Any, quiet: Any, quiets: Any, noisies: Any
) -> None:
    """Raise what `move` did by a cut-off, and lower the moves tried before it that did not cause one."""
    bonus = cutoff_bonus(worker, depth)
    notes = worker.plies[ply]
    if quiet:
        if notes.killers[0] != move:
            notes.killers[1] = notes.killers[0]
            notes.killers[0] = move
        if ply > 0:
            worker.counter_moves[_previous(worker, ply, 1)] = move
        learn_quiet(worker, ply, state, move, bonus)
        for index in range(min(quiets, TRIED)):
            other = np.int64(notes.tried_quiet[index])
            if other != move:
                learn_quiet(worker, ply, state, other, -bonus)
    else:
        _learn_noisy(worker, state, move, bonus)
    for index in range(min(noisies, TRIED)):
        other = np.int64(notes.tried_noisy[index])
        if other != move:
            _learn_noisy(worker, state, other, -bonus)


@inlined
def credit_static(worker: Any, ply: Any, lost: Any) -> None:
    """The move that led here, if quiet, lost its side so many centipawns by the static score."""
    move = np.int64(worker.plies[ply - 1].move)
    before = worker.states[ply - 1]
    if worker.options.static_history != 0 and move != 0 and gain(before, move) == 0:
        most = worker.parameters.static_history_most
        _learn_squares(worker, ply - 1, before, move, min(max(-worker.parameters.static_history * lost, -most), most))


@inlined
def credit_reply(worker: Any, ply: Any, depth: Any) -> None:
    """Nothing beat alpha here, so the move that led here, if quiet, was a good one."""
    move = np.int64(worker.plies[ply - 1].move)
    before = worker.states[ply - 1]
    if worker.options.failed_reply_history != 0 and move != 0 and gain(before, move) == 0:
        bonus = cutoff_bonus(worker, depth) * worker.parameters.failed_reply // 1024
        learn_quiet(worker, ply - 1, before, move, bonus)


@inlined
def _correction_slot(worker: Any, ply: Any, state: Any, index: Any) -> Any:
    """Where the correction of a structure, or of the last two moves (index 3), is kept."""
    if index < 3:
        return np.int64(structure(state, index) & np.uint64(CORRECTIONS - 1))
    moves = _previous(worker, ply, 1) * PIECE_TARGETS + _previous(worker, ply, 2)
    return (moves ^ (moves >> 7)) & (CORRECTIONS - 1)


@kernel
def correction(worker: Any, ply: Any, state: Any) -> Any:
    """Centipawns to add to the static score of `state`."""
    mine = side(state)
    total = np.int64(0)
    for index in range(4):
        total += worker.corrections[mine, index, _correction_slot(worker, ply, state, np.int64(index))]
    return total * worker.parameters.correction_weight // 32_768


@kernel
def learn_correction(worker: Any, ply: Any, state: Any, error: Any, depth: Any) -> None:
    """The searched score of `state` differed from its static score by `error` centipawns."""
    mine = side(state)
    weight = min(depth + 1, np.int64(16))
    for index in range(4):
        slot = _correction_slot(worker, ply, state, np.int64(index))
        old = np.int64(worker.corrections[mine, index, slot])
        new = (old * (256 - weight) + error * 256 * weight) // 256
        worker.corrections[mine, index, slot] = min(max(new, np.int64(-CORRECTION_LIMIT)), np.int64(CORRECTION_LIMIT))


@kernel
def age_histories(worker: Any) -> None:
    """Begin a new search: killers go, and the butterfly table is halved in weight."""
    for ply in range(len(worker.plies)):
        worker.plies[ply].killers[0] = 0
        worker.plies[ply].killers[1] = 0
    for mine in range(2):
        for index in range(BUTTERFLY):
            worker.butterfly[mine, index] = worker.butterfly[mine, index] // 2
