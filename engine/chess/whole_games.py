"""Whole games of the alpha-beta search against itself as one kernel, and the quiet positions in them.

Nothing of Python runs between the moves. A game ends as chess games do, or is given up: for won when the scores of both
players say so for some plies, for drawn when both say level for some plies late in the game. Quiet positions are those
where a static evaluation can be right: not in check, and the best move neither captures nor promotes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.packed import DRAWN, LOST, WON, pack, set_result, side_to_move
from search.alphabeta.deepening import think
from search.alphabeta.worker import HISTORY_KEYS
from search.bits import ZERO
from search.kernel import kernel
from search.memory import copy_record
from search.rules import ONGOING, ended, gain, play
from search.searcher import MATE, MAX_PLY

#: No game is longer, so buffers of so many positions are never too small.
LONGEST_GAME = 512

#: How games are played, and what the last one was.
COURSE = np.dtype(
    [
        ("nodes", np.int64),  # for each move
        ("opening_score", np.int64),  # a start whose score is further from 0 is not played
        ("won_score", np.int64),  # given up for won beyond this score, in centipawns,
        ("won_plies", np.int64),  # after so many plies
        ("drawn_score", np.int64),  # given up for drawn within this score,
        ("drawn_plies", np.int64),  # after so many plies
        ("drawn_from", np.int64),  # that begin at this ply of the game or later
        ("longest", np.int64),  # drawn at this ply, at most LONGEST_GAME
        ("quiet", np.int64),  # 1: only quiet positions are kept; 0: all of them
        ("most_score", np.int64),  # positions with a score further from 0 are not kept
        ("plies", np.int64),  # of the game that was played
        ("winner", np.int64),  # 0 White, 1 Black, -1 nobody
        ("searched", np.int64),  # nodes of the whole game
    ]
)


@kernel
def _times(worker: Any) -> Any:
    """How many times the state at the root has occurred."""
    here = np.int64(worker.first_ply)
    wanted = worker.states[0].key
    times = np.int64(1)
    for back in range(4, min(np.int64(worker.states[0].halfmove), here) + 1, 2):
        if worker.keys[here - back] == wanted:
            times += 1
    return times


@kernel
def play_game(workers: Any, course: Any, positions: Any) -> Any:
    """Play on from `states[0]`; write the positions of the game that are kept and return their number.

    `workers` comes from `AlphaBeta.bare_worker`; `positions` is an array of `engine.chess.packed.PACKED` [>= longest].
    -1 if the start is not level, or over.
    """
    worker = workers[0]
    state = worker.states[0]
    worker.first_ply = 0
    kept = np.int64(0)
    won = np.int64(0)  # plies so far; negative where Black is winning
    level = np.int64(0)
    winner = np.int64(-1)
    ply = np.int64(0)
    course.searched = 0
    while ply < course.longest:
        worker.keys[worker.first_ply] = state.key
        if ended(state) != ONGOING or _times(worker) >= 3:
            break
        count = think(workers, course.nodes)
        course.searched += worker.nodes
        if count == 0:
            if state.checkers != ZERO:
                winner = 1 - np.int64(state.side)
            break
        score = np.int64(worker.root[0].score)
        move = np.int64(worker.root[0].move)
        if ply == 0 and abs(score) > course.opening_score:
            return np.int64(-1)
        white = score
        if state.side == 1:
            white = -score
        if white >= course.won_score:
            won = max(won, np.int64(0)) + 1
        elif white <= -course.won_score:
            won = min(won, np.int64(0)) - 1
        else:
            won = np.int64(0)
        if abs(white) <= course.drawn_score and ply >= course.drawn_from:
            level += 1
        else:
            level = np.int64(0)
        if won >= course.won_plies:
            winner = np.int64(0)
            break
        if won <= -course.won_plies:
            winner = np.int64(1)
            break
        if level >= course.drawn_plies:
            break
        within = abs(score) <= course.most_score and abs(score) < MATE - MAX_PLY
        if within and (course.quiet == 0 or (state.checkers == ZERO and gain(state, move) == 0)):
            pack(state, positions[kept], score, move, np.int64(DRAWN))
            kept += 1
        child = worker.states[1]
        play(state, child, move)
        copy_record(child, state)
        # What came before a capture or a pawn's move cannot recur.
        worker.first_ply = np.int64(worker.first_ply) + 1
        if state.halfmove == 0 or worker.first_ply >= HISTORY_KEYS:
            worker.first_ply = 0
        ply += 1
    course.plies = ply
    course.winner = winner
    if ply == 0:
        return np.int64(-1)
    if winner >= 0:
        for index in range(kept):
            if side_to_move(positions[index]) == winner:
                set_result(positions[index], np.int64(WON))
            else:
                set_result(positions[index], np.int64(LOST))
    return kept
