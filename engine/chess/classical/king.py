"""Terms of the kings: the pawns before them, and the pieces that come for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.attacks import bishop_attacks, knight_attacks, rook_attacks
from engine.chess.classical.layout import START
from engine.chess.classical.spans import FILES, FLANK, SHIELD
from engine.chess.classical.tally import tally
from search.bits import ZERO, lsb, msb, popcount
from search.kernel import inlined, kernel

_SHELTER = START["shelter"]
_STORM = START["storm"]
_KING_DANGER = START["king_danger"]
_SAFE_CHECK = START["safe_check"]
_QUEEN_CHECKS = START["queen_checks"]
_UNSAFE_CHECKS = START["unsafe_checks"]
_WEAK_RING = START["weak_ring"]
_PINNED = START["pinned"]
_FLANK_ATTACKED = START["flank_attacked"]
_FLANK_ATTACKED_TWICE = START["flank_attacked_twice"]
_FLANK_DEFENDED = START["flank_defended"]

#: Units of attack for a safe check, by kind.
_CHECK = (0, 0, 7, 5, 8, 7)
_MOST_UNITS = 63


@inlined
def _nearest(side: Any, pawns: Any) -> Any:
    """The pawn nearest to the own back rank of `side`, of pawns on one file."""
    return lsb(pawns) if side == 0 else msb(pawns)


@kernel
def shelter_terms(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """Pawns of both sides on the three files at the king."""
    sign = 1 - 2 * side
    own = state.pieces[0] & state.colours[side]
    theirs = state.pieces[0] & state.colours[1 - side]
    king = lsb(state.pieces[5] & state.colours[side])
    flip = 56 * side
    ahead = SHIELD[side * 8 + (king >> 3)]  # the king's rank and those in front of it
    centre = min(max(king & 7, np.int64(1)), np.int64(6))
    for file in range(centre - 1, centre + 2):
        column = FILES[file] & ahead
        at_king = 8 * np.int64(file == king & 7)
        pawn = column & own
        rank = np.int64(0)
        if pawn != ZERO:
            rank = (_nearest(side, pawn) ^ flip) >> 3
        total = tally(total, scratch, _SHELTER + at_king + rank, sign)
        pawn = column & theirs
        rank = np.int64(0)
        if pawn != ZERO:
            rank = (_nearest(side, pawn) ^ flip) >> 3
        total = tally(total, scratch, _STORM + at_king + rank, sign)
    return total


@kernel
def danger_terms(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """Attack by `side` on the enemy king: pieces that reach its ring, weak squares there, checks, pins, its flank."""
    sign = 1 - 2 * side
    other = 1 - side
    own = state.colours[side]
    theirs = state.colours[other]
    occupied = own | theirs
    king = lsb(state.pieces[5] & theirs)
    weak = popcount(scratch.attacked[side] & scratch.ring[other] & ~(scratch.twice[other] | scratch.by[other, 1]))
    total = tally(total, scratch, _WEAK_RING, sign * weak)

    # Checks that nothing takes, and those that something does.
    safe = ~own & (~scratch.attacked[other] | (scratch.twice[side] & scratch.by[other, 6] & ~scratch.twice[other]))
    straight = rook_attacks(king, occupied)
    diagonal = bishop_attacks(king, occupied)
    by_knight = knight_attacks(king) & scratch.by[side, 2]
    by_bishop = diagonal & scratch.by[side, 3]
    by_rook = straight & scratch.by[side, 4]
    by_queen = (straight | diagonal) & scratch.by[side, 5] & safe
    checks = np.int64(0)
    if by_knight & safe != ZERO:
        checks += _CHECK[2]
        total = tally(total, scratch, _SAFE_CHECK + 2, sign)
    if by_bishop & safe != ZERO:
        checks += _CHECK[3]
        total = tally(total, scratch, _SAFE_CHECK + 3, sign)
    if by_rook & safe != ZERO:
        checks += _CHECK[4]
        total = tally(total, scratch, _SAFE_CHECK + 4, sign)
    if by_queen != ZERO:
        checks += _CHECK[5]
        total = tally(total, scratch, _SAFE_CHECK + 5, sign)
        total = tally(total, scratch, _QUEEN_CHECKS, sign * min(popcount(by_queen), np.int64(3)))
    total = tally(total, scratch, _UNSAFE_CHECKS, sign * popcount((by_knight | by_bishop | by_rook) & ~safe & ~own))

    units = np.int64(scratch.units[side])
    if units > 0:
        units += 2 * weak + checks
        if state.pieces[4] & own == ZERO:
            units = units // 2
        total = tally(total, scratch, _KING_DANGER + min(units, np.int64(_MOST_UNITS)), sign)

    # Pieces that may not leave the line between a slider and their king.
    rooks = (state.pieces[3] | state.pieces[4]) & own
    bishops = (state.pieces[2] | state.pieces[4]) & own
    pins = rook_attacks(king, occupied ^ (straight & theirs)) & rooks & ~straight
    pins |= bishop_attacks(king, occupied ^ (diagonal & theirs)) & bishops & ~diagonal
    total = tally(total, scratch, _PINNED, sign * popcount(pins))

    flank = FLANK[other * 8 + (king & 7)]
    total = tally(total, scratch, _FLANK_ATTACKED, sign * popcount(flank & scratch.attacked[side]))
    total = tally(total, scratch, _FLANK_ATTACKED_TWICE, sign * popcount(flank & scratch.twice[side]))
    return tally(total, scratch, _FLANK_DEFENDED, -sign * popcount(flank & scratch.attacked[other]))
