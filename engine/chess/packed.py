"""Chess positions for storage: a position, its score, its best move and the game's result in 32 bytes.

Layout (little-endian)::

    byte  0        8                        24      26      28     30        31
         +--------+------------------------+-------+-------+------+---------+---------+
         |occupied|         codes          | score | move  | ply  | halfmove|  marks  |
         | uint64 |       2 x uint64       | int16 | uint16|uint16|  uint8  |  uint8  |
         +--------+------------------------+-------+-------+------+---------+---------+

    codes    4 bits for each occupied square, the lowest square first, from the lowest bits of the first word on:
             kind + 8 * colour as in `engine.chess.state`, and UNMOVED_ROOK instead of ROOK for a rook that its
             king may still castle with (which serves Chess960 as well)
    score    centipawns or a proven end, the view of the side to move; NO_SCORE where there is none
    move     the best move as in `search.rules`; 0 where none is known
    ply      2 * (number of the move - 1) + side to move, counted from the start of the game
    halfmove plies since the last capture or pawn move, at most 255
    marks    bits 0-3: file of the square a pawn may capture on en passant, NO_FILE for none
             bit 4:    side to move, 0 white, 1 black
             bits 5-6: result of the game, the view of the side to move: LOST, DRAWN, WON, or UNKNOWN

Score, move and result all belong to the side to move, as everything in this house does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.chess.movegen import legal
from engine.chess.play import complete
from engine.chess.state import BLACK_OFFSET, EMPTY, KING, NO_SQUARE, PAWN, ROOK, STATE
from search.bits import ZERO, bit, lsb, without_lowest
from search.kernel import kernel
from search.memory import aligned_records

#: A packed position; the layout stands above.
PACKED = np.dtype(
    [
        ("occupied", "<u8"),
        ("codes", "<u8", (2,)),
        ("score", "<i2"),
        ("move", "<u2"),
        ("ply", "<u2"),
        ("halfmove", "<u1"),
        ("marks", "<u1"),
    ]
)

#: A rook that may castle, among the kinds of pieces of a packed position (a state keeps such rooks in `castling`).
UNMOVED_ROOK = 7
#: The file in `marks` of a position without a square for en passant.
NO_FILE = 8
#: Results in `marks`, the view of the side to move.
LOST, DRAWN, WON, UNKNOWN = range(4)
#: The score of a position that nobody has scored.
NO_SCORE = -32768
#: The most pieces that a packed position holds.
MOST_PIECES = 32

_SIDE, _RESULT = 4, 5
_FIRST_RANK, _LAST_RANK = np.uint64(0xFF), np.uint64(0xFF << 56)
_MOST_PLY, _MOST_HALFMOVE = 65_535, 255


@kernel
def pack(state: Any, packed: Any, score: Any, move: Any, result: Any) -> None:
    """Write `state`, of at most MOST_PIECES pieces, with its score, best move and result to a record of PACKED."""
    occupied = state.colours[0] | state.colours[1]
    packed.occupied = occupied
    packed.codes[0] = ZERO
    packed.codes[1] = ZERO
    index = np.int64(0)
    while occupied != ZERO:
        square = np.int64(lsb(occupied))
        occupied = without_lowest(occupied)
        code = np.int64(state.board[square])
        if state.castling & bit(square) != ZERO:
            code += UNMOVED_ROOK - ROOK
        packed.codes[index >> 4] |= np.uint64(code) << np.uint64(4 * (index & 15))
        index += 1
    side = np.int64(state.side)
    packed.score = score
    packed.move = move
    packed.ply = min(max(2 * (np.int64(state.fullmove) - 1) + side, np.int64(0)), np.int64(_MOST_PLY))
    packed.halfmove = min(np.int64(state.halfmove), np.int64(_MOST_HALFMOVE))
    file: Any = np.int64(NO_FILE)
    if state.ep >= 0:
        file = np.int64(state.ep) & 7
    packed.marks = file | (side << _SIDE) | (np.int64(result) << _RESULT)


@kernel
def unpack(packed: Any, state: Any) -> None:
    """Write every field of `state` from a record of PACKED."""
    for empty in range(64):
        state.board[empty] = 0
    castling = ZERO
    occupied = np.uint64(packed.occupied)
    index = np.int64(0)
    while occupied != ZERO:
        square = np.int64(lsb(occupied))
        occupied = without_lowest(occupied)
        code = np.int64((packed.codes[index >> 4] >> np.uint64(4 * (index & 15))) & np.uint64(15))
        if code & 7 == UNMOVED_ROOK:
            code += ROOK - UNMOVED_ROOK
            castling |= bit(square)
        state.board[square] = code
        index += 1
    side = side_to_move(packed)
    file = np.int64(packed.marks) & 15
    state.castling = castling
    state.side = side
    state.ep = NO_SQUARE
    if file < NO_FILE:
        state.ep = file + 40 - 24 * side
    state.halfmove = packed.halfmove
    state.fullmove = 1 + (np.int64(packed.ply) >> 1)
    complete(state)


@kernel
def side_to_move(packed: Any) -> Any:
    """0 for White, 1 for Black."""
    return (np.int64(packed.marks) >> _SIDE) & 1


@kernel
def result(packed: Any) -> Any:
    """LOST, DRAWN, WON or UNKNOWN, the view of the side to move."""
    return (np.int64(packed.marks) >> _RESULT) & 3


@kernel
def set_result(packed: Any, outcome: Any) -> None:
    """Write LOST, DRAWN, WON or UNKNOWN, the view of the side to move."""
    packed.marks = (np.int64(packed.marks) & 31) | (np.int64(outcome) << _RESULT)


@kernel
def placed(packed: Any, squares: Any, codes: Any) -> Any:
    """Write square and code (kind + 8 * colour, as on a state's board) of each piece; return their number.

    `squares` and `codes` are integer arrays [>= MOST_PIECES]; squares come in rising order.
    """
    occupied = np.uint64(packed.occupied)
    index = np.int64(0)
    while occupied != ZERO:
        code = np.int64((packed.codes[index >> 4] >> np.uint64(4 * (index & 15))) & np.uint64(15))
        if code & 7 == UNMOVED_ROOK:
            code += ROOK - UNMOVED_ROOK
        squares[index] = lsb(occupied)
        codes[index] = code
        occupied = without_lowest(occupied)
        index += 1
    return index


@kernel
def unpack_all(positions: Any, states: Any) -> None:
    """Write every one of `positions` [n] to `states` [>= n]."""
    for index in range(len(positions)):
        unpack(positions[index], states[index])


def sides(positions: npt.NDArray[np.void]) -> npt.NDArray[np.integer[Any]]:
    """The sides to move of many positions, 0 or 1, [n]."""
    return (positions["marks"] >> _SIDE) & 1


def results(positions: npt.NDArray[np.void]) -> npt.NDArray[np.integer[Any]]:
    """LOST, DRAWN, WON or UNKNOWN of many positions, the view of the side to move, [n]."""
    return (positions["marks"] >> _RESULT) & 3


def new_positions(count: int) -> Any:
    """`count` zeroed packed positions, [count]."""
    return np.zeros(count, PACKED).view(np.recarray)


def states_of(positions: npt.NDArray[np.void]) -> Any:
    """The states of packed positions, aligned as searches want them, [n]."""
    states = aligned_records(len(positions), STATE)
    unpack_all(positions.view(np.recarray), states)
    return states


@kernel
def mirror(state: Any) -> None:
    """Exchange left and right; only where nobody may castle any more is this the same game."""
    for square in range(64):
        if square & 7 < 4:
            code = state.board[square]
            state.board[square] = state.board[square ^ 7]
            state.board[square ^ 7] = code
    if state.ep >= 0:
        state.ep = np.int64(state.ep) ^ 7
    complete(state)


@kernel
def read_choices(positions: Any, mirrored: Any, states: Any, counts: Any, chosen: Any, moves: Any) -> None:
    """Write states [n], numbers of legal moves [n], and which of these the best move is [n], -1 where it is none.

    Positions [n] where `mirrored` [n] is not 0 and nobody may castle come with left and right exchanged. `moves` is
    scratch space, int32 [>= MAX_MOVES].
    """
    for index in range(len(positions)):
        state = states[index]
        unpack(positions[index], state)
        move = np.int64(positions[index].move)
        if mirrored[index] != 0 and state.castling == ZERO:
            mirror(state)
            move ^= 7 | 7 << 6
        count = np.int64(legal(state, moves))
        counts[index] = count
        chosen[index] = -1
        for place in range(count):
            if moves[place] == move:
                chosen[index] = place


@kernel
def sound(packed: Any) -> Any:
    """Whether kernels can take the position: kings, ranks of pawns, castling rooks and en passant are in order.

    It may still be one that no game reaches; whether the side to move could take the king is not looked at.
    """
    count = np.int64(0)
    white_king = black_king = white_rooks = black_rooks = ZERO
    occupied = np.uint64(packed.occupied)
    side = side_to_move(packed)
    file = np.int64(packed.marks) & 15
    ep_pawn = np.int64(-1)
    if file < NO_FILE:
        ep_pawn = file + 32 - 8 * side
    ep_seen = False
    while occupied != ZERO:
        if count == MOST_PIECES:
            return False
        square = np.int64(lsb(occupied))
        code = np.int64((packed.codes[count >> 4] >> np.uint64(4 * (count & 15))) & np.uint64(15))
        occupied = without_lowest(occupied)
        count += 1
        kind = code & 7
        black = code >> 3
        if kind == EMPTY or (kind == PAWN and (square < 8 or square >= 56)):
            return False
        if kind == KING:
            if black == 0:
                if white_king != ZERO:
                    return False
                white_king = bit(square)
            else:
                if black_king != ZERO:
                    return False
                black_king = bit(square)
        elif kind == UNMOVED_ROOK:
            if black == 0:
                white_rooks |= bit(square)
            else:
                black_rooks |= bit(square)
        elif square == ep_pawn:
            ep_seen = code == PAWN + BLACK_OFFSET * (1 - side)
    return (
        white_king != ZERO
        and black_king != ZERO
        and white_rooks & ~_FIRST_RANK == ZERO
        and black_rooks & ~_LAST_RANK == ZERO
        and (white_rooks == ZERO or white_king & _FIRST_RANK != ZERO)
        and (black_rooks == ZERO or black_king & _LAST_RANK != ZERO)
        and (ep_seen or (file == NO_FILE))
    )


@kernel
def first_unsound(positions: Any) -> Any:
    """The index of the first of `positions` [n] that is not `sound`, or -1."""
    for index in range(len(positions)):
        if not sound(positions[index]):
            return index
    return -1
