"""Legal moves, by pins and check masks: nothing is played and taken back to see whether it is legal.

`legal` = `captures` (with promotions) + `quiets`; `noisy` and `checks` are parts of it for quiescence.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.attacks import (
    FILE_A,
    FILE_H,
    attackers,
    between,
    bishop_attacks,
    king_attacks,
    knight_attacks,
    line,
    pawn_attacks,
    rook_attacks,
)
from engine.chess.state import CASTLING, EN_PASSANT, PROMOTE_KNIGHT, PROMOTE_QUEEN
from search.bits import ALL, ZERO, bit, has, lsb, popcount, without_lowest
from search.kernel import inlined, kernel

#: Which moves are wanted: captures and all promotions; captures and promotions to a queen; quiet moves.
CAPTURES, NOISY, QUIETS = 1, 2, 4

_RANKS_38 = (np.uint64(0x0000_0000_00FF_0000), np.uint64(0x0000_FF00_0000_0000))  # after a pawn's single step
_LAST_RANKS = np.uint64(0xFF00_0000_0000_00FF)


@inlined
def _forward(side: Any, squares: Any) -> Any:
    """The squares one rank ahead of `squares`, as `side` looks."""
    return squares << np.uint64(8) if side == 0 else squares >> np.uint64(8)


@inlined
def _pawn_takes(side: Any, pawns: Any, right: Any) -> Any:
    """The squares that `pawns` attack to the right (towards the h file) or to the left."""
    ahead = _forward(side, pawns)
    if right:
        return (ahead & ~FILE_H) << np.uint64(1)
    return (ahead & ~FILE_A) >> np.uint64(1)


@kernel
def blockers(state: Any, king: Any, own: Any, sliders_of: Any) -> Any:
    """Pieces of `own` that alone stand between `king` and a slider of the set `sliders_of`."""
    diagonal = (state.pieces[2] | state.pieces[4]) & sliders_of
    straight = (state.pieces[3] | state.pieces[4]) & sliders_of
    occupied = state.colours[0] | state.colours[1]
    others = occupied & ~own
    aimed = (bishop_attacks(king, others) & diagonal) | (rook_attacks(king, others) & straight)
    found = ZERO
    while aimed != ZERO:
        between_them = between(king, lsb(aimed)) & own
        if between_them != ZERO and without_lowest(between_them) == ZERO:
            found |= between_them
        aimed = without_lowest(aimed)
    return found


@kernel
def attacked_by(state: Any, side: Any, occupied: Any) -> Any:
    """Squares that `side` attacks when `occupied` squares block sliders."""
    theirs = state.colours[side]
    pawns = state.pieces[0] & theirs
    squares = _pawn_takes(side, pawns, True) | _pawn_takes(side, pawns, False)
    pieces = state.pieces[1] & theirs
    while pieces != ZERO:
        squares |= knight_attacks(lsb(pieces))
        pieces = without_lowest(pieces)
    pieces = (state.pieces[2] | state.pieces[4]) & theirs
    while pieces != ZERO:
        squares |= bishop_attacks(lsb(pieces), occupied)
        pieces = without_lowest(pieces)
    pieces = (state.pieces[3] | state.pieces[4]) & theirs
    while pieces != ZERO:
        squares |= rook_attacks(lsb(pieces), occupied)
        pieces = without_lowest(pieces)
    return squares | king_attacks(lsb(state.pieces[5] & theirs))


@inlined
def _write(moves: Any, count: Any, origin: Any, targets: Any) -> Any:
    while targets != ZERO:
        moves[count] = origin | (lsb(targets) << 6)
        count += 1
        targets = without_lowest(targets)
    return count


@inlined
def _write_pawns(moves: Any, count: Any, targets: Any, step: Any, pinned: Any, king: Any) -> Any:
    """Moves of pawns to `targets`, each from `step` squares before; pinned pawns stay on their line."""
    while targets != ZERO:
        to = lsb(targets)
        origin = to - step
        if not has(pinned, origin) or has(line(king, origin), to):
            moves[count] = origin | (to << 6)
            count += 1
        targets = without_lowest(targets)
    return count


@inlined
def _write_promotions(moves: Any, count: Any, targets: Any, step: Any, pinned: Any, king: Any, least: Any) -> Any:
    """As `_write_pawns`, with every promotion from the queen down to the piece `least`."""
    while targets != ZERO:
        to = lsb(targets)
        origin = to - step
        if not has(pinned, origin) or has(line(king, origin), to):
            kind = PROMOTE_QUEEN
            while kind >= least:
                moves[count] = origin | (to << 6) | (kind << 12)
                count += 1
                kind -= 1
        targets = without_lowest(targets)
    return count


@kernel
def en_passant_is_legal(state: Any, origin: Any, king: Any) -> Any:
    """Whether the capture on `state.ep` from `origin` leaves the king safe: two pawns leave their squares at once."""
    side = np.int64(state.side)
    ep = np.int64(state.ep)
    taken = ep - 8 if side == 0 else ep + 8
    occupied = ((state.colours[0] | state.colours[1]) ^ bit(origin) ^ bit(taken)) | bit(ep)
    left = attackers(state, king, occupied) & state.colours[1 - side] & ~bit(taken)
    return left == ZERO


@inlined
def castling_squares(king: Any, rook: Any) -> Any:
    """Where king and rook land: the c and d files when the rook stands left of the king, else g and f."""
    rank = king & 56
    if rook > king:
        return rank + 6, rank + 5
    return rank + 2, rank + 3


@kernel
def castling_is_legal(state: Any, king: Any, rook: Any, danger: Any) -> Any:
    """Whether the king may castle with `rook`; `danger` holds the squares attacked when the king is not there."""
    side = np.int64(state.side)
    king_to, rook_to = castling_squares(king, rook)
    others = (state.colours[0] | state.colours[1]) ^ bit(king) ^ bit(rook)
    path = between(king, king_to) | bit(king_to)
    if (path | between(rook, rook_to) | bit(rook_to)) & others != ZERO:
        return False
    if (path | bit(king)) & danger != ZERO:
        return False
    # The rook may have shielded the king's new square along the rank.
    sliders = (state.pieces[3] | state.pieces[4]) & state.colours[1 - side]
    return rook_attacks(king_to, others | bit(rook_to)) & sliders == ZERO


@kernel
def generate(state: Any, moves: Any, wanted: Any) -> Any:
    """Write the legal moves of the kinds `wanted` (a sum of CAPTURES or NOISY, and QUIETS); return their number."""
    side = np.int64(state.side)
    own = state.colours[side]
    theirs = state.colours[1 - side]
    occupied = own | theirs
    king = lsb(state.pieces[5] & own)
    count = np.int64(0)
    allowed = ZERO
    if wanted & (CAPTURES | NOISY) != 0:
        allowed |= theirs
    if wanted & QUIETS != 0:
        allowed |= ~occupied

    # Where the king may go.
    steps = king_attacks(king) & allowed
    castling = state.castling & own
    danger = ZERO
    if steps != ZERO or castling != ZERO:
        danger = attacked_by(state, 1 - side, occupied ^ bit(king))
        count = _write(moves, count, king, steps & ~danger)
    checkers = state.checkers
    answer = ALL
    if checkers != ZERO:
        if without_lowest(checkers) != ZERO:
            return count
        answer = checkers | between(king, lsb(checkers))
    elif castling != ZERO and wanted & QUIETS != 0:
        while castling != ZERO:
            rook = lsb(castling)
            if castling_is_legal(state, king, rook, danger):
                moves[count] = king | (rook << 6) | (CASTLING << 12)
                count += 1
            castling = without_lowest(castling)

    pinned = blockers(state, king, own, theirs)
    allowed &= answer

    pieces = state.pieces[1] & own & ~pinned
    while pieces != ZERO:
        origin = lsb(pieces)
        count = _write(moves, count, origin, knight_attacks(origin) & allowed)
        pieces = without_lowest(pieces)
    pieces = (state.pieces[2] | state.pieces[4]) & own
    while pieces != ZERO:
        origin = lsb(pieces)
        targets = bishop_attacks(origin, occupied) & allowed
        if has(pinned, origin):
            targets &= line(king, origin)
        count = _write(moves, count, origin, targets)
        pieces = without_lowest(pieces)
    pieces = (state.pieces[3] | state.pieces[4]) & own
    while pieces != ZERO:
        origin = lsb(pieces)
        targets = rook_attacks(origin, occupied) & allowed
        if has(pinned, origin):
            targets &= line(king, origin)
        count = _write(moves, count, origin, targets)
        pieces = without_lowest(pieces)

    pawns = state.pieces[0] & own
    up = np.int64(8) if side == 0 else np.int64(-8)
    single = _forward(side, pawns) & ~occupied
    if wanted & (CAPTURES | NOISY) != 0:
        least = np.int64(PROMOTE_KNIGHT) if wanted & CAPTURES != 0 else np.int64(PROMOTE_QUEEN)
        prey = theirs & answer
        rightward = _pawn_takes(side, pawns, True) & prey
        leftward = _pawn_takes(side, pawns, False) & prey
        count = _write_pawns(moves, count, rightward & ~_LAST_RANKS, up + 1, pinned, king)
        count = _write_pawns(moves, count, leftward & ~_LAST_RANKS, up - 1, pinned, king)
        if (rightward | leftward | (single & answer)) & _LAST_RANKS != ZERO:
            count = _write_promotions(moves, count, rightward & _LAST_RANKS, up + 1, pinned, king, least)
            count = _write_promotions(moves, count, leftward & _LAST_RANKS, up - 1, pinned, king, least)
            count = _write_promotions(moves, count, single & answer & _LAST_RANKS, up, pinned, king, least)
        if state.ep >= 0:
            ep = np.int64(state.ep)
            takers = pawn_attacks(1 - side, ep) & pawns
            while takers != ZERO:
                origin = lsb(takers)
                if en_passant_is_legal(state, origin, king):
                    moves[count] = origin | (ep << 6) | (EN_PASSANT << 12)
                    count += 1
                takers = without_lowest(takers)
    if wanted & QUIETS != 0:
        third = _RANKS_38[0] if side == 0 else _RANKS_38[1]
        double = _forward(side, single & third) & ~occupied & answer
        count = _write_pawns(moves, count, single & answer & ~_LAST_RANKS, up, pinned, king)
        count = _write_pawns(moves, count, double, 2 * up, pinned, king)
    return count


@kernel
def legal(state: Any, moves: Any) -> Any:
    """See `search.rules.legal`."""
    return generate(state, moves, np.int64(CAPTURES | QUIETS))


@kernel
def noisy(state: Any, moves: Any) -> Any:
    """Captures, and promotions to a queen."""
    return generate(state, moves, np.int64(NOISY))


@kernel
def checks(state: Any, moves: Any) -> Any:
    """Quiet moves that give check, directly or by discovery; castling and promotions left out."""
    side = np.int64(state.side)
    own = state.colours[side]
    occupied = state.colours[0] | state.colours[1]
    enemy_king = lsb(state.pieces[5] & state.colours[1 - side])
    diagonal = bishop_attacks(enemy_king, occupied)
    straight = rook_attacks(enemy_king, occupied)
    leap = knight_attacks(enemy_king)
    poke = pawn_attacks(1 - side, enemy_king)
    unmask = blockers(state, enemy_king, own, own)
    count = generate(state, moves, np.int64(QUIETS))
    kept = np.int64(0)
    for index in range(count):
        move = np.int64(moves[index])
        if move >> 12 != 0:
            continue
        origin = move & 63
        to = (move >> 6) & 63
        kind = state.board[origin] & 7
        squares = ZERO
        if kind == 1:
            squares = poke
        elif kind == 2:
            squares = leap
        elif kind == 3:
            squares = diagonal
        elif kind == 4:
            squares = straight
        elif kind == 5:
            squares = diagonal | straight
        if has(squares, to) or (has(unmask, origin) and not has(line(enemy_king, origin), to)):
            moves[kept] = move
            kept += 1
    return kept


@kernel
def count_legal(state: Any) -> Any:
    """The number of legal moves, without writing them down: what bulk perft asks at its leaves."""
    side = np.int64(state.side)
    own = state.colours[side]
    theirs = state.colours[1 - side]
    occupied = own | theirs
    king = lsb(state.pieces[5] & own)
    count = np.int64(0)
    steps = king_attacks(king) & ~own
    castling = state.castling & own
    danger = ZERO
    if steps != ZERO or castling != ZERO:
        danger = attacked_by(state, 1 - side, occupied ^ bit(king))
        count = popcount(steps & ~danger)
    checkers = state.checkers
    allowed = ~own
    if checkers != ZERO:
        if without_lowest(checkers) != ZERO:
            return count
        allowed = checkers | between(king, lsb(checkers))
    else:
        while castling != ZERO:
            if castling_is_legal(state, king, lsb(castling), danger):
                count += 1
            castling = without_lowest(castling)
    pinned = blockers(state, king, own, theirs)
    pieces = state.pieces[1] & own & ~pinned
    while pieces != ZERO:
        count += popcount(knight_attacks(lsb(pieces)) & allowed)
        pieces = without_lowest(pieces)
    pieces = (state.pieces[2] | state.pieces[4]) & own
    while pieces != ZERO:
        origin = lsb(pieces)
        targets = bishop_attacks(origin, occupied) & allowed
        if has(pinned, origin):
            targets &= line(king, origin)
        count += popcount(targets)
        pieces = without_lowest(pieces)
    pieces = (state.pieces[3] | state.pieces[4]) & own
    while pieces != ZERO:
        origin = lsb(pieces)
        targets = rook_attacks(origin, occupied) & allowed
        if has(pinned, origin):
            targets &= line(king, origin)
        count += popcount(targets)
        pieces = without_lowest(pieces)

    # Free pawns all at once, pinned ones one by one.
    pawns = state.pieces[0] & own
    count += _count_pawns(state, side, pawns & ~pinned, occupied, theirs, allowed)
    pieces = pawns & pinned
    while pieces != ZERO:
        origin = lsb(pieces)
        count += _count_pawns(state, side, bit(origin), occupied, theirs, allowed & line(king, origin))
        pieces = without_lowest(pieces)
    if state.ep >= 0:
        takers = pawn_attacks(1 - side, np.int64(state.ep)) & pawns
        while takers != ZERO:
            if en_passant_is_legal(state, lsb(takers), king):
                count += 1
            takers = without_lowest(takers)
    return count


@inlined
def _count_pawns(state: Any, side: Any, pawns: Any, occupied: Any, theirs: Any, allowed: Any) -> Any:
    """The moves of `pawns` to `allowed` squares, en passant left out; a promotion is four moves."""
    prey = theirs & allowed
    rightward = _pawn_takes(side, pawns, True) & prey
    leftward = _pawn_takes(side, pawns, False) & prey
    single = _forward(side, pawns) & ~occupied
    third = _RANKS_38[0] if side == 0 else _RANKS_38[1]
    double = _forward(side, single & third) & ~occupied & allowed
    single &= allowed
    count = popcount(rightward) + popcount(leftward) + popcount(single) + popcount(double)
    if (rightward | leftward | single) & _LAST_RANKS != ZERO:
        count += 3 * popcount(rightward & _LAST_RANKS)
        count += 3 * popcount(leftward & _LAST_RANKS)
        count += 3 * popcount(single & _LAST_RANKS)
    return count
