"""Positions of Hexapawn as 64-bit words, exactly, for solutions.

From the lowest bit: one bit for each of the files x ranks squares, set if a pawn stands there; then, from the lowest
occupied square up, one bit for each pawn, set if it is the second player's (2 x files bits at most); then the player
to move. Boards of up to 7x7 fit.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.hexapawn.rules import HEXAPAWN, hashed
from search.bits import ONE, ZERO, bit, has, lsb, without_lowest
from search.kernel import kernel
from search.minimax.packing import Packing, register_packing
from search.rules import State


@kernel
def pack(state: Any) -> Any:
    """The word of a position."""
    files, ranks = np.int64(state.files), np.int64(state.ranks)
    occupied = state.pawns[0] | state.pawns[1]
    row = bit(files) - ONE
    packed = ZERO
    for rank in range(ranks):
        packed |= ((occupied >> np.uint64(8 * rank)) & row) << np.uint64(files * rank)
    place = files * ranks
    while occupied != ZERO:
        if has(state.pawns[1], lsb(occupied)):
            packed |= bit(place)
        place += 1
        occupied = without_lowest(occupied)
    if state.side == 1:
        packed |= bit(files * ranks + 2 * files)
    return packed


@kernel
def unpack(state: Any, packed: Any) -> Any:
    """Write the pawns, the player to move and the key; the size of the board stays."""
    files, ranks = np.int64(state.files), np.int64(state.ranks)
    row = bit(files) - ONE
    occupied = ZERO
    for rank in range(ranks):
        occupied |= ((packed >> np.uint64(files * rank)) & row) << np.uint64(8 * rank)
    first, second = ZERO, ZERO
    place = files * ranks
    while occupied != ZERO:
        square = bit(lsb(occupied))
        if has(packed, place):
            second |= square
        else:
            first |= square
        place += 1
        occupied = without_lowest(occupied)
    side = np.int64(1) if has(packed, files * ranks + 2 * files) else np.int64(0)
    state.pawns[0] = first
    state.pawns[1] = second
    state.side = side
    state.key = hashed(first, second, files, ranks, side)


def admit(state: State) -> None:
    """ValueError unless positions of this size of board fit 64 bits."""
    files, ranks = int(state.files), int(state.ranks)
    if files * ranks + 2 * files + 1 > 64:
        raise ValueError(f"positions of Hexapawn {files}x{ranks} do not fit 64 bits; up to 7x7 they do")


PACKING = register_packing(Packing(rules=HEXAPAWN, pack=pack, unpack=unpack, admit=admit))
