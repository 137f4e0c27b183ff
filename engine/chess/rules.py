"""Chess as `search.rules.Rules`: the kernels of this package under one name."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.exchange import exchange, gain, mover, victim
from engine.chess.movegen import attacked_by, checks, count_legal, legal, noisy
from engine.chess.play import pass_turn, play
from engine.chess.state import MAX_MOVES, STATE
from search.bits import ZERO, popcount
from search.kernel import inlined, kernel
from search.rules import DRAW, LOSS, ONGOING, Rules, register

_LIGHT_SQUARES = np.uint64(0x55AA_55AA_55AA_55AA)

#: Plies without capture or pawn move after which either player may claim a draw, and after which the game is drawn.
FIFTY_MOVES, SEVENTY_FIVE_MOVES = 100, 150


@kernel
def insufficient_material(state: Any) -> Any:
    """Whether no sequence of legal moves can mate: bare kings, one minor piece, bishops of one colour of square."""
    if state.pieces[0] | state.pieces[3] | state.pieces[4] != ZERO:
        return False
    knights = state.pieces[1]
    bishops = state.pieces[2]
    if popcount(knights | bishops) <= 1:
        return True
    return knights == ZERO and (bishops & _LIGHT_SQUARES == ZERO or bishops & ~_LIGHT_SQUARES == ZERO)


@kernel
def ended(state: Any) -> Any:
    """Draws by insufficient material and by the fifty-move rule (which mate overrides); ONGOING otherwise."""
    if state.pieces[0] | state.pieces[3] | state.pieces[4] == ZERO and insufficient_material(state):
        return np.int64(DRAW)
    if state.halfmove >= FIFTY_MOVES and (state.checkers == ZERO or count_legal(state) > 0):
        return np.int64(DRAW)
    return np.int64(ONGOING)


@inlined
def stuck(state: Any) -> Any:
    """Checkmate or stalemate."""
    return np.int64(LOSS) if state.checkers != ZERO else np.int64(DRAW)


@inlined
def key(state: Any) -> Any:
    """Polyglot's key."""
    return state.key


@inlined
def side(state: Any) -> Any:
    """0 for White, 1 for Black."""
    return np.int64(state.side)


@inlined
def in_check(state: Any) -> Any:
    """Whether the side to move is in check."""
    return state.checkers != ZERO


@inlined
def reversible(state: Any) -> Any:
    """Plies since the last capture, pawn move, or pass."""
    return np.int64(state.halfmove)


@inlined
def structure(state: Any, index: Any) -> Any:
    """The pawns' key, or that of either side's pieces."""
    if index == 0:
        return state.pawn_key
    return state.piece_keys[index - 1]


@inlined
def threatened(state: Any) -> Any:
    """The squares that the opponent attacks."""
    return attacked_by(state, 1 - side(state), state.colours[0] | state.colours[1])


CHESS = register(
    Rules(
        name="chess",
        dtype=STATE,
        max_moves=MAX_MOVES,
        legal=legal,
        play=play,
        ended=ended,
        stuck=stuck,
        key=key,
        side=side,
        noisy=noisy,
        checks=checks,
        in_check=in_check,
        pass_turn=pass_turn,
        victim=victim,
        mover=mover,
        gain=gain,
        exchange=exchange,
        reversible=reversible,
        structure=structure,
        threatened=threatened,
    )
)
