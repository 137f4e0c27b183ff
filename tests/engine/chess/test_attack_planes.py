"""Planes of attacks and exchanges, against python-chess and known positions."""

from __future__ import annotations

import random

import chess
import numpy as np
import pytest

from engine.chess.attack_planes import ATTACKS_PLANE, HANGING_PLANE, WINNING_PLANE, AttackEncoding
from engine.chess.game import ChessGame
from engine.chess.planes import PLANES, ChessEncoding

GAME = ChessGame(chess960=True)
ENCODING = AttackEncoding()


def squares(fen: str, plane: int) -> set[str]:
    """The squares of a plane that are set, as White names them."""
    state = GAME.parse(fen)
    shown = ENCODING.planes_of(state)[plane]
    turned = 56 if state.side == 1 else 0
    return {chess.square_name(int(square) ^ turned) for square in np.flatnonzero(shown)}


@pytest.mark.bounds
@pytest.mark.interpreted
def test_attacks_are_those_of_python_chess() -> None:
    rng = random.Random(5)
    for _ in range(12):
        board = chess.Board.from_chess960_pos(rng.randrange(960))
        for _ in range(rng.randrange(5, 60)):
            if board.is_game_over():
                break
            board.push(rng.choice(list(board.legal_moves)))
        for player, colour in enumerate((board.turn, not board.turn)):
            for kind in chess.PIECE_TYPES:
                attacked = chess.SquareSet()
                for square in board.pieces(kind, colour):
                    attacked |= board.attacks(square)
                found = squares(board.fen(), ATTACKS_PLANE + 6 * player + kind - 1)
                assert found == {chess.square_name(square) for square in attacked}


@pytest.mark.parametrize(
    ("fen", "winning", "hanging"),
    [
        (chess.STARTING_FEN, set(), set()),
        # A rook for a bishop, which nothing takes back.
        ("4k3/8/8/8/8/8/1b6/R4K2 w - - 0 1", set(), {"a1"}),
        ("4k3/8/8/3q4/4P3/8/8/N3K3 w - - 0 1", {"d5"}, {"e4"}),
        # With pawns alone nobody passes; nor is anything left over from the position before.
        ("4k3/8/8/3q4/4P3/8/8/4K3 w - - 0 1", {"d5"}, set()),
        # A protected pawn is no gain for a rook, one that is attacked twice is.
        ("4k3/8/2p5/3p4/8/8/3R4/4K3 w - - 0 1", set(), set()),
        ("4k3/8/2p5/3p4/2P5/8/3R4/4K3 w - - 0 1", {"d5"}, {"c4"}),
        ("4k3/8/8/3q4/4P3/8/8/4K3 b - - 0 1", {"e4"}, {"d5"}),
        # Who is in check has no time to look at what hangs, and answers to the check are all there is.
        ("4k3/8/8/1n6/8/8/4r3/R3K3 w - - 0 1", {"e2"}, set()),
    ],
)
def test_what_can_be_taken_with_a_gain(fen: str, winning: set[str], hanging: set[str]) -> None:
    assert squares(fen, WINNING_PLANE) == winning
    assert squares(fen, HANGING_PLANE) == hanging


def test_the_other_planes_are_those_without_attacks() -> None:
    fen = "r3k2r/8/8/3pP3/8/8/7P/R3K2R w KQq d6 7 20"
    state = GAME.parse(fen)
    assert np.array_equal(ENCODING.planes_of(state, 1)[:PLANES], ChessEncoding().planes_of(state, 1))
