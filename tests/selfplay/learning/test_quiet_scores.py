"""What a quiescence search thinks of all moves, as a policy to learn."""

from __future__ import annotations

import chess
import numpy as np
import pytest

from engine.chess.game import ChessGame
from engine.chess.packed import new_positions, pack
from selfplay.learning.chess_lessons import lessons
from selfplay.learning.quiet_scores import QuietScores, blend
from selfplay.learning.samples import Samples

GAME = ChessGame()
#: A queen to take, a mate in one, a queen to save, the beginning, a position without a move.
FENS = {
    "4k3/8/8/3q4/4P3/8/8/4K3 w - - 0 1": "e4d5",
    "6k1/5ppp/8/8/8/8/8/R3K3 w - - 0 1": "a1a8",
    "1k6/8/3p4/4Q3/8/8/8/4K3 w - - 0 1": "",
    chess.STARTING_FEN: "",
    "7k/5Q2/6K1/8/8/8/8/8 b - - 0 1": "",
}


def samples_of(fens: list[str]) -> Samples:
    records = new_positions(len(fens))
    for record, fen in zip(records, fens, strict=True):
        pack(GAME.parse(fen), record, 0, 0, 0)
    return lessons(np.asarray(records), 1.0)[0]


@pytest.fixture(scope="module")
def quiet() -> QuietScores:
    return QuietScores()


def test_it_likes_what_wins_and_not_what_hangs(quiet: QuietScores) -> None:
    samples = samples_of(list(FENS))
    policy = quiet.policy(samples)
    for row, (fen, best) in enumerate(FENS.items()):
        moves = [move.uci() for move in chess.Board(fen).legal_moves]
        assert len(moves) == samples.counts[row]
        assert not policy[row, len(moves) :].any()
        assert float(policy[row].sum()) == pytest.approx(1.0 if moves else 0.0, abs=1e-5)
        state = GAME.parse(fen)
        names = [GAME.move_text(state, int(move)) for move in legal(state)]
        if best:
            assert names[int(policy[row].argmax())] == best
    state = GAME.parse("1k6/8/3p4/4Q3/8/8/8/4K3 w - - 0 1")
    names = [GAME.move_text(state, int(move)) for move in legal(state)]
    hanging = names.index("e1d1")  # leaves the queen to the pawn
    assert policy[2, hanging] < 0.1 * policy[2].max()


def legal(state: object) -> list[int]:
    moves = np.zeros(GAME.rules.max_moves, np.int32)
    return moves[: GAME.rules.legal(state, moves)].tolist()


def test_a_position_gets_the_same_whatever_came_before(quiet: QuietScores) -> None:
    fens = list(FENS)
    one, other = quiet.policy(samples_of(fens)), quiet.policy(samples_of(fens[::-1]))
    assert np.array_equal(one, other[::-1])


def test_policies_are_mixed_by_their_shares() -> None:
    samples = samples_of(list(FENS)[:2])
    samples.policy[0, 0] = 1
    other = np.zeros_like(samples.policy)
    other[:, 1] = 1
    blend(samples, other, 0.25)
    assert samples.policy[0, :2].tolist() == [0.75, 0.25]
    assert samples.policy[1, :2].tolist() == [0, 1]  # it had none
