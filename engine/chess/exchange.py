"""What moves win: victims, immediate gains, and the static exchange evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.attacks import attackers, bishop_attacks, rook_attacks
from engine.chess.state import CASTLING, EN_PASSANT, PAWN, PROMOTE_KNIGHT
from search.bits import ZERO, bit
from search.kernel import kernel

#: Centipawns by kind of piece, for exchanges alone; the king's is more than all others together.
VALUES = (0, 100, 320, 335, 510, 980, 20_000, 0)


@kernel
def victim(state: Any, move: Any) -> Any:
    """The kind of the captured piece, or 0."""
    kind = np.int64(move) >> 12
    if kind == CASTLING:
        return np.int64(0)
    if kind == EN_PASSANT:
        return np.int64(PAWN)
    return np.int64(state.board[(np.int64(move) >> 6) & 63]) & 7


@kernel
def mover(state: Any, move: Any) -> Any:
    """The kind of the moving piece."""
    return np.int64(state.board[np.int64(move) & 63]) & 7


@kernel
def gain(state: Any, move: Any) -> Any:
    """The captured piece's value, and what a promotion adds."""
    won = np.int64(VALUES[victim(state, move)])
    kind = np.int64(move) >> 12
    if kind >= PROMOTE_KNIGHT and kind != CASTLING:
        won += VALUES[kind] - VALUES[PAWN]
    return won


@kernel
def exchange(state: Any, move: Any, threshold: Any) -> Any:
    """Whether the captures on the target square, each by the least valuable piece, net at least `threshold`.

    Either side may stop when it pays. Pins are not seen; sliders behind sliders are.
    """
    kind = np.int64(move) >> 12
    if kind == CASTLING:
        return threshold <= 0
    origin = np.int64(move) & 63
    to = (np.int64(move) >> 6) & 63
    piece: Any = np.int64(state.board[origin]) & 7
    if kind >= PROMOTE_KNIGHT:
        piece = kind
    balance = gain(state, move) - threshold
    if balance < 0:
        return False
    balance -= VALUES[piece]
    if balance >= 0:
        return True
    side = np.int64(state.side)
    occupied = (state.colours[0] | state.colours[1]) & ~bit(origin) | bit(to)
    if kind == EN_PASSANT:
        occupied &= ~bit(to - 8 + 16 * side)
    diagonal = state.pieces[2] | state.pieces[4]
    straight = state.pieces[3] | state.pieces[4]
    around = attackers(state, to, occupied)
    turn = 1 - side
    while True:
        around &= occupied
        mine = around & state.colours[turn]
        if mine == ZERO:
            break
        piece = 1
        while mine & state.pieces[piece - 1] == ZERO:
            piece += 1
        if piece == 6 and around & state.colours[1 - turn] != ZERO:
            break  # the king cannot take what is defended
        least = mine & state.pieces[piece - 1]
        occupied ^= least & (ZERO - least)
        if piece == 1 or piece == 3 or piece == 5:
            around |= bishop_attacks(to, occupied) & diagonal
        if piece >= 4:
            around |= rook_attacks(to, occupied) & straight
        # `turn` has captured; it is the other's to lose.
        balance = -balance - 1 - VALUES[piece]
        turn = 1 - turn
        if balance >= 0:
            break
    # The side whose turn it is cannot or will not go on, and so loses the exchange.
    return turn != side
