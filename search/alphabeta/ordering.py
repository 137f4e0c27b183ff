"""The order in which moves are tried: the table's move, winning captures, killers and the counter move, quiet moves by
history, losing captures.

Scores of the classes lie in disjoint ranges, so picking the highest score left follows that order. Whether a capture
wins is asked of the static exchange only when it is picked, since most nodes need few of their moves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta.history import capture_history, score_quiet
from search.kernel import kernel
from search.largest import first_largest
from search.rules import exchange, gain

TABLE_MOVE = 1 << 30
WINNING = 1 << 24
KILLER = 1 << 22
COUNTER = KILLER - 2
#: A quiet move that was not scored yet; above every score by history.
UNSCORED = 1 << 20
LOSING = -(1 << 24)


@kernel
def order(worker: Any, ply: Any, state: Any, count: Any, table_move: Any) -> None:
    """Score the first `count` moves of the ply; quiet moves that history orders are left for `pick` to score."""
    notes = worker.plies[ply]
    counter = np.int64(0)
    if ply > 0 and worker.options.counter_moves != 0:
        counter = np.int64(worker.counter_moves[worker.plies[ply - 1].piece_target])
    first = notes.killers[0]
    second = notes.killers[1]
    if worker.options.killers == 0:
        first = np.int64(0)
        second = np.int64(0)
    for index in range(np.uint64(count)):
        move = np.int64(notes.moves[index])
        if move == table_move:
            value = np.int64(TABLE_MOVE)
        else:
            won = gain(state, move)
            if won != 0:
                value = WINNING + 16 * won + capture_history(worker, state, move) // 8
            elif move == first:
                value = np.int64(KILLER)
            elif move == second:
                value = np.int64(KILLER - 1)
            elif move == counter:
                value = np.int64(COUNTER)
            else:
                value = np.int64(UNSCORED)
        notes.scores[index] = value


@kernel
def order_noisy(worker: Any, ply: Any, state: Any, count: Any, table_move: Any) -> None:
    """Score the first `count` moves of the ply for quiescence, where quiet moves are few."""
    notes = worker.plies[ply]
    for index in range(np.uint64(count)):
        move = np.int64(notes.moves[index])
        value = 16 * gain(state, move) + capture_history(worker, state, move) // 8
        if move == table_move:
            value = np.int64(TABLE_MOVE)
        notes.scores[index] = value


@kernel
def pick(worker: Any, ply: Any, state: Any, index: Any, count: Any, noisy_only: Any) -> Any:
    """Swap the best of the moves index..count-1 to `index` and return it; losing captures are put off when met.

    With `noisy_only`, quiet moves are passed over; 0 where nothing else is left.
    """
    notes = worker.plies[ply]
    band = np.int64(KILLER) if noisy_only else np.int64(-1)
    while True:
        best = first_largest(notes.scores, index, count, band)
        if best < 0:
            return np.int64(0)
        value = np.int64(notes.scores[best])
        if value == UNSCORED:
            score_quiet(worker, ply, state, index, count, np.int64(UNSCORED))
            continue
        move = np.int64(notes.moves[best])
        if WINNING // 2 < value < TABLE_MOVE and worker.options.static_exchange != 0:
            # History may buy a capture that does not quite pay.
            if not exchange(state, move, np.int64(-30)):
                notes.scores[best] = value - WINNING + LOSING
                continue
        notes.moves[best] = notes.moves[index]
        notes.scores[best] = notes.scores[index]
        notes.moves[index] = move
        notes.scores[index] = value
        return move
