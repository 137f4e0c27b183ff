"""The simplest evaluation of chess: material alone. An example of the contract, and a baseline."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.rules import CHESS
from search.bits import popcount
from search.evaluation import Evaluation, register_evaluation
from search.kernel import inlined, kernel
from search.memory import padded

#: Centipawns by kind of piece.
VALUES = (0, 100, 320, 335, 510, 980)

#: Nothing is kept from ply to ply; a record needs a field.
ACCUMULATOR = padded([("material", np.int64)])


@inlined
def _refresh(accumulator: Any, state: Any) -> None:
    accumulator.material = 0


@inlined
def _advance(child_accumulator: Any, parent_accumulator: Any, parent: Any, child: Any, move: Any) -> None:
    child_accumulator.material = 0


@kernel
def _score(accumulator: Any, state: Any) -> Any:
    own = state.colours[np.int64(state.side)]
    theirs = state.colours[1 - np.int64(state.side)]
    total = np.int64(0)
    for kind in range(1, 6):
        pieces = state.pieces[kind - 1]
        total += VALUES[kind] * (popcount(pieces & own) - popcount(pieces & theirs))
    return total


MATERIAL = register_evaluation(
    Evaluation(name="material", rules=CHESS, dtype=ACCUMULATOR, refresh=_refresh, advance=_advance, score=_score)
)
