"""An encoding that also shows what came before, made from any other one.

As AlphaZero and Lc0 show a game: the planes of the state, and for each of some earlier states where the pieces were and
whether they had been there before. Everything is the view of whoever moves now: where the other player was to move, the
board is turned and the sides change places. Earlier states that are not known, before the beginning of a game, are 0.

Of `base` planes, of which the first `pieces` show pieces and `told` tell repetitions::

    0 … base - 1                           the encoding within, of the state
    base + (pieces + told) * (back - 1)    the state `back` plies ago, 1..steps: its pieces, then its repetitions

Chess (`chess-history7-1`, 118 planes)::

      0 -  19   as in `chess-planes-1`
     20 -  31   one ply ago: the mover's pawns … king, the opponent's
     32 -  33   one ply ago: had occurred before; had occurred twice or more before
     34 -  47   two plies ago, in the same way
      …
    104 - 117   seven plies ago

(D. Silver and others, "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play",
Science 362, 2018, table S1, has eight positions of 14 planes; so has this. Its count of all moves is left out.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from engine.encoding import Encoding, Seen
from search.kernel import kernel
from search.rules import State


class HistoryEncoding(Encoding):
    """The planes of another encoding and those of earlier states; the actions are the other's."""

    def __init__(self, base: Encoding, steps: int) -> None:
        """`steps` earlier states are shown. ValueError if the encoding does not say which planes show pieces."""
        if steps < 1 or base.piece_planes < 2:
            raise ValueError(f"{base.name} cannot be shown with {steps} earlier states")
        game, _, version = base.name.rpartition("-planes-")
        self.name = f"{game}-history{steps}-{version}"
        self.rules = base.rules
        self.actions = base.actions
        self.history = steps
        self.mirrored_actions = base.mirrored_actions
        self.base = base
        self._told = base.repetition_planes[1] - base.repetition_planes[0]
        planes, ranks, files = base.shape
        self.shape = (planes + steps * (base.piece_planes + self._told), ranks, files)

    def write(self, states: Any, repetitions: npt.NDArray[np.integer[Any]], planes: npt.NDArray[np.float32]) -> None:
        """See `engine.encoding.Encoding.write`; as if there were no earlier states."""
        now = np.zeros((len(states), *self.base.shape), np.float32)
        self.base.write(states, repetitions, now)
        planes[:, : self.base.shape[0]] = now
        planes[:, self.base.shape[0] :] = 0

    def write_batch(self, batch: Seen, planes: npt.NDArray[np.float32]) -> None:
        self.write(batch.states, batch.repetitions, planes)
        n, steps = len(batch.past_counts), min(self.history, batch.past.shape[1])
        for back in range(1, steps + 1):
            if not (batch.past_counts >= back).any():
                break
            # A column of a batch is not contiguous, which kernels would be compiled for anew.
            then = np.zeros((n, *self.base.shape), np.float32)
            states = np.ascontiguousarray(batch.past[:, back - 1]).view(type(batch.past))
            self.base.write(states, np.ascontiguousarray(batch.past_repetitions[:, back - 1]), then)
            telling = self.base.repetition_planes[0]
            show_earlier(planes, then, batch.past_counts, back, self.base.piece_planes, telling, self._told)

    def write_actions(self, state: State, moves: npt.NDArray[np.int32], actions: npt.NDArray[np.int32]) -> int:
        """See `engine.encoding.Encoding.write_actions`."""
        return self.base.write_actions(state, moves, actions)

    def write_all_actions(self, states: Any, actions: npt.NDArray[np.int32]) -> None:
        """See `engine.encoding.Encoding.write_all_actions`."""
        self.base.write_all_actions(states, actions)


@kernel
def show_earlier(planes: Any, then: Any, known: Any, back: Any, pieces: Any, telling: Any, told: Any) -> None:
    """Copy pieces and repetitions from the planes of the states `back` plies ago, `then`, where they are known."""
    ranks, files = planes.shape[2], planes.shape[3]
    first = then.shape[1] + (pieces + told) * (back - 1)
    other = back & 1 == 1
    half = pieces // 2
    for row in range(len(planes)):
        if known[row] < back:
            continue
        for plane in range(pieces + told):
            source = plane
            if plane >= pieces:
                source = telling + plane - pieces
            elif other:
                source = (plane + half) % pieces
            for rank in range(ranks):
                turned = ranks - 1 - rank if other else rank
                for file in range(files):
                    planes[row, first + plane, rank, file] = then[row, source, turned, file]
