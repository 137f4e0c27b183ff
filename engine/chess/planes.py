"""Chess as a network sees it: 20 planes of 8x8 for a position, and 73x64 actions for its moves.

After Silver et al., "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play",
Science 362, 2018, supplementary tables S1 and S2; without earlier positions, of which a repetition count is what the
rules need. Everything is the mover's view: for Black the board is turned upside down, files stay.

Planes, float32 [20, 8, 8], indexed [plane, rank, file] from the mover's first rank and the a-file::

     0 -  5   the mover's pawns, knights, bishops, rooks, queens, king
     6 - 11   the opponent's
    12        the mover's rooks that may still castle (their squares, which also serves Chess960)
    13        the opponent's
    14        the square of a possible en passant capture
    15        plies since the last capture or pawn move, in hundredths, at most 1, everywhere
    16        1 everywhere if the position occurred before
    17        1 everywhere if it occurred twice or more before
    18        1 everywhere if Black is to move
    19        1 everywhere, which shows a convolution the edge

Actions: `64 * plane + from`, where `from` is the square of the piece that moves and the plane says how::

     0 - 55   as a queen: 7 * direction + distance - 1, distance 1..7;   directions     7  0  1
              also castling (the king moves onto its rook)                              6  .  2
              and promotion to a queen                                                  5  4  3
    56 - 63   as a knight: 56 + leap;                                    leaps       . 7 . 0 .
                                                                                     6 . . . 1
                                                                                     . . N . .
                                                                                     5 . . . 2
                                                                                     . 4 . 3 .
    64 - 72   promotion to less than a queen: 64 + 3 * piece + side,
              piece 0 knight, 1 bishop, 2 rook;
              side 0 captures towards the a-file, 1 straight on, 2 captures towards the h-file
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.chess.movegen import legal
from engine.chess.rules import CHESS
from engine.chess.state import PROMOTE_KNIGHT, PROMOTE_ROOK
from engine.encoding import Encoding
from search.bits import ZERO, bit, byteswap, lsb, without_lowest
from search.kernel import inlined, kernel
from search.rules import State, origin, target

PLANES = 20
#: Plane of each kind of fact; see above.
CASTLING_PLANE, EP_PLANE, CLOCK_PLANE, REPEATED_PLANE, BLACK_PLANE, ONES_PLANE = 12, 14, 15, 16, 18, 19

#: Kinds of action, and the first plane of those that are not queen moves.
ACTION_PLANES, KNIGHT_PLANE, PROMOTION_PLANE = 73, 56, 64
ACTIONS = ACTION_PLANES * 64

#: Direction by 3 * (sign of ranks + 1) + sign of files + 1, as drawn above; the middle is no direction.
_DIRECTIONS = np.array([5, 4, 3, 6, -1, 2, 7, 0, 1], np.int64)
#: Leap by 5 * (ranks + 2) + files + 2; -1 is no leap.
_LEAPS = np.array([-1, 4, -1, 3, -1, 5, -1, -1, -1, 2] + [-1] * 5 + [6, -1, -1, -1, 1, -1, 7, -1, 0, -1], np.int64)


@inlined
def mark(planes: Any, plane: Any, squares: Any, flip: Any) -> None:
    """Write ones on `squares`, upside down if `flip`."""
    squares = byteswap(squares) if flip else squares
    while squares != ZERO:
        square = lsb(squares)
        planes[plane, square >> 3, square & 7] = 1.0
        squares = without_lowest(squares)


@inlined
def _fill(planes: Any, plane: Any, value: Any) -> None:
    for rank in range(8):
        for file in range(8):
            planes[plane, rank, file] = value


@kernel
def write_planes(state: Any, repetitions: Any, planes: Any) -> None:
    """Write the planes of one position to `planes`, float32 [20, 8, 8]."""
    planes[:] = 0.0
    side = np.int64(state.side)
    flip = side == 1
    for kind in range(6):
        mark(planes, kind, state.pieces[kind] & state.colours[side], flip)
        mark(planes, 6 + kind, state.pieces[kind] & state.colours[1 - side], flip)
    mark(planes, CASTLING_PLANE, state.castling & state.colours[side], flip)
    mark(planes, CASTLING_PLANE + 1, state.castling & state.colours[1 - side], flip)
    if state.ep >= 0:
        mark(planes, EP_PLANE, bit(state.ep), flip)
    clock: Any = min(np.int64(state.halfmove), 100)
    _fill(planes, CLOCK_PLANE, np.float32(clock) / np.float32(100))
    if repetitions >= 1:
        _fill(planes, REPEATED_PLANE, np.float32(1))
    if repetitions >= 2:
        _fill(planes, REPEATED_PLANE + 1, np.float32(1))
    if flip:
        _fill(planes, BLACK_PLANE, np.float32(1))
    _fill(planes, ONES_PLANE, np.float32(1))


@kernel
def write_batch(states: Any, repetitions: Any, planes: Any) -> None:
    """Write the planes of `states` [n] to `planes`, float32 [n, 20, 8, 8]."""
    for index in range(len(states)):
        write_planes(states[index], repetitions[index], planes[index])


@kernel
def action_of(move: Any, side: Any) -> Any:
    """The action of a legal move of the player `side`."""
    start, end = origin(move), target(move)
    if side == 1:
        start ^= 56
        end ^= 56
    files = (end & 7) - (start & 7)
    ranks = (end >> 3) - (start >> 3)
    kind = move >> 12
    if PROMOTE_KNIGHT <= kind <= PROMOTE_ROOK:
        return 64 * (PROMOTION_PLANE + 3 * (kind - PROMOTE_KNIGHT) + files + 1) + start
    if files != 0 and ranks != 0 and abs(files) != abs(ranks):
        return 64 * (KNIGHT_PLANE + _LEAPS[5 * (ranks + 2) + files + 2]) + start
    distance = max(abs(files), abs(ranks))
    direction = _DIRECTIONS[3 * (np.sign(ranks) + 1) + np.sign(files) + 1]
    return 64 * (7 * direction + distance - 1) + start


@kernel
def write_actions(state: Any, moves: Any, actions: Any) -> Any:
    """Write the legal moves and their actions, return their number."""
    count = legal(state, moves)
    side = np.int64(state.side)
    for index in range(count):
        actions[index] = action_of(np.int64(moves[index]), side)
    return count


@kernel
def write_all_actions(states: Any, moves: Any, actions: Any) -> None:
    """Write the actions of the legal moves of `states` [n] to `actions` [n, max_moves]; `moves` is scratch space."""
    for index in range(len(states)):
        write_actions(states[index], moves, actions[index])


class ChessEncoding(Encoding):
    """The planes and actions of this module."""

    name = "chess-planes-1"
    rules = CHESS
    shape = (PLANES, 8, 8)
    actions = ACTIONS
    piece_planes = 12
    repetition_planes = (REPEATED_PLANE, REPEATED_PLANE + 2)

    def write(self, states: Any, repetitions: npt.NDArray[np.integer[Any]], planes: npt.NDArray[np.float32]) -> None:
        """See `engine.encoding.Encoding.write`."""
        write_batch(states, repetitions, planes)

    def write_actions(self, state: State, moves: npt.NDArray[np.int32], actions: npt.NDArray[np.int32]) -> int:
        """See `engine.encoding.Encoding.write_actions`."""
        return int(write_actions(state, moves, actions))

    def write_all_actions(self, states: Any, actions: npt.NDArray[np.int32]) -> None:
        """See `engine.encoding.Encoding.write_all_actions`."""
        write_all_actions(states, np.zeros(self.rules.max_moves, np.int32), actions)
