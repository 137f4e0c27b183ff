"""The record that one search thread works on: states and notes for each ply, history tables, and the root's moves.

A kernel of the search takes this one record. What threads share (the transposition table, the stop flag) lies behind
addresses. The dtype differs for each pair of game and evaluation, and one of its field names holds a digest of their
kernels' sources: an edited game is another type, so Numba's cache cannot mistake the one for the other.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from search.alphabeta.options import OPTIONS
from search.alphabeta.parameters import PARAMETERS, Parameters, write_parameters
from search.evaluation import Evaluation
from search.memory import padded, record_reader
from search.rules import Rules
from search.searcher import MAX_PLY

#: Plies of states and notes: the deepest line, and room for a null move's child and the ply below.
PLIES = MAX_PLY + 2
#: Keys of earlier states kept for repetition: more than the fifty-move rule lets recur.
HISTORY_KEYS = 256
#: Quiet and noisy moves tried at a node that are remembered, to lower their history after a cut-off.
TRIED = 64
#: Size of a side's part of the butterfly history: two squares, and whether the opponent attacks them.
BUTTERFLY = 4 * 64 * 64
#: Size of one axis of the continuation history: side, kind of piece, target square.
PIECE_TARGETS = 2 * 8 * 64
#: Entries of a correction table; a power of two.
CORRECTIONS = 16_384
#: Structures that the structure history tells apart; a power of two.
STRUCTURES = 512
#: Rows and columns (depth, number of the move) of the table of reductions.
REDUCTIONS = 64
#: The most root moves.
ROOT_MOVES = 1024

#: A root move with what the search found about it.
ROOT_MOVE = padded(
    [
        ("move", np.int64),
        ("score", np.int64),  # of this iteration; -INFINITE where only a bound is known
        ("nodes", np.int64),  # visited below it, over all iterations
        ("seldepth", np.int64),
        ("pv_length", np.int64),
        ("pv", np.int32, (PLIES,)),
    ]
)

#: What the threads of one search share.
SIGNALS = padded([("stop", np.int64)])
signals_at = record_reader(SIGNALS)


def _ply_dtype(max_moves: int) -> np.dtype[Any]:
    return padded(
        [
            ("move", np.int64),  # the move played from this ply, NO_MOVE for a pass
            ("piece_target", np.int64),  # its index in the continuation history
            ("static", np.int64),  # corrected static score, mover's view; NO_SCORE in check
            ("excluded", np.int64),  # move that a singular search leaves out
            ("extensions", np.int64),  # double extensions on the way here
            ("accumulated", np.int64),  # whether the accumulator of this ply is up to date
            ("in_check", np.int64),
            ("threatened", np.uint64),  # squares that the opponent attacks, for the butterfly history
            ("cutoffs", np.int64),  # beta cut-offs among the children of the parent's siblings
            ("reduction", np.int64),  # plies by which the move played from here is searched less deeply
            ("killers", np.int64, (2,)),
            ("tried_quiet", np.int32, (TRIED,)),
            ("tried_noisy", np.int32, (TRIED,)),
            ("moves", np.int32, (max_moves,)),
            ("scores", np.int32, (max_moves,)),  # of `moves`; what follows may be read by `search.largest`
            ("pv_length", np.int64),
            ("pv", np.int32, (PLIES,)),
        ]
    )


@lru_cache
def worker_dtype(rules: Rules, evaluation: Evaluation) -> np.dtype[Any]:
    """The dtype of the record of one search thread for this game and this evaluation."""
    return padded(
        [
            ("states", rules.dtype, (PLIES,)),
            ("accumulators", evaluation.dtype, (PLIES,)),
            ("plies", _ply_dtype(rules.max_moves), (PLIES,)),
            ("keys", np.uint64, (HISTORY_KEYS + PLIES,)),  # of the game so far, then of the line being searched
            ("first_ply", np.int64),  # index in `keys` of the root
            ("options", OPTIONS),
            ("parameters", PARAMETERS),
            ("signals", np.uint64),  # address of SIGNALS
            ("table", np.uint64),  # address of the transposition table
            ("clusters", np.uint64),
            ("age", np.int64),
            ("nodes", np.int64),
            ("node_limit", np.int64),
            ("seldepth", np.int64),
            ("stopped", np.int64),
            ("null_move_ply", np.int64),  # no null move above this ply, during a verification search
            ("root_depth", np.int64),
            ("root_count", np.int64),
            ("root_first", np.int64),  # first root move of the current line: earlier ones are better lines (MultiPV)
            ("root_current", np.int64),  # index of the root move being searched
            ("restricted", np.int64),  # whether some legal root moves are left out, so that the score is not the root's
            ("root", ROOT_MOVE, (ROOT_MOVES,)),
            ("reductions", np.int32, (REDUCTIONS, REDUCTIONS)),  # 1024ths of a ply
            ("butterfly", np.int16, (2, BUTTERFLY)),  # side; whether to and from are threatened, to, from
            ("captures", np.int16, (PIECE_TARGETS, 8)),  # side, piece, to; victim
            ("counter_moves", np.int32, (PIECE_TARGETS,)),
            ("continuation", np.int16, (PIECE_TARGETS, PIECE_TARGETS)),
            ("structures", np.int16, (STRUCTURES, PIECE_TARGETS)),  # key of the structure; side, piece, to
            ("corrections", np.int32, (2, 4, CORRECTIONS)),  # side; kind of structure, or the last two moves; its key
            (f"sources_{rules.digest}_{evaluation.digest}", np.int64),
        ]
    )


def set_parameters(worker: Any, parameters: Parameters) -> None:
    """Write the parameters, and the table of late move reductions by depth and number of the move, 1024ths of a ply."""
    write_parameters(worker.parameters, parameters)
    rows = np.log(np.maximum(np.arange(REDUCTIONS), 1))
    reductions = np.round(parameters.reduction_base + parameters.reduction_slope * np.outer(rows, rows)).astype(
        np.int32
    )
    reductions[0, :] = 0
    reductions[:, 0] = 0
    worker.reductions[:] = reductions
