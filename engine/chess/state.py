"""The record of a chess position, the layout of squares, pieces and moves, and nothing else.

Squares, as bits of a bitboard and as indices::

    8 | 56 57 58 59 60 61 62 63
    7 | 48 49 50 51 52 53 54 55
    6 | 40 41 42 43 44 45 46 47
    5 | 32 33 34 35 36 37 38 39
    4 | 24 25 26 27 28 29 30 31
    3 | 16 17 18 19 20 21 22 23
    2 |  8  9 10 11 12 13 14 15
    1 |  0  1  2  3  4  5  6  7
        a  b  c  d  e  f  g  h

Moves (see `search.rules`): bits 0-5 from, 6-11 to, 12-14 kind. Castling is the king taking its own rook, always.
"""

from __future__ import annotations

import numpy as np

from search.memory import padded

WHITE, BLACK = 0, 1

#: Kinds of pieces, as python-chess numbers them; 0 is an empty square.
EMPTY, PAWN, KNIGHT, BISHOP, ROOK, QUEEN, KING = range(7)

#: What a piece of each kind adds to `board` when it is black: code = kind + 8 * colour.
BLACK_OFFSET = 8

#: Kinds of moves, bits 12-14. A promotion is the kind of the new piece.
NORMAL, EN_PASSANT, PROMOTE_KNIGHT, PROMOTE_BISHOP, PROMOTE_ROOK, PROMOTE_QUEEN, CASTLING = range(7)

#: No square, for `ep`.
NO_SQUARE = -1

#: The most legal moves known in any reachable position is 218.
MAX_MOVES = 256

#: One position: 192 bytes, three cache lines.
STATE = padded(
    [
        ("pieces", np.uint64, (6,)),  # squares of pawns, knights, bishops, rooks, queens, kings of both colours
        ("colours", np.uint64, (2,)),  # squares of white, of black
        ("board", np.uint8, (64,)),  # code of the piece on each square: kind + 8 * colour, 0 if empty
        ("key", np.uint64),  # Zobrist key, equal to Polyglot's
        ("pawn_key", np.uint64),  # Zobrist key of the pawns alone
        ("piece_keys", np.uint64, (2,)),  # Zobrist key of the pieces other than pawns of white, of black
        ("checkers", np.uint64),  # pieces that give check to the side to move
        ("castling", np.uint64),  # rooks that may still castle (any file: Chess960)
        ("side", np.int16),  # side to move: 0 white, 1 black
        ("ep", np.int16),  # square a pawn may capture on en passant (pseudo-legally), or NO_SQUARE
        ("halfmove", np.int16),  # plies since the last capture or pawn move
        ("fullmove", np.int16),  # number of the move, from 1
    ]
)
