"""What each side attacks: filled in once for a position, read by all terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.attacks import king_attacks
from search.bits import ZERO, bit, lsb, popcount
from search.kernel import inlined, kernel

FILE_A = np.uint64(0x0101010101010101)
FILE_H = np.uint64(0x8080808080808080)

#: Units of attack for a piece that reaches the king's ring, by kind.
_REACH = (0, 0, 3, 3, 4, 5)


@inlined
def beside(squares: Any) -> Any:
    """The squares to the left and to the right of `squares`."""
    return ((squares & ~FILE_H) << np.uint64(1)) | ((squares & ~FILE_A) >> np.uint64(1))


@inlined
def ahead(side: Any, squares: Any) -> Any:
    """The squares one step in front of `squares`, as `side` looks."""
    return squares << np.uint64(8) if side == 0 else squares >> np.uint64(8)


@inlined
def attacks_of_pawns(side: Any, pawns: Any) -> Any:
    """All that the `pawns` of `side` attack."""
    return beside(ahead(side, pawns))


@kernel
def begin(scratch: Any, state: Any) -> None:
    """Attacks of pawns and kings, and the rings around the kings; the rest is emptied."""
    scratch.passed = 0
    for side in range(2):
        own = state.colours[side]
        king = lsb(state.pieces[5] & own)
        by_king = king_attacks(king)
        by_pawn = attacks_of_pawns(side, state.pieces[0] & own)
        scratch.by[side, 1] = by_pawn
        scratch.by[side, 2] = ZERO
        scratch.by[side, 3] = ZERO
        scratch.by[side, 4] = ZERO
        scratch.by[side, 5] = ZERO
        scratch.by[side, 6] = by_king
        scratch.attacked[side] = by_pawn | by_king
        scratch.twice[side] = by_pawn & by_king
        scratch.ring[side] = by_king | bit(king)
        scratch.units[side] = 0


@inlined
def note(scratch: Any, side: Any, kind: Any, attacks: Any) -> None:
    """Remember what a piece attacks, and how near that comes to the enemy king."""
    scratch.twice[side] |= scratch.attacked[side] & attacks
    scratch.attacked[side] |= attacks
    scratch.by[side, kind] |= attacks
    near = attacks & scratch.ring[1 - side]
    if near != ZERO:
        scratch.units[side] += _REACH[kind] + popcount(near)
