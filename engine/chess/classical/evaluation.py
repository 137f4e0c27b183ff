"""The hand-written evaluation: its terms together, tapered between midgame and endgame.

What the terms are stands in `layout`; how they are added up, in `tally`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.classical.attacked import begin
from engine.chess.classical.endgames import bare_king_bonus, scale
from engine.chess.classical.king import danger_terms, shelter_terms
from engine.chess.classical.layout import COUNT, START
from engine.chess.classical.pawns import pawn_terms
from engine.chess.classical.pieces import material_terms, piece_terms, space_terms
from engine.chess.classical.tally import PACKED, SCRATCH, endgame, midgame, tally
from engine.chess.classical.threats import threat_terms
from engine.chess.movegen import castling_squares
from engine.chess.rules import CHESS
from engine.chess.state import CASTLING, EN_PASSANT, PROMOTE_KNIGHT
from search.bits import ZERO, lsb, popcount
from search.evaluation import SCORE_LIMIT, Evaluation, register_evaluation
from search.kernel import inlined, kernel
from search.memory import address_of, aligned_records, padded, record_reader

#: Phase: 24 with all pieces on the board, 0 with pawns and kings alone.
FULL_PHASE = 24
_PHASE = (0, 0, 1, 1, 2, 4, 0, 0)
#: A score fades by one part in this for each ply without capture or pawn move.
FADE = 220

ACCUMULATOR = padded(
    [
        ("piece_squares", np.int64),  # both phases, White's view
        ("phase", np.int64),
        ("scratch", np.uint64),  # address of SCRATCH
    ]
)
_scratch_at = record_reader(SCRATCH)

#: Packed piece-square score by code of the piece and square, White's view, [16 * 64].
_PIECE_SQUARES = np.zeros(1024, np.int64)
for _kind in range(1, 7):
    for _square in range(64):
        _value = PACKED[START["piece_square"] + (_kind - 1) * 64 + _square]
        _PIECE_SQUARES[_kind * 64 + _square] = _value
        _PIECE_SQUARES[(_kind + 8) * 64 + (_square ^ 56)] = -_value

_TEMPO = START["tempo"]
_WINNING_PAWNS = START["winning_pawns"]
_WINNING_FLANKS = START["winning_flanks"]
_WINNING_PASSED = START["winning_passed"]
_WINNING_INFILTRATION = START["winning_infiltration"]
_WINNING_PAWN_ENDING = START["winning_pawn_ending"]
_WINNING = START["winning"]
_QUEENS_FLANK = np.uint64(0x0F0F0F0F0F0F0F0F)


@kernel
def terms(scratch: Any, state: Any) -> Any:
    """Every term but piece squares, tempo and winning: their packed sum, White's view; on a TRACE, their counts."""
    begin(scratch, state)
    total = np.int64(0)
    for side in range(2):
        total = material_terms(total, scratch, state, side)
        total = piece_terms(total, scratch, state, side)
    for side in range(2):
        total = pawn_terms(total, scratch, state, side)
        total = shelter_terms(total, scratch, state, side)
        total = danger_terms(total, scratch, state, side)
        total = threat_terms(total, scratch, state, side)
        total = space_terms(total, scratch, state, side)
    return total


@kernel
def winning_terms(scratch: Any, state: Any, sign: Any) -> Any:
    """What makes an advantage easier or harder to win, in favour of `sign`; `terms` has been there before."""
    pawns = state.pieces[0]
    total = tally(np.int64(0), scratch, _WINNING, sign)
    total = tally(total, scratch, _WINNING_PAWNS, sign * popcount(pawns))
    total = tally(total, scratch, _WINNING_PASSED, sign * np.int64(scratch.passed))
    if pawns & _QUEENS_FLANK != ZERO and pawns & ~_QUEENS_FLANK != ZERO:
        total = tally(total, scratch, _WINNING_FLANKS, sign)
    white_king = lsb(state.pieces[5] & state.colours[0])
    black_king = lsb(state.pieces[5] & state.colours[1])
    if white_king >= 32 or black_king < 32:
        total = tally(total, scratch, _WINNING_INFILTRATION, sign)
    if state.pieces[1] | state.pieces[2] | state.pieces[3] | state.pieces[4] == ZERO:
        total = tally(total, scratch, _WINNING_PAWN_ENDING, sign)
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
    total = sign * (accumulator.piece_squares + terms(scratch, state)) + PACKED[_TEMPO]
    lead = endgame(total)
    leader = side if lead >= 0 else 1 - side
    if lead > 0:
        total += max(winning_terms(scratch, state, np.int64(1)), -lead)
    elif lead < 0:
        total -= max(winning_terms(scratch, state, np.int64(1)), lead)
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
    lead = np.int64(0)
    for index in range(COUNT):
        lead += scratch.counts[index] * endgame(PACKED[index])
    winning_terms(scratch, state, min(max(lead, np.int64(-1)), np.int64(1)))


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
