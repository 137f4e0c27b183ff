"""The terms of the hand-written evaluation as kernels, and the evaluation that they make.

Every term is a weight times a count, White's less Black's, and goes through `tally`. For playing, `tally` adds the
weight; for tuning and for explaining, it counts how often each weight was used. Which of the two it is follows from the
type of the record that the terms work on, so both are compiled from this one source.

Scores of the two phases travel in one int64, `midgame << 32 + endgame`, which adds and multiplies both at once.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import overload

from engine.chess.attacks import (
    bishop_attacks,
    king_attacks,
    knight_attacks,
    rook_attacks,
)
from engine.chess.classical.endgames import bare_king_bonus, scale
from engine.chess.classical.layout import COUNT, START
from engine.chess.classical.spans import BESIDE, FILES, FRONT, PASSED, SHIELD, distance
from engine.chess.classical.weights import WEIGHTS
from engine.chess.movegen import castling_squares
from engine.chess.rules import CHESS
from engine.chess.state import CASTLING, EN_PASSANT, PROMOTE_KNIGHT
from search.bits import ONE, ZERO, bit, has, lsb, msb, popcount, without_lowest
from search.evaluation import SCORE_LIMIT, Evaluation, register_evaluation
from search.kernel import inlined, kernel
from search.memory import address_of, aligned_records, padded, record_reader

#: Phase: 24 with all pieces on the board, 0 with pawns and kings alone.
FULL_PHASE = 24
_PHASE = (0, 0, 1, 1, 2, 4, 0, 0)
#: A score fades by one part in this for each ply without capture or pawn move.
FADE = 220

_SCRATCH = [
    ("attacked", np.uint64, (2,)),  # by anything of a side
    ("twice", np.uint64, (2,)),  # by two or more
    ("by", np.uint64, (2, 8)),  # by each kind of piece
    ("ring", np.uint64, (2,)),  # the king and the squares around it
    ("units", np.int64, (2,)),  # of attack on the other side's king
]
#: What the terms of a position share while it is scored, and what they count when traced.
SCRATCH = padded(_SCRATCH)
# The counts come first, for a record that begins like another one passes for it in Numba.
TRACE = padded([("counts", np.int32, (COUNT,)), *_SCRATCH])

ACCUMULATOR = padded(
    [
        ("piece_squares", np.int64),  # both phases, White's view
        ("phase", np.int64),
        ("scratch", np.uint64),  # address of SCRATCH
    ]
)
_scratch_at = record_reader(SCRATCH)


def _packed() -> npt.NDArray[np.int64]:
    values = np.zeros(COUNT, np.int64)
    for name, (midgame, endgame) in WEIGHTS.items():
        start = START[name]
        values[start : start + len(midgame)] = (np.array(midgame, np.int64) << 32) + np.array(endgame, np.int64)
    return values


_PACKED = _packed()

#: Packed piece-square score by code of the piece and square, White's view, [16 * 64].
_PIECE_SQUARES = np.zeros(1024, np.int64)
for _kind in range(1, 7):
    for _square in range(64):
        _value = _PACKED[START["piece_square"] + (_kind - 1) * 64 + _square]
        _PIECE_SQUARES[_kind * 64 + _square] = _value
        _PIECE_SQUARES[(_kind + 8) * 64 + (_square ^ 56)] = -_value


@inlined
def midgame(packed: Any) -> Any:
    """The midgame part of a packed score."""
    return (packed + (1 << 31)) >> 32


@inlined
def endgame(packed: Any) -> Any:
    """The endgame part of a packed score."""
    return packed - (midgame(packed) << 32)


def tally(total: Any, scratch: Any, index: Any, times: Any) -> Any:
    """Add weight `index` `times` times to the packed `total`; on a TRACE, count it instead."""
    if "counts" in scratch.dtype.names:
        scratch.counts[index] += times
        return total
    return total + _PACKED[index] * times


_TRACE_TYPE = numba.from_dtype(TRACE)


@inlined
def _add(total: Any, scratch: Any, index: Any, times: Any) -> Any:
    return total + _PACKED[index] * times


@inlined
def _count(total: Any, scratch: Any, index: Any, times: Any) -> Any:
    scratch.counts[index] += times
    return total


@overload(tally)
def _(total, scratch, index, times):  # type: ignore[no-untyped-def]
    if scratch == _TRACE_TYPE:
        return lambda total, scratch, index, times: _count(total, scratch, index, times)
    return lambda total, scratch, index, times: _add(total, scratch, index, times)


# Where each term's weights begin; constants, so that compiled code holds the weights themselves.
_MOBILITY = (0, 0, START["knight_mobility"], START["bishop_mobility"], START["rook_mobility"], START["queen_mobility"])
_BISHOP_PAIR = START["bishop_pair"]
_BISHOP_PAWNS = START["bishop_pawns"]
_KNIGHT_OUTPOST = START["knight_outpost"]
_BISHOP_OUTPOST = START["bishop_outpost"]
_MINOR_BEHIND_PAWN = START["minor_behind_pawn"]
_ROOK_OPEN_FILE = START["rook_open_file"]
_ROOK_HALF_OPEN_FILE = START["rook_half_open_file"]
_ROOK_ON_SEVENTH = START["rook_on_seventh"]
_PASSED = START["passed"]
_PASSED_BLOCKED = START["passed_blocked"]
_PASSED_FREE = START["passed_free"]
_PASSED_SAFE = START["passed_safe"]
_PASSED_OWN_KING = START["passed_own_king"]
_PASSED_ENEMY_KING = START["passed_enemy_king"]
_ISOLATED = START["isolated"]
_DOUBLED = START["doubled"]
_BACKWARD = START["backward"]
_SUPPORTED = START["supported"]
_PHALANX = START["phalanx"]
_SHELTER = START["shelter"]
_STORM = START["storm"]
_KING_DANGER = START["king_danger"]
_PAWN_THREAT = START["pawn_threat"]
_MINOR_THREAT = START["minor_threat"]
_ROOK_THREAT = START["rook_threat"]
_HANGING = START["hanging"]
_PUSH_THREAT = START["push_threat"]
_RESTRICTED = START["restricted"]
_TEMPO = START["tempo"]

_FILE_A = np.uint64(0x0101010101010101)
_FILE_H = np.uint64(0x8080808080808080)
_LIGHT = np.uint64(0x55AA55AA55AA55AA)
_SEVENTH = (np.uint64(0x00FF000000000000), np.uint64(0x000000000000FF00))
_EIGHTH = (np.uint64(0xFF00000000000000), np.uint64(0x00000000000000FF))
_OUTPOSTS = (np.uint64(0x0000FFFFFF000000), np.uint64(0x000000FFFFFF0000))

#: Units of attack for a piece that reaches the king's ring, and for a safe check, by kind.
_REACH = (0, 0, 3, 3, 4, 5)
_CHECK = (0, 0, 7, 5, 8, 7)
_MOST_UNITS = 63


@inlined
def _attacks_of_pawns(side: Any, pawns: Any) -> Any:
    ahead = pawns << np.uint64(8) if side == 0 else pawns >> np.uint64(8)
    return ((ahead & ~_FILE_H) << np.uint64(1)) | ((ahead & ~_FILE_A) >> np.uint64(1))


@kernel
def _begin(scratch: Any, state: Any) -> None:
    """Attacks of pawns and kings, and the rings around the kings."""
    for side in range(2):
        own = state.colours[side]
        king = lsb(state.pieces[5] & own)
        by_king = king_attacks(king)
        by_pawn = _attacks_of_pawns(side, state.pieces[0] & own)
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
def _note(scratch: Any, side: Any, kind: Any, attacks: Any) -> None:
    """Remember what a piece attacks, and how near that comes to the enemy king."""
    scratch.twice[side] |= scratch.attacked[side] & attacks
    scratch.attacked[side] |= attacks
    scratch.by[side, kind] |= attacks
    near = attacks & scratch.ring[1 - side]
    if near != ZERO:
        scratch.units[side] += _REACH[kind] + popcount(near)


@kernel
def _pieces(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """Mobility, and where the pieces stand; fills in the attacks."""
    sign = 1 - 2 * side
    own = state.colours[side]
    occupied = own | state.colours[1 - side]
    pawns = state.pieces[0] & own
    enemy_pawns = state.pieces[0] & state.colours[1 - side]
    ahead = occupied >> np.uint64(8) if side == 0 else occupied << np.uint64(8)
    area = ~(scratch.by[1 - side, 1] | (pawns & ahead) | (state.pieces[5] & own))
    shielded = state.pieces[0] >> np.uint64(8) if side == 0 else state.pieces[0] << np.uint64(8)

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
        attacks = knight_attacks(lsb(pieces))
        _note(scratch, side, 2, attacks)
        total = tally(total, scratch, _MOBILITY[2] + popcount(attacks & area), sign)
        pieces = without_lowest(pieces)

    pieces = state.pieces[2] & own
    if pieces != ZERO and without_lowest(pieces) != ZERO:
        total = tally(total, scratch, _BISHOP_PAIR, sign)
    through = occupied ^ (state.pieces[4] & own)
    while pieces != ZERO:
        square = lsb(pieces)
        attacks = bishop_attacks(square, through)
        _note(scratch, side, 3, attacks)
        total = tally(total, scratch, _MOBILITY[3] + popcount(attacks & area), sign)
        coloured = _LIGHT if has(_LIGHT, square) else ~_LIGHT
        total = tally(total, scratch, _BISHOP_PAWNS, sign * popcount(pawns & coloured))
        pieces = without_lowest(pieces)

    pieces = state.pieces[3] & own
    through ^= pieces
    while pieces != ZERO:
        square = lsb(pieces)
        attacks = rook_attacks(square, through)
        _note(scratch, side, 4, attacks)
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
        _note(scratch, side, 5, attacks)
        total = tally(total, scratch, _MOBILITY[5] + popcount(attacks & area), sign)
        pieces = without_lowest(pieces)
    return total


@kernel
def _pawns(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """Pawn structure and passed pawns."""
    sign = 1 - 2 * side
    own = state.pieces[0] & state.colours[side]
    theirs = state.pieces[0] & state.colours[1 - side]
    occupied = state.colours[0] | state.colours[1]
    own_king = lsb(state.pieces[5] & state.colours[side])
    enemy_king = lsb(state.pieces[5] & state.colours[1 - side])
    flip = 56 * side
    up = 8 * sign
    pawns = own
    while pawns != ZERO:
        square = lsb(pawns)
        pawns = without_lowest(pawns)
        rank = (square ^ flip) >> 3
        file = square & 7
        front = FRONT[side * 64 + square]
        beside = BESIDE[file]
        stop = square + up
        if front & own != ZERO:
            total = tally(total, scratch, _DOUBLED, sign)
        if has(scratch.by[side, 1], square):
            total = tally(total, scratch, _SUPPORTED + rank, sign)
        elif beside & own == ZERO:
            total = tally(total, scratch, _ISOLATED + min(file, 7 - file), sign)
        elif PASSED[(1 - side) * 64 + stop] & beside & own == ZERO and has(scratch.by[1 - side, 1], stop):
            total = tally(total, scratch, _BACKWARD, sign)
        if ((own & ~_FILE_H) << ONE | (own & ~_FILE_A) >> ONE) & bit(square) != ZERO:
            total = tally(total, scratch, _PHALANX + rank, sign)
        if PASSED[side * 64 + square] & theirs == ZERO and front & own == ZERO:
            total = tally(total, scratch, _PASSED + rank, sign)
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


@kernel
def _king_shelter(total: Any, scratch: Any, state: Any, side: Any) -> Any:
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


@inlined
def _nearest(side: Any, pawns: Any) -> Any:
    """The pawn nearest to the own back rank of `side`, of pawns on one file."""
    return lsb(pawns) if side == 0 else msb(pawns)


@kernel
def _king_danger(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """Attack by `side` on the enemy king: pieces that reach its ring, weak squares there, and safe checks."""
    other = 1 - side
    occupied = state.colours[0] | state.colours[1]
    king = lsb(state.pieces[5] & state.colours[other])
    units = np.int64(scratch.units[side])
    if units > 0:
        defended = scratch.attacked[other]
        weak = scratch.attacked[side] & scratch.ring[other] & ~(scratch.twice[other] | scratch.by[other, 1])
        units += 2 * popcount(weak)
        safe = ~state.colours[side] & (~defended | (scratch.twice[side] & scratch.by[other, 6] & ~scratch.twice[other]))
        straight = rook_attacks(king, occupied) & safe
        diagonal = bishop_attacks(king, occupied) & safe
        if straight & scratch.by[side, 4] != ZERO:
            units += _CHECK[4]
        if diagonal & scratch.by[side, 3] != ZERO:
            units += _CHECK[3]
        if (straight | diagonal) & scratch.by[side, 5] != ZERO:
            units += _CHECK[5]
        if knight_attacks(king) & safe & scratch.by[side, 2] != ZERO:
            units += _CHECK[2]
        if state.pieces[4] & state.colours[side] == ZERO:
            units = units // 2
        total = tally(total, scratch, _KING_DANGER + min(units, np.int64(_MOST_UNITS)), 1 - 2 * side)
    return total


@kernel
def _threats(total: Any, scratch: Any, state: Any, side: Any) -> Any:
    """What `side` attacks to its profit."""
    sign = 1 - 2 * side
    other = 1 - side
    theirs = state.colours[other]
    occupied = state.colours[0] | state.colours[1]
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
    pawns = state.pieces[0] & state.colours[side]
    steps = (pawns << np.uint64(8) if side == 0 else pawns >> np.uint64(8)) & ~occupied
    steps &= ~scratch.by[other, 1] & (scratch.attacked[side] | ~scratch.attacked[other])
    pushed = _attacks_of_pawns(side, steps) & theirs & ~state.pieces[0] & ~by_pawn
    total = tally(total, scratch, _PUSH_THREAT, sign * popcount(pushed))
    contested = scratch.attacked[side] & scratch.attacked[other] & ~scratch.by[other, 1]
    return tally(total, scratch, _RESTRICTED, sign * popcount(contested & ~occupied))


@kernel
def terms(scratch: Any, state: Any) -> Any:
    """Every term except piece squares and tempo: their packed sum, White's view; on a TRACE, their counts."""
    _begin(scratch, state)
    total = np.int64(0)
    for side in range(2):
        total = _pieces(total, scratch, state, side)
    for side in range(2):
        total = _pawns(total, scratch, state, side)
        total = _king_shelter(total, scratch, state, side)
        total = _king_danger(total, scratch, state, side)
        total = _threats(total, scratch, state, side)
    return total


@inlined
def _blend(packed: Any, phase: Any, factor: Any) -> Any:
    """Centipawns of a packed score at `phase`, its endgame part scaled by `factor` 64ths."""
    phase = min(phase, np.int64(FULL_PHASE))
    mixed = midgame(packed) * phase * 64 + endgame(packed) * (FULL_PHASE - phase) * factor
    return mixed // (FULL_PHASE * 64)


@kernel
def refresh(accumulator: Any, state: Any) -> None:
    """See `search.evaluation.refresh`."""
    total = np.int64(0)
    phase = np.int64(0)
    for square in range(64):
        code = np.int64(state.board[square])
        if code != 0:
            total += _PIECE_SQUARES[code * 64 + square]
            phase += _PHASE[code & 7]
    accumulator.piece_squares = total
    accumulator.phase = phase


@kernel
def advance(child_accumulator: Any, parent_accumulator: Any, parent: Any, child: Any, move: Any) -> None:
    """See `search.evaluation.advance`."""
    total = parent_accumulator.piece_squares
    phase = parent_accumulator.phase
    move = np.int64(move)
    if move != 0:
        origin = move & 63
        to = (move >> 6) & 63
        kind = move >> 12
        code = np.int64(parent.board[origin])
        total -= _PIECE_SQUARES[code * 64 + origin]
        if kind == CASTLING:
            rook = np.int64(parent.board[to])
            king_to, rook_to = castling_squares(origin, to)
            total += _PIECE_SQUARES[code * 64 + king_to]
            total += _PIECE_SQUARES[rook * 64 + rook_to] - _PIECE_SQUARES[rook * 64 + to]
        else:
            square = to
            if kind == EN_PASSANT:
                square = to - 8 + 16 * (code >> 3)
            taken = np.int64(parent.board[square])
            total -= _PIECE_SQUARES[taken * 64 + square]
            phase -= _PHASE[taken & 7]
            if kind >= PROMOTE_KNIGHT:
                code += kind - 1
                phase += _PHASE[kind]
            total += _PIECE_SQUARES[code * 64 + to]
    child_accumulator.piece_squares = total
    child_accumulator.phase = phase


@kernel
def score(accumulator: Any, state: Any) -> Any:
    """See `search.evaluation.score`."""
    scratch = _scratch_at(accumulator.scratch)
    side = np.int64(state.side)
    sign = 1 - 2 * side
    total = sign * (accumulator.piece_squares + terms(scratch, state)) + _PACKED[_TEMPO]
    leader = side if endgame(total) >= 0 else 1 - side
    value = _blend(total, accumulator.phase, scale(state, leader)) + sign * bare_king_bonus(state)
    # Without captures and pawn moves, any advantage fades towards the draw of the fifty-move rule.
    value = value * (FADE - np.int64(state.halfmove)) // FADE
    return min(max(value, np.int64(-SCORE_LIMIT)), np.int64(SCORE_LIMIT))


@kernel
def trace(scratch: Any, state: Any) -> None:
    """Write to the `counts` of a TRACE record how often each weight enters the score, White's uses less Black's."""
    for index in range(COUNT):
        scratch.counts[index] = 0
    terms(scratch, state)
    for square in range(64):
        code = np.int64(state.board[square])
        if code != 0:
            side = code >> 3
            scratch.counts[((code & 7) - 1) * 64 + (square ^ (56 * side))] += 1 - 2 * side
    scratch.counts[_TEMPO] += 1 - 2 * np.int64(state.side)


def _prepare(accumulators: Any) -> object:
    """Give the accumulators of one thread a scratch record."""
    scratch = aligned_records(1, SCRATCH)
    accumulators["scratch"] = address_of(scratch)
    return scratch


CLASSICAL = register_evaluation(
    Evaluation(
        name="classical",
        rules=CHESS,
        dtype=ACCUMULATOR,
        refresh=refresh,
        advance=advance,
        score=score,
        prepare=_prepare,
    )
)
