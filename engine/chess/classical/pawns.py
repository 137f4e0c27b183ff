"""Terms of the pawns: their structure, and those that nothing can stop any more but pieces."""

from __future__ import annotations

from typing import Any

from engine.chess.classical.attacked import beside
from engine.chess.classical.layout import START
from engine.chess.classical.spans import BESIDE, FRONT, PASSED, distance
from engine.chess.classical.tally import tally
from search.bits import ZERO, bit, has, lsb, without_lowest
from search.kernel import kernel

_PASSED = START["passed"]
_PASSED_BLOCKED = START["passed_blocked"]
_PASSED_FREE = START["passed_free"]
_PASSED_SAFE = START["passed_safe"]
_PASSED_OWN_KING = START["passed_own_king"]
_PASSED_ENEMY_KING = START["passed_enemy_king"]
_PASSED_OWN_ROOK = START["passed_own_rook"]
_PASSED_ENEMY_ROOK = START["passed_enemy_rook"]
_ISOLATED = START["isolated"]
_ISOLATED_DOUBLED = START["isolated_doubled"]
_DOUBLED = START["doubled"]
_SUPPORTED_DOUBLED = START["supported_doubled"]
_BACKWARD = START["backward"]
_WEAK_ON_OPEN_FILE = START["weak_on_open_file"]
_SUPPORTED = START["supported"]
_PHALANX = START["phalanx"]


@kernel
def pawn_terms(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """Pawn structure and passed pawns; counts the passed pawns of both sides in `scratch.passed`."""
    sign = 1 - 2 * side
    own = state.pieces[0] & state.colours[side]
    theirs = state.pieces[0] & state.colours[1 - side]
    occupied = state.colours[0] | state.colours[1]
    rooks = state.pieces[3]
    own_king = lsb(state.pieces[5] & state.colours[side])
    enemy_king = lsb(state.pieces[5] & state.colours[1 - side])
    flip = 56 * side
    up = 8 * sign
    in_phalanx = own & beside(own)
    pawns = own
    while pawns != ZERO:
        square = lsb(pawns)
        pawns = without_lowest(pawns)
        rank = (square ^ flip) >> 3
        file = square & 7
        front = FRONT[side * 64 + square]
        neighbours = BESIDE[file] & own
        stop = square + up
        doubled = front & own != ZERO
        if doubled:
            total = tally(total, scratch, _DOUBLED, sign)
        if has(scratch.by[side, 1], square):
            total = tally(total, scratch, _SUPPORTED + rank, sign)
            if doubled:
                total = tally(total, scratch, _SUPPORTED_DOUBLED, sign)
        else:
            weak = False
            if neighbours == ZERO:
                weak = True
                total = tally(total, scratch, _ISOLATED + min(file, 7 - file), sign)
                if doubled:
                    total = tally(total, scratch, _ISOLATED_DOUBLED, sign)
            elif has(scratch.by[1 - side, 1], stop):
                weak = True
                if PASSED[(1 - side) * 64 + stop] & neighbours == ZERO:
                    total = tally(total, scratch, _BACKWARD, sign)
            stoppable = PASSED[side * 64 + square] & theirs != ZERO
            if weak and stoppable and front & theirs == ZERO and rooks & state.colours[1 - side] != ZERO:
                total = tally(total, scratch, _WEAK_ON_OPEN_FILE, sign)
        if in_phalanx & bit(square) != ZERO:
            total = tally(total, scratch, _PHALANX + rank, sign)
        if PASSED[side * 64 + square] & theirs == ZERO and not doubled:
            scratch.passed += 1
            total = tally(total, scratch, _PASSED + rank, sign)
            behind = FRONT[(1 - side) * 64 + square]
            if behind & rooks & state.colours[side] != ZERO:
                total = tally(total, scratch, _PASSED_OWN_ROOK, sign)
            if (behind | front) & rooks & state.colours[1 - side] != ZERO:
                total = tally(total, scratch, _PASSED_ENEMY_ROOK, sign)
            if rank >= 3:
                if has(occupied, stop):
                    total = tally(total, scratch, _PASSED_BLOCKED + rank, sign)
                elif front & occupied == ZERO:
                    total = tally(total, scratch, _PASSED_FREE + rank, sign)
                if not has(scratch.attacked[1 - side], stop) or has(scratch.attacked[side], stop):
                    total = tally(total, scratch, _PASSED_SAFE + rank, sign)
                total = tally(total, scratch, _PASSED_OWN_KING + distance(own_king, stop), sign)
                total = tally(total, scratch, _PASSED_ENEMY_KING + distance(enemy_king, stop), sign)
    return total
