"""Terms of what a side attacks to its profit, and of squares that both sides fight for."""

from __future__ import annotations

from typing import Any

from engine.chess.attacks import bishop_attacks, knight_attacks, rook_attacks
from engine.chess.classical.attacked import ahead, attacks_of_pawns
from engine.chess.classical.layout import START
from engine.chess.classical.tally import tally
from search.bits import ZERO, lsb, popcount, without_lowest
from search.kernel import kernel

_PAWN_THREAT = START["pawn_threat"]
_MINOR_THREAT = START["minor_threat"]
_ROOK_THREAT = START["rook_threat"]
_KING_THREAT = START["king_threat"]
_QUEEN_ATTACK = START["queen_attack"]
_HANGING = START["hanging"]
_PUSH_THREAT = START["push_threat"]
_RESTRICTED = START["restricted"]


@kernel
def threat_terms(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """What `side` attacks, or could attack at its next move."""
    sign = 1 - 2 * side
    other = 1 - side
    own = state.colours[side]
    theirs = state.colours[other]
    occupied = own | theirs
    by_pawn = scratch.by[side, 1]
    by_minor = scratch.by[side, 2] | scratch.by[side, 3]
    by_rook = scratch.by[side, 4]
    loose = scratch.attacked[side] & ~scratch.attacked[other]
    weak = scratch.attacked[side] & ~(scratch.by[other, 1] | (scratch.twice[other] & ~scratch.twice[side]))
    for kind in range(1, 6):
        prey = state.pieces[kind - 1] & theirs
        if prey & scratch.attacked[side] != ZERO:
            if kind > 1:
                total = tally(total, scratch, _PAWN_THREAT + kind, sign * popcount(prey & by_pawn))
                total = tally(total, scratch, _ROOK_THREAT + kind, sign * popcount(prey & by_rook & weak))
            reached = prey & by_minor
            if kind < 4:
                reached &= weak
            total = tally(total, scratch, _MINOR_THREAT + kind, sign * popcount(reached))
            total = tally(total, scratch, _HANGING + kind, sign * popcount(prey & loose))
    if theirs & weak & scratch.by[side, 6] != ZERO:
        total = tally(total, scratch, _KING_THREAT, sign)

    queens = state.pieces[4] & theirs
    while queens != ZERO:
        square = lsb(queens)
        queens = without_lowest(queens)
        safe = ~own & ~scratch.by[other, 1] & (~scratch.attacked[other] | scratch.twice[side])
        by_knight = knight_attacks(square) & scratch.by[side, 2] & safe
        by_bishop = bishop_attacks(square, occupied) & scratch.by[side, 3] & safe
        straight = rook_attacks(square, occupied) & by_rook & safe
        total = tally(total, scratch, _QUEEN_ATTACK + 2, sign * popcount(by_knight))
        total = tally(total, scratch, _QUEEN_ATTACK + 3, sign * popcount(by_bishop))
        total = tally(total, scratch, _QUEEN_ATTACK + 4, sign * popcount(straight))

    steps = ahead(side, state.pieces[0] & own) & ~occupied
    steps &= ~scratch.by[other, 1] & (scratch.attacked[side] | ~scratch.attacked[other])
    pushed = attacks_of_pawns(side, steps) & theirs & ~state.pieces[0] & ~by_pawn
    total = tally(total, scratch, _PUSH_THREAT, sign * popcount(pushed))
    contested = scratch.attacked[side] & scratch.attacked[other] & ~scratch.by[other, 1]
    return tally(total, scratch, _RESTRICTED, sign * popcount(contested & ~occupied))
