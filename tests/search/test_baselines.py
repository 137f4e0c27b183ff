"""Players that hardly search: the policy's favourite, and the best value one move on."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.game import Position
from engine.games import game
from search.baselines import PolicyOnly, ValueOnly
from search.evaluator import Batch, Evaluator
from search.searcher import MATE, Limits
from tests.search.mcts.opinions import Opinionated

CHESS = game("chess")
HEXAPAWN = game("hexapawn4x4")


class Material(Evaluator):
    """Says that whoever has more pawns wins, and remembers what it was told of the past."""

    def __init__(self, history: int = 0) -> None:
        self.name, self.rules, self.history = "material", HEXAPAWN.rules, history
        self.past: list[int] = []

    def evaluate(self, batch: Batch) -> None:
        self.past = batch.past_counts.tolist()
        for row in range(len(batch.counts)):
            state: Any = batch.states[row]
            ahead = int(state.pawns[state.side]).bit_count() - int(state.pawns[1 - state.side]).bit_count()
            batch.logits[row] = np.arange(batch.logits.shape[1])
            batch.wdl[row] = ((0, 1, 0), (1, 0, 0), (0, 0, 1))[int(np.sign(ahead))]


def test_the_policy_plays_its_favourite_whatever_the_limits() -> None:
    player = PolicyOnly(Material())
    root = Position(HEXAPAWN).root()
    legal = Position(HEXAPAWN).legal()
    for limits in (Limits(nodes=500), Limits(seconds=0.01), Limits(nodes=500)):
        result = player.search(root, limits)
        assert (result.move, result.nodes) == (legal[-1], 1)
    assert player.search(root, Limits(moves=(legal[0],))).move == legal[0]


def test_the_value_takes_what_leaves_the_opponent_least() -> None:
    position = Position(HEXAPAWN, moves=["a1a2", "b4b3"])
    result = ValueOnly(Material()).search(position.root(), Limits(multipv=20))
    assert HEXAPAWN.move_text(position.state, result.move) == "a2b3"
    assert result.score > 0
    assert [line.rank for line in result.lines] == list(range(1, len(position.legal()) + 1))
    assert len(ValueOnly(Material()).search(position.root(), Limits()).lines) == 1


def test_the_value_sees_an_end_for_what_it_is() -> None:
    position = Position(HEXAPAWN, "2p1/P3/1pp1/1P1P w")
    result = ValueOnly(Material()).search(position.root(), Limits())
    assert HEXAPAWN.move_text(position.state, result.move) == "a3a4"
    assert result.score == MATE - 1


def test_the_value_knows_a_third_repetition() -> None:
    """Up a queen by the evaluator's lights, the player does not repeat a third time."""

    class Content(Opinionated):
        def evaluate(self, batch: Batch) -> None:
            batch.logits[:] = 0
            batch.wdl[:] = (0, 0, 1)  # whoever has just moved is happy

    moves = ["g1f3", "g8f6", "f3g1", "f6g8"] * 2
    position = Position(CHESS, moves=moves[:-1])
    result = ValueOnly(Content(CHESS.rules)).search(position.root(), Limits(multipv=60))
    assert CHESS.move_text(position.state, result.lines[-1].pv[0]) == "f6g8"
    assert result.lines[-1].score == 0


def test_the_value_is_told_what_came_before() -> None:
    position = Position(HEXAPAWN, moves=["a1a2", "d4d3"])
    evaluator = Material(history=2)
    ValueOnly(evaluator).search(position.root(), Limits())
    assert set(evaluator.past) == {2}


def test_without_a_move_there_is_none() -> None:
    mated = Position(CHESS, "7k/6Q1/6K1/8/8/8/8/8 b - - 0 1")
    assert ValueOnly(Opinionated(CHESS.rules)).search(mated.root(), Limits()).move == 0
