"""An efficiently updatable network as a static evaluation of chess.

An accumulator is the address of its own ply's sums, int16 [2, width], White's perspective first. A move changes two to
four rows of each; a king that moves to another bucket (or across the middle, where boards are mirrored) has its own
perspective built anew from the refresh cache of `nets.nnue.inference`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.chess.classical.endgames import bare_king_bonus
from engine.chess.movegen import castling_squares
from engine.chess.rules import CHESS
from engine.chess.state import BLACK_OFFSET, CASTLING, EN_PASSANT, KING, ROOK
from nets.nnue.file import load_network
from nets.nnue.inference import (
    BOARD_BYTES,
    Context,
    Weights,
    board_at,
    context_at,
    feature,
    gather,
    output,
    row_address,
)
from nets.nnue.quantise import IntegerNetwork
from nets.simd import capture_row, castle_row, copy_row, move_row
from search.bits import ZERO, lsb, popcount, without_lowest
from search.evaluation import SCORE_LIMIT, Evaluation, register_evaluation
from search.kernel import inlined, kernel
from search.memory import address_of, aligned_zeros, padded
from search.rules import NO_MOVE

#: The folder of the networks that are shipped.
NETWORKS = Path(__file__).with_name("networks")
#: A score fades by one part in this for each ply without capture or pawn move.
FADE = 220

ACCUMULATOR = padded([("sums", np.uint64), ("context", np.uint64)])  # addresses


@inlined
def _king(state: Any, perspective: Any) -> Any:
    """The square of a side's king, seen from that side."""
    return np.int64(lsb(state.pieces[5] & state.colours[perspective])) ^ (56 * perspective)


@inlined
def _row(context: Any, perspective: Any, king: Any, code: Any, square: Any) -> Any:
    return row_address(context, feature(context, perspective, king, code, square))


@kernel
def _gather_changes(context: Any, state: Any, perspective: Any, board: Any) -> Any:
    """List the rows by which `state` differs from `board`, which becomes that of `state`; how many come and go."""
    king = _king(state, perspective)
    added = np.int64(0)
    removed = np.int64(0)
    for colour in range(2):
        for kind in range(5 + context.kings):
            now = state.pieces[kind] & state.colours[colour]
            before = board.men[colour, kind]
            board.men[colour, kind] = now
            code = kind + 1 + BLACK_OFFSET * colour
            come = now & ~before
            while come != ZERO:
                context.added[added] = _row(context, perspective, king, code, np.int64(lsb(come)))
                added += 1
                come = without_lowest(come)
            gone = before & ~now
            while gone != ZERO:
                context.removed[removed] = _row(context, perspective, king, code, np.int64(lsb(gone)))
                removed += 1
                gone = without_lowest(gone)
    return added, removed


@kernel
def _rebuild(context: Any, state: Any, perspective: Any, sums: Any) -> None:
    """Write the sums of a perspective from the cache, and bring the cache up to date."""
    entry = perspective * context.slots + context.slot[_king(state, perspective)]
    board = board_at(context.cached_boards + np.uint64(entry * BOARD_BYTES))
    cached = context.cached_sums + np.uint64(entry * context.row_bytes)
    added, removed = _gather_changes(context, state, perspective, board)
    gather(context, sums, cached, cached, added, removed)


@kernel
def refresh(accumulator: Any, state: Any) -> None:
    """See `search.evaluation.refresh`; from the biases, without the cache."""
    context = context_at(accumulator.context)
    board = board_at(context.scratch_board)
    for perspective in range(2):
        for colour in range(2):
            for kind in range(6):
                board.men[colour, kind] = ZERO
        added, removed = _gather_changes(context, state, perspective, board)
        sums = accumulator.sums + np.uint64(perspective * context.row_bytes)
        gather(context, sums, sums, context.biases, added, removed)


@kernel
def advance(child_accumulator: Any, parent_accumulator: Any, parent: Any, child: Any, move: Any) -> None:
    """See `search.evaluation.advance`."""
    context = context_at(child_accumulator.context)
    width = context.width
    move = np.int64(move)
    side = np.int64(parent.side)
    origin = move & 63
    to = (move >> 6) & 63
    kind = move >> 12
    code = np.int64(parent.board[origin])
    for perspective in range(2):
        offset = np.uint64(perspective * context.row_bytes)
        sums = child_accumulator.sums + offset
        source = parent_accumulator.sums + offset
        if move == NO_MOVE:
            copy_row(sums, source, width)
            continue
        king = _king(child, perspective)
        if code & 7 == KING:
            if side == perspective and context.slot[king] != context.slot[_king(parent, perspective)]:
                _rebuild(context, child, perspective, sums)
                continue
            if context.kings == 0:
                _advance_by_king(context, parent, child, perspective, sums, source)
                continue
        minus = _row(context, perspective, king, code, origin)
        if kind == CASTLING:
            king_to, rook_to = castling_squares(origin, to)
            rook = np.int64(ROOK) + BLACK_OFFSET * side
            castle_row(
                sums, source, width,
                _row(context, perspective, king, code, king_to), _row(context, perspective, king, rook, rook_to),
                minus, _row(context, perspective, king, rook, to),
            )  # fmt: skip
            continue
        taken = np.int64(parent.board[to])
        square = to
        if kind == EN_PASSANT:
            square = to - 8 + 16 * side
            taken = np.int64(parent.board[square])
        plus = _row(context, perspective, king, np.int64(child.board[to]), to)
        if taken != 0:
            capture_row(sums, source, width, plus, minus, _row(context, perspective, king, taken, square))
        else:
            move_row(sums, source, width, plus, minus)


@kernel
def _advance_by_king(context: Any, parent: Any, child: Any, perspective: Any, sums: Any, source: Any) -> None:
    """A move of a king that is no feature: what was captured, or the rook that castled, is what changes."""
    board = board_at(context.scratch_board)
    for colour in range(2):
        for kind in range(5):
            board.men[colour, kind] = parent.pieces[kind] & parent.colours[colour]
    added, removed = _gather_changes(context, child, perspective, board)
    gather(context, sums, sums, source, added, removed)


@kernel
def network_score(accumulator: Any, state: Any) -> Any:
    """What the network itself says: centipawns, the mover's view."""
    context = context_at(accumulator.context)
    side = np.int64(state.side)
    own = accumulator.sums + np.uint64(side * context.row_bytes)
    theirs = accumulator.sums + np.uint64((1 - side) * context.row_bytes)
    return output(context, own, theirs, popcount(state.colours[0] | state.colours[1]))


@inlined
def by_the_rules(value: Any, state: Any) -> Any:
    """A network's score with what no network is asked: the way to mate a bare king, and the fifty-move rule."""
    if state.pieces[0] == ZERO:
        value += (1 - 2 * np.int64(state.side)) * bare_king_bonus(state)
    value = value * (FADE - np.int64(state.halfmove)) // FADE
    return min(max(value, np.int64(-SCORE_LIMIT)), np.int64(SCORE_LIMIT))


@kernel
def score(accumulator: Any, state: Any) -> Any:
    """See `search.evaluation.score`."""
    return by_the_rules(network_score(accumulator, state), state)


def shipped_network() -> Path | None:
    """The file of the network that is shipped, if there is one."""
    return next(iter(sorted(NETWORKS.glob("*.safetensors"))), None)


def network_of(evaluation: str) -> str:
    """Twelve hex digits of the network of the evaluation of this name, none for those that are written by hand."""
    path = shipped_network() if evaluation == "nnue" else None
    return "" if path is None else path.stem.rpartition("-")[2]


@cache
def _shipped_weights() -> Weights:
    path = shipped_network()
    if path is None:
        raise ValueError("no network is shipped; EvalFile names the file of one")
    return Weights(load_network(path))


def nnue_evaluation(network: IntegerNetwork | None = None) -> Evaluation:
    """The evaluation by a network, or by the one that is shipped, which is loaded when a search needs it."""

    def prepare(accumulators: Any) -> object:
        context = Context(weights or _shipped_weights())
        sums = aligned_zeros((len(accumulators), 2, int(context.record.width)), np.int16)
        accumulators["sums"] = address_of(sums) + np.arange(len(accumulators), dtype=np.uint64) * np.uint64(
            sums.strides[0]
        )
        accumulators["context"] = address_of(context.records)
        return context, sums

    weights = None if network is None else Weights(network)
    return Evaluation(
        name="nnue", rules=CHESS, dtype=ACCUMULATOR, refresh=refresh, advance=advance, score=score, prepare=prepare
    )


NNUE = register_evaluation(nnue_evaluation())
