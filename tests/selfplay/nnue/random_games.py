"""Positions of random games, for tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.game import ChessGame
from engine.chess.packed import UNKNOWN, new_positions, pack

GAME = ChessGame()
#: Of a piece by its kind, centipawns.
VALUES = (0, 100, 320, 330, 500, 900, 0)


def material(state: Any) -> int:
    """The mover's view."""
    total = sum(VALUES[int(code) & 7] * (1 if code < 8 else -1) for code in state.board)
    return total if state.side == 0 else -total


def random_positions(count: int) -> Any:
    """Positions of random games, scored by their material."""
    generator = np.random.default_rng(1)
    moves = np.zeros(256, np.int32)
    packed = new_positions(count)
    number = 0
    while number < count:
        state = GAME.parse(GAME.start)
        for ply in range(100):
            legal = int(GAME.rules.legal(state, moves))
            if legal == 0 or number == count:
                break
            child = GAME.new_state()
            GAME.rules.play(state, child, int(generator.choice(moves[:legal])))
            state = child
            if ply > 10:
                pack(state, packed[number], material(state), 0, UNKNOWN)
                number += 1
    return packed
