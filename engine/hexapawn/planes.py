"""Hexapawn as a network sees it: 4 planes for a position, and 3 actions for each square.

Everything is the mover's view: for the second player the board is turned upside down, files stay.

Planes, float32 [4, ranks, files], indexed [plane, rank, file] from the mover's first rank and the a-file::

    0   the mover's pawns
    1   the opponent's
    2   1 everywhere if the second player is to move
    3   1 everywhere, which shows a convolution the edge

Actions: `files * ranks * plane + files * rank + file` of the pawn that moves; plane 0 captures towards the a-file,
1 steps straight on, 2 captures towards the last file.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.encoding import Encoding
from engine.hexapawn.rules import HEXAPAWN, legal
from search.bits import ZERO, lsb, without_lowest
from search.kernel import inlined, kernel
from search.rules import State, origin, target

PLANES, ACTION_PLANES = 4, 3


@inlined
def _rank(state: Any, square: Any) -> Any:
    """The rank of a square, from the mover's first."""
    rank = square >> 3
    return rank if state.side == 0 else np.int64(state.ranks) - 1 - rank


@kernel
def write_planes(state: Any, planes: Any) -> None:
    """Write the planes of one position to `planes`, float32 [4, ranks, files]."""
    planes[:] = 0.0
    for side in range(2):
        pawns = state.pawns[side]
        while pawns != ZERO:
            square = lsb(pawns)
            planes[0 if side == state.side else 1, _rank(state, square), square & 7] = 1.0
            pawns = without_lowest(pawns)
    for rank in range(np.int64(state.ranks)):
        for file in range(np.int64(state.files)):
            planes[2, rank, file] = state.side
            planes[3, rank, file] = 1.0


@kernel
def write_batch(states: Any, planes: Any) -> None:
    """Write the planes of `states` [n] to `planes`, float32 [n, 4, ranks, files]."""
    for index in range(len(states)):
        write_planes(states[index], planes[index])


@kernel
def write_actions(state: Any, moves: Any, actions: Any) -> Any:
    """Write the legal moves and their actions, return their number."""
    count = legal(state, moves)
    files, ranks = np.int64(state.files), np.int64(state.ranks)
    for index in range(count):
        start, end = origin(np.int64(moves[index])), target(np.int64(moves[index]))
        plane = (end & 7) - (start & 7) + 1
        actions[index] = files * (ranks * plane + _rank(state, start)) + (start & 7)
    return count


@kernel
def write_all_actions(states: Any, moves: Any, actions: Any) -> None:
    """Write the actions of the legal moves of `states` [n] to `actions` [n, max_moves]; `moves` is scratch space."""
    for index in range(len(states)):
        write_actions(states[index], moves, actions[index])


class HexapawnEncoding(Encoding):
    """The planes and actions of this module, for one size of board."""

    rules = HEXAPAWN
    piece_planes = 2

    def __init__(self, files: int, ranks: int) -> None:
        self.name = f"hexapawn{files}x{ranks}-planes-1"
        self.shape = (PLANES, ranks, files)
        self.actions = ACTION_PLANES * files * ranks
        # Captures towards the a-file become captures towards the last one.
        numbers = np.arange(self.actions, dtype=np.int32).reshape(ACTION_PLANES, ranks, files)
        self.mirrored_actions = numbers[::-1, :, ::-1].reshape(-1).copy()

    def write(self, states: Any, repetitions: npt.NDArray[np.integer[Any]], planes: npt.NDArray[np.float32]) -> None:
        """See `engine.encoding.Encoding.write`; no position of Hexapawn repeats."""
        del repetitions
        write_batch(states, planes)

    def write_actions(self, state: State, moves: npt.NDArray[np.int32], actions: npt.NDArray[np.int32]) -> int:
        """See `engine.encoding.Encoding.write_actions`."""
        return int(write_actions(state, moves, actions))

    def write_all_actions(self, states: Any, actions: npt.NDArray[np.int32]) -> None:
        """See `engine.encoding.Encoding.write_all_actions`."""
        write_all_actions(states, np.zeros(self.rules.max_moves, np.int32), actions)
