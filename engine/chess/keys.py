"""Zobrist keys that equal Polyglot's, so that opening books and other programs' tables fit.

The 781 random numbers are those of the Polyglot book format, as python-chess holds them: 768 for the pieces, four for
castling rights, eight for the files of en passant, one for White to move.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from chess.polyglot import POLYGLOT_RANDOM_ARRAY

from engine.chess.state import BLACK_OFFSET, KING, PAWN
from search.bits import ZERO, lsb, without_lowest
from search.kernel import inlined, kernel

_RANDOM = [np.uint64(number) for number in POLYGLOT_RANDOM_ARRAY]

#: [code of the piece * 64 + square]; zero for no piece, so that xor of it changes nothing.
PIECE_KEYS = np.zeros(16 * 64, np.uint64)
for _kind in range(PAWN, KING + 1):
    for _square in range(64):
        PIECE_KEYS[_kind * 64 + _square] = _RANDOM[64 * (2 * _kind - 1) + _square]
        PIECE_KEYS[(_kind + BLACK_OFFSET) * 64 + _square] = _RANDOM[64 * (2 * _kind - 2) + _square]

#: White's castling to the h side, to the a side, then Black's.
CASTLING_KEYS = np.array(_RANDOM[768:772], np.uint64)
EP_KEYS = np.array(_RANDOM[772:780], np.uint64)
TURN_KEY = np.uint64(_RANDOM[780])


@inlined
def piece_key(code: Any, square: Any) -> Any:
    """The key of a piece, by its code in `board`, on a square."""
    return PIECE_KEYS[np.int64(code) * 64 + square]


@kernel
def castling_key(state: Any) -> Any:
    """The keys of the castling rights together."""
    key = ZERO
    for side in range(2):
        rooks = state.castling & state.colours[side]
        if rooks != ZERO:
            king = lsb(state.pieces[5] & state.colours[side])
            while rooks != ZERO:
                key ^= CASTLING_KEYS[2 * side + (0 if lsb(rooks) > king else 1)]
                rooks = without_lowest(rooks)
    return key


@kernel
def set_keys(state: Any) -> None:
    """Compute every key of the state from its board."""
    state.key = castling_key(state)
    state.pawn_key = ZERO
    state.piece_keys[0] = ZERO
    state.piece_keys[1] = ZERO
    for square in range(64):
        code = np.int64(state.board[square])
        if code != 0:
            key = piece_key(code, square)
            state.key ^= key
            if code & 7 == PAWN:
                state.pawn_key ^= key
            else:
                state.piece_keys[code >> 3] ^= key
    if state.ep >= 0:
        state.key ^= EP_KEYS[np.int64(state.ep) & 7]
    if state.side == 0:
        state.key ^= TURN_KEY
