"""A small hand-written evaluation of Hexapawn: pawns, how far they are, and whether anything can still stop them."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.hexapawn.rules import HEXAPAWN
from search.bits import ZERO, lsb, popcount, without_lowest
from search.evaluation import Evaluation, register_evaluation
from search.kernel import inlined, kernel
from search.memory import padded

#: Centipawns of a pawn, of each row it has advanced, and of each such row if no opposing pawn can stop it.
PAWN_VALUE = 100
ROW_VALUE = 6
PASSED_ROW_VALUE = 25

ACCUMULATOR = padded([("hexapawn_balance", np.int32)])
"""The balance in centipawns, the first player's view."""

_FILE_A = np.uint64(0x0101_0101_0101_0101)
_FILE_H = np.uint64(0x8080_8080_8080_8080)
_ONE = np.uint64(1)


@inlined
def _ahead(side: Any, square: Any) -> Any:
    """The squares in front of `square` on its own and both neighbouring files, for the player `side`."""
    column = _FILE_A << np.uint64(square & 7)
    files = column | ((column & ~_FILE_A) >> _ONE) | ((column & ~_FILE_H) << _ONE)
    row = square & 56
    if side == 0:
        return files << np.uint64(row + 8) if row < 56 else ZERO
    return files >> np.uint64(64 - row) if row > 0 else ZERO


@inlined
def _worth(state: Any, side: Any) -> Any:
    """Centipawns of the pawns of one player."""
    pawns = state.pawns[side]
    total = PAWN_VALUE * popcount(pawns)
    while pawns != ZERO:
        square = lsb(pawns)
        row = square >> 3
        advanced = row if side == 0 else np.int64(state.ranks) - 1 - row
        total += ROW_VALUE * advanced
        if _ahead(side, square) & state.pawns[1 - side] == ZERO:
            total += PASSED_ROW_VALUE * advanced
        pawns = without_lowest(pawns)
    return total


@kernel
def refresh(accumulator: Any, state: Any) -> Any:
    """Compute the balance of `state`."""
    accumulator.hexapawn_balance = _worth(state, np.int64(0)) - _worth(state, np.int64(1))


@kernel
def advance(child_accumulator: Any, parent_accumulator: Any, parent: Any, child: Any, move: Any) -> Any:
    """Compute the balance of `child` afresh: a move changes what is passed on three files."""
    refresh(child_accumulator, child)


@inlined
def score(accumulator: Any, state: Any) -> Any:
    """The balance, the mover's view."""
    balance = np.int64(accumulator.hexapawn_balance)
    return balance if state.side == 0 else -balance


PAWNS = register_evaluation(
    Evaluation(name="pawns", rules=HEXAPAWN, dtype=ACCUMULATOR, refresh=refresh, advance=advance, score=score)
)
"""Material, advancement and passed pawns."""
