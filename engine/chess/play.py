"""Playing a move: the child is a copy of the parent, changed; keys and checkers are kept up to date."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.attacks import attackers, pawn_attacks
from engine.chess.keys import EP_KEYS, TURN_KEY, castling_key, piece_key, set_keys
from engine.chess.movegen import castling_squares
from engine.chess.state import (
    BLACK_OFFSET,
    CASTLING,
    EN_PASSANT,
    KING,
    NO_SQUARE,
    PAWN,
    PROMOTE_KNIGHT,
    ROOK,
)
from search.bits import ZERO, bit, lsb
from search.kernel import inlined, kernel
from search.memory import copy_record


@inlined
def toggle(state: Any, code: Any, square: Any) -> None:
    """Put the piece `code` on an empty square, or take it off, in bitboards and keys; `board` is the caller's."""
    mask = bit(square)
    kind = code & 7
    side = code >> 3
    state.pieces[kind - 1] ^= mask
    state.colours[side] ^= mask
    key = piece_key(code, square)
    state.key ^= key
    if kind == PAWN:
        state.pawn_key ^= key
    else:
        state.piece_keys[side] ^= key


@inlined
def _find_checkers(state: Any) -> None:
    side = np.int64(state.side)
    king = lsb(state.pieces[5] & state.colours[side])
    occupied = state.colours[0] | state.colours[1]
    state.checkers = attackers(state, king, occupied) & state.colours[1 - side]


@kernel
def play(parent: Any, child: Any, move: Any) -> None:
    """See `search.rules.play`."""
    copy_record(parent, child)
    side = np.int64(parent.side)
    origin = np.int64(move) & 63
    to = (np.int64(move) >> 6) & 63
    kind = np.int64(move) >> 12
    code = np.int64(child.board[origin])
    piece = code & 7
    child.halfmove = parent.halfmove + 1
    child.fullmove = parent.fullmove + side
    if child.ep >= 0:
        child.key ^= EP_KEYS[np.int64(child.ep) & 7]
        child.ep = NO_SQUARE
    rights = child.castling
    if rights != ZERO:
        lost = rights & (bit(origin) | bit(to))
        if piece == KING:
            lost |= rights & child.colours[side]
        if lost != ZERO:
            child.key ^= castling_key(child)
            child.castling = rights & ~lost
            child.key ^= castling_key(child)

    if kind == CASTLING:
        king_to, rook_to = castling_squares(origin, to)
        rook = np.int64(ROOK) + BLACK_OFFSET * side
        toggle(child, code, origin)
        toggle(child, rook, to)
        child.board[origin] = 0
        child.board[to] = 0
        toggle(child, code, king_to)
        toggle(child, rook, rook_to)
        child.board[king_to] = code
        child.board[rook_to] = rook
    else:
        taken = np.int64(child.board[to])
        if taken != 0:
            toggle(child, taken, to)
            child.halfmove = 0
        toggle(child, code, origin)
        child.board[origin] = 0
        if piece == PAWN:
            child.halfmove = 0
            if kind >= PROMOTE_KNIGHT:
                code = code - PAWN + kind
            elif kind == EN_PASSANT:
                square = to - 8 + 16 * side
                toggle(child, np.int64(child.board[square]), square)
                child.board[square] = 0
            elif (origin ^ to) == 16:
                middle = (origin + to) >> 1
                if pawn_attacks(side, middle) & child.pieces[0] & child.colours[1 - side] != ZERO:
                    child.ep = middle
                    child.key ^= EP_KEYS[middle & 7]
        toggle(child, code, to)
        child.board[to] = code
    child.side = 1 - side
    child.key ^= TURN_KEY
    _find_checkers(child)


@kernel
def pass_turn(parent: Any, child: Any) -> Any:
    """See `search.rules.pass_turn`: not in check, and not with pawns alone, where zugzwang is common."""
    side = np.int64(parent.side)
    if parent.checkers != ZERO:
        return False
    if parent.colours[side] & ~(parent.pieces[0] | parent.pieces[5]) == ZERO:
        return False
    copy_record(parent, child)
    if child.ep >= 0:
        child.key ^= EP_KEYS[np.int64(child.ep) & 7]
        child.ep = NO_SQUARE
    child.side = 1 - side
    child.key ^= TURN_KEY
    # A pass is no move of the game: nothing repeats across it.
    child.halfmove = 0
    child.fullmove = parent.fullmove + side
    return True


@kernel
def complete(state: Any) -> None:
    """Fill in what follows from `board`, `side`, `castling` and `ep`: bitboards, keys, checkers."""
    for kind in range(6):
        state.pieces[kind] = ZERO
    state.colours[0] = ZERO
    state.colours[1] = ZERO
    for square in range(64):
        code = np.int64(state.board[square])
        if code != 0:
            state.pieces[(code & 7) - 1] |= bit(square)
            state.colours[code >> 3] |= bit(square)
    set_keys(state)
    _find_checkers(state)
