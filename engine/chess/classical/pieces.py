"""Terms of the pieces: which stand together on the board, how they move, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.attacks import bishop_attacks, knight_attacks, rook_attacks
from engine.chess.classical.attacked import note
from engine.chess.classical.layout import START
from engine.chess.classical.spans import FILES, FRONT, PASSED, distance
from engine.chess.classical.tally import tally
from search.bits import ZERO, has, lsb, popcount, without_lowest
from search.kernel import kernel

_MOBILITY = (0, 0, START["knight_mobility"], START["bishop_mobility"], START["rook_mobility"], START["queen_mobility"])
_BISHOP_PAIR = START["bishop_pair"]
_KNIGHT_PAIR = START["knight_pair"]
_ROOK_PAIR = START["rook_pair"]
_BISHOPS_AGAINST = START["bishops_against"]
_KNIGHT_PAWNS = START["knight_pawns"]
_ROOK_PAWNS = START["rook_pawns"]
_QUEEN_AGAINST = START["queen_against"]
_BISHOP_PAWNS = START["bishop_pawns"]
_KNIGHT_OUTPOST = START["knight_outpost"]
_BISHOP_OUTPOST = START["bishop_outpost"]
_MINOR_BEHIND_PAWN = START["minor_behind_pawn"]
_MINOR_KING_DISTANCE = START["minor_king_distance"]
_ROOK_OPEN_FILE = START["rook_open_file"]
_ROOK_HALF_OPEN_FILE = START["rook_half_open_file"]
_ROOK_ON_SEVENTH = START["rook_on_seventh"]
_SPACE = START["space"]

_LIGHT = np.uint64(0x55AA55AA55AA55AA)
_SEVENTH = (np.uint64(0x00FF000000000000), np.uint64(0x000000000000FF00))
_EIGHTH = (np.uint64(0xFF00000000000000), np.uint64(0x00000000000000FF))
_OUTPOSTS = (np.uint64(0x0000FFFFFF000000), np.uint64(0x000000FFFFFF0000))
#: The second to fourth ranks of the four files in the centre.
_HOME = (np.uint64(0x000000003C3C3C00), np.uint64(0x003C3C3C00000000))


@kernel
def material_terms(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """What pieces are worth beside others."""
    sign = 1 - 2 * side
    own = state.colours[side]
    theirs = state.colours[1 - side]
    pawns = popcount(state.pieces[0] & own)
    knights = popcount(state.pieces[1] & own)
    bishops = popcount(state.pieces[2] & own)
    rooks = popcount(state.pieces[3] & own)
    queens = popcount(state.pieces[4] & own)
    minors_against = popcount((state.pieces[1] | state.pieces[2]) & theirs)
    if knights >= 2:
        total = tally(total, scratch, _KNIGHT_PAIR, sign)
    if rooks >= 2:
        total = tally(total, scratch, _ROOK_PAIR, sign)
    if bishops >= 2:
        total = tally(total, scratch, _BISHOP_PAIR, sign)
        total = tally(total, scratch, _BISHOPS_AGAINST, sign * minors_against)
    total = tally(total, scratch, _KNIGHT_PAWNS, sign * knights * (pawns - 5))
    total = tally(total, scratch, _ROOK_PAWNS, sign * rooks * (pawns - 5))
    if queens > 0:
        others = minors_against + popcount(state.pieces[3] & theirs)
        total = tally(total, scratch, _QUEEN_AGAINST, sign * queens * others)
    return total


@kernel
def piece_terms(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """Mobility, and where the pieces stand; fills in the attacks."""
    sign = 1 - 2 * side
    own = state.colours[side]
    occupied = own | state.colours[1 - side]
    pawns = state.pieces[0] & own
    enemy_pawns = state.pieces[0] & state.colours[1 - side]
    blocked = pawns & (occupied >> np.uint64(8) if side == 0 else occupied << np.uint64(8))
    area = ~(scratch.by[1 - side, 1] | blocked | (state.pieces[5] & own))
    shielded = state.pieces[0] >> np.uint64(8) if side == 0 else state.pieces[0] << np.uint64(8)
    king = lsb(state.pieces[5] & own)

    minors = (state.pieces[1] | state.pieces[2]) & own
    total = tally(total, scratch, _MINOR_BEHIND_PAWN, sign * popcount(minors & shielded))
    posts = minors & _OUTPOSTS[side] & scratch.by[side, 1]
    while posts != ZERO:
        square = lsb(posts)
        if PASSED[side * 64 + square] & ~FRONT[side * 64 + square] & enemy_pawns == ZERO:
            term = _KNIGHT_OUTPOST if has(state.pieces[1], square) else _BISHOP_OUTPOST
            total = tally(total, scratch, term, sign)
        posts = without_lowest(posts)

    pieces = state.pieces[1] & own
    while pieces != ZERO:
        square = lsb(pieces)
        attacks = knight_attacks(square)
        note(scratch, side, 2, attacks)
        total = tally(total, scratch, _MOBILITY[2] + popcount(attacks & area), sign)
        total = tally(total, scratch, _MINOR_KING_DISTANCE, sign * distance(king, square))
        pieces = without_lowest(pieces)

    pieces = state.pieces[2] & own
    through = occupied ^ (state.pieces[4] & own)
    while pieces != ZERO:
        square = lsb(pieces)
        attacks = bishop_attacks(square, through)
        note(scratch, side, 3, attacks)
        total = tally(total, scratch, _MOBILITY[3] + popcount(attacks & area), sign)
        total = tally(total, scratch, _MINOR_KING_DISTANCE, sign * distance(king, square))
        coloured = _LIGHT if has(_LIGHT, square) else ~_LIGHT
        total = tally(total, scratch, _BISHOP_PAWNS, sign * popcount(pawns & coloured))
        pieces = without_lowest(pieces)

    pieces = state.pieces[3] & own
    through ^= pieces
    while pieces != ZERO:
        square = lsb(pieces)
        attacks = rook_attacks(square, through)
        note(scratch, side, 4, attacks)
        total = tally(total, scratch, _MOBILITY[4] + popcount(attacks & area), sign)
        file = FILES[square & 7]
        if file & pawns == ZERO:
            term = _ROOK_OPEN_FILE if file & enemy_pawns == ZERO else _ROOK_HALF_OPEN_FILE
            total = tally(total, scratch, term, sign)
        pieces = without_lowest(pieces)
    if _EIGHTH[side] & state.pieces[5] & ~own != ZERO:
        seventh = popcount(state.pieces[3] & own & _SEVENTH[side])
        total = tally(total, scratch, _ROOK_ON_SEVENTH, sign * seventh)

    pieces = state.pieces[4] & own
    while pieces != ZERO:
        square = lsb(pieces)
        attacks = bishop_attacks(square, occupied) | rook_attacks(square, occupied)
        note(scratch, side, 5, attacks)
        total = tally(total, scratch, _MOBILITY[5] + popcount(attacks & area), sign)
        pieces = without_lowest(pieces)
    return total


@kernel
def space_terms(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """Room at home: safe squares in the centre, those behind own pawns twice; it matters to those with many pieces."""
    own = state.colours[side]
    pawns = state.pieces[0] & own
    crowd = popcount(own) - 6
    if crowd > 0:
        safe = _HOME[side] & ~pawns & ~scratch.by[1 - side, 1]
        behind = pawns
        if side == 0:
            behind |= behind >> np.uint64(8)
            behind |= behind >> np.uint64(16)
        else:
            behind |= behind << np.uint64(8)
            behind |= behind << np.uint64(16)
        room = popcount(safe) + popcount(safe & behind & ~scratch.attacked[1 - side])
        total = tally(total, scratch, _SPACE, (1 - 2 * side) * (room * crowd // 10))
    return total
