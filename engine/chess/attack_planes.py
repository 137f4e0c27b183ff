"""Chess as a small network sees it best: the planes of `chess-planes-1`, and what many layers would have to find out.

A convolution of 3x3 sees one square far, so a small network hardly learns what a bishop attacks from afar, and what can
be taken for nothing. These planes tell it (`chess-attacks-1`), the mover's view like the others::

     0 - 19   as in `chess-planes-1`
    20 - 25   squares that the mover's pawns, knights, bishops, rooks, queens, king attack
    26 - 31   the opponent's
    32        the opponent's pieces whose capture wins material, by exchanges on that square
    33        the mover's, if the opponent were to move; none while the mover is in check, or has nothing but pawns
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.chess.attacks import (
    bishop_attacks,
    king_attacks,
    knight_attacks,
    pawn_attacks,
    rook_attacks,
)
from engine.chess.exchange import exchange
from engine.chess.movegen import noisy
from engine.chess.planes import ChessEncoding, mark, write_planes
from engine.chess.play import pass_turn
from engine.chess.rules import CHESS
from search.bits import ZERO, bit, lsb, without_lowest
from search.kernel import kernel
from search.memory import aligned_records
from search.rules import target

#: The first plane of each kind of fact; see above.
ATTACKS_PLANE, WINNING_PLANE, HANGING_PLANE, ALL_PLANES = 20, 32, 33, 34


@kernel
def _attacked(state: Any, kind: Any, side: Any, occupied: Any) -> Any:
    """Squares that the pieces of a kind attack."""
    squares = ZERO
    pieces = state.pieces[kind] & state.colours[side]
    while pieces != ZERO:
        square = lsb(pieces)
        if kind == 0:
            squares |= pawn_attacks(side, square)
        elif kind == 1:
            squares |= knight_attacks(square)
        elif kind == 5:
            squares |= king_attacks(square)
        if kind == 2 or kind == 4:
            squares |= bishop_attacks(square, occupied)
        if kind == 3 or kind == 4:
            squares |= rook_attacks(square, occupied)
        pieces = without_lowest(pieces)
    return squares


@kernel
def _won(state: Any, moves: Any) -> Any:
    """Pieces of the other side that can be taken with a gain."""
    squares = ZERO
    theirs = state.colours[1 - np.int64(state.side)]
    count = np.int64(noisy(state, moves))
    for index in range(count):
        move = np.int64(moves[index])
        square = bit(target(move))
        if square & theirs & ~squares != ZERO and exchange(state, move, np.int64(1)):
            squares |= square
    return squares


@kernel
def write_attack_planes(states: Any, repetitions: Any, planes: Any, passed: Any, moves: Any) -> None:
    """Write the planes of `states` [n] to `planes`, float32 [n, 34, 8, 8]; `passed`, a state, and `moves` are scratch
    space."""
    for index in range(len(states)):
        state = states[index]
        here = planes[index]
        write_planes(state, repetitions[index], here)
        side = np.int64(state.side)
        flip = side == 1
        occupied = state.colours[0] | state.colours[1]
        for kind in range(6):
            mark(here, ATTACKS_PLANE + kind, _attacked(state, kind, side, occupied), flip)
            mark(here, ATTACKS_PLANE + 6 + kind, _attacked(state, kind, 1 - side, occupied), flip)
        mark(here, WINNING_PLANE, _won(state, moves), flip)
        if pass_turn(state, passed):
            mark(here, HANGING_PLANE, _won(passed, moves), flip)


class AttackEncoding(ChessEncoding):
    """The planes of this module, with the actions of `chess-planes-1`."""

    name = "chess-attacks-1"
    shape = (ALL_PLANES, 8, 8)

    def write(self, states: Any, repetitions: npt.NDArray[np.integer[Any]], planes: npt.NDArray[np.float32]) -> None:
        """See `engine.encoding.Encoding.write`."""
        passed = aligned_records(1, CHESS.dtype)[0]
        write_attack_planes(states, repetitions, planes, passed, np.zeros(CHESS.max_moves, np.int32))
