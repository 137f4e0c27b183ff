"""What counting terms cannot see: endgames that are hard or impossible to win, and mating a bare king."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.classical.spans import distance
from search.bits import ZERO, lsb, popcount, without_lowest
from search.kernel import kernel

#: Endgame scores are scaled by 64ths; this is no scaling.
WHOLE = 64

_LIGHT = np.uint64(0x55AA55AA55AA55AA)
_FILE_A = np.uint64(0x0101010101010101)
_FILE_H = np.uint64(0x8080808080808080)
#: Pieces in pawns, for the rules of thumb below.
_WORTH = (0, 0, 3, 3, 5, 9, 0)


@kernel
def _pieces_worth(state: Any, side: Any) -> Any:
    """The pieces other than pawns and king, in pawns."""
    own = state.colours[side]
    total = np.int64(0)
    for kind in range(2, 6):
        total += _WORTH[kind] * popcount(state.pieces[kind - 1] & own)
    return total


@kernel
def scale(state: Any, leader: Any) -> Any:
    """64ths of the endgame score that the side `leader`, which is ahead, can hope for."""
    own = state.colours[leader]
    theirs = state.colours[1 - leader]
    pawns = state.pieces[0] & own
    mine = _pieces_worth(state, leader)
    other = _pieces_worth(state, 1 - leader)
    bishops = state.pieces[2]
    if mine >= 5 and theirs == theirs & state.pieces[5]:
        knights_alone = pawns == ZERO and state.pieces[1] & own == own & ~state.pieces[5]
        return np.int64(0) if knights_alone and popcount(own) == 3 else np.int64(WHOLE)
    if pawns == ZERO and mine - other <= 3:
        # Little more than a minor piece ahead does not win without pawns.
        if mine < 5:
            return np.int64(0)
        return np.int64(8)
    if other == 0 and mine == 3 and bishops & own != ZERO and (pawns & ~_FILE_A == ZERO or pawns & ~_FILE_H == ZERO):
        # A rook's pawn whose last square the bishop does not attack, and the enemy king in that corner.
        last = (np.int64(7) if pawns & ~_FILE_H == ZERO else np.int64(0)) + 56 * (1 - leader)
        light_corner = _LIGHT >> np.uint64(last) & np.uint64(1) != ZERO
        light_bishop = bishops & own & _LIGHT != ZERO
        if light_corner != light_bishop and distance(lsb(state.pieces[5] & theirs), last) <= 1:
            return np.int64(0)
    first = bishops & own
    second = bishops & theirs
    if (
        first != ZERO
        and second != ZERO
        and without_lowest(first) == ZERO
        and without_lowest(second) == ZERO
        and (first & _LIGHT == ZERO) != (second & _LIGHT == ZERO)
    ):
        if mine == 3 and other == 3:
            return np.int64(18) + 4 * popcount(pawns)
        return np.int64(36) + 3 * popcount(pawns)
    return min(np.int64(WHOLE), np.int64(36) + 7 * popcount(pawns) + mine)


@kernel
def bare_king_bonus(state: Any) -> Any:
    """Centipawns, White's view, that drive a bare king to the edge (for bishop and knight: to the right corner)."""
    if state.pieces[0] != ZERO:
        return np.int64(0)
    for leader in range(2):
        theirs = state.colours[1 - leader]
        others = state.pieces[2] | state.pieces[3] | state.pieces[4]  # two knights alone cannot mate
        if theirs & ~state.pieces[5] == ZERO and _pieces_worth(state, leader) >= 5 and others != ZERO:
            king = lsb(state.pieces[5] & state.colours[leader])
            hunted = lsb(theirs)
            file = hunted & 7
            rank = hunted >> 3
            edge = max(abs(2 * file - 7), abs(2 * rank - 7))
            bonus = 14 * edge + 10 * (7 - distance(king, hunted))
            own = state.colours[leader]
            if state.pieces[3] | state.pieces[4] == ZERO and popcount(state.pieces[2] & own) == 1:
                # The bishop decides in which corner mate is possible.
                if state.pieces[2] & _LIGHT != ZERO:
                    file = 7 - file
                bonus += 20 * (7 - min(abs(file + rank), abs(14 - file - rank)))
            return bonus if leader == 0 else -bonus
    return np.int64(0)
