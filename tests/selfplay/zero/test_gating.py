"""Contests between evaluators, and what follows from them for who plays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.game import Position
from engine.games import game
from search.evaluator import Batch, Evaluator
from search.mcts import Options
from search.playouts import Playouts
from selfplay.zero.contest import Contest, ContestResult
from selfplay.zero.gating import GateConfig, Standing, contest_is_due, judge, learnt

HEXAPAWN = game("hexapawn4x4")


class Reckless(Evaluator):
    """Likes the moves that the generator names last, and sees a sure loss in every state."""

    name = "reckless"
    rules = HEXAPAWN.rules

    def evaluate(self, batch: Batch) -> None:
        batch.logits[:] = np.arange(batch.logits.shape[1])
        batch.wdl[:] = (0.0, 0.0, 1.0)


def contest(**changes: Any) -> Contest:
    sizes = {"simulations": 16, "pairs": 12, "opening_plies": 3, "longest": 100} | changes
    return Contest(Position(HEXAPAWN).state, Options(selection="gumbel"), **sizes)


def test_who_looks_ahead_beats_who_does_not() -> None:
    better, worse = Playouts(HEXAPAWN.rules, games=4), Reckless()
    result = contest().play(better, worse, seed=1)
    assert result.games == 24
    assert result.score > 0.6
    turned = contest().play(worse, better, seed=1)
    assert turned.score < 0.4
    assert result.elo > 0 > turned.elo


def test_equals_share_the_points_of_each_pair() -> None:
    """The same moves from the same openings: each pair is won by the same colour twice."""
    result = contest().play(Reckless(), Reckless(), seed=3)
    assert result.pairs == (0, 0, 12, 0, 0)
    assert result.elo == 0
    with pytest.raises(ValueError, match="must be at least 1"):
        contest(pairs=0)


def meet(scores: dict[int, int]) -> Any:
    """Contests of ten pairs of which versions win as many as is said."""
    return lambda version, against, openings: ContestResult((10 - scores[version], 0, 0, 0, scores[version]))


def test_without_a_gate_the_newest_plays_and_games_only_measure() -> None:
    standing = Standing()
    config = GateConfig(every=2)
    for version in (1, 2):
        learnt(standing, version, config)
        assert standing.playing == version
    assert [contest_is_due(iteration, config) for iteration in (1, 2, 3, 4)] == [False, True, False, True]
    verdict = judge(standing, 2, config, meet({2: 3}))
    assert verdict.elo < 0
    assert (standing.playing, standing.measured, standing.elo) == (2, 2, verdict.elo)
    assert not contest_is_due(2, replace(config, every=0))


def test_a_gate_lets_pass_who_wins_often_enough() -> None:
    standing = Standing()
    config = GateConfig(gate="win", every=1, score=0.55)
    learnt(standing, 1, config)
    assert not judge(standing, 1, config, meet({1: 5})).promoted
    assert (standing.playing, standing.measured, standing.elo) == (0, 0, 0)
    assert judge(standing, 2, config, meet({2: 6})).promoted
    assert (standing.playing, standing.measured) == (2, 2)
    assert standing.elo > 0


def test_the_elo_of_who_was_promoted_comes_from_games_that_had_no_part_in_that() -> None:
    """Ten networks of equal strength: the luckiest one wins its contest, and no Elo comes of it on average."""
    rng = np.random.default_rng(1)

    def toss(version: int, against: int, openings: int) -> ContestResult:
        lost, even, won = rng.multinomial(20, (0.25, 0.5, 0.25))
        return ContestResult((int(lost), 0, int(even), 0, int(won)))

    config = GateConfig(gate="best", every=1, candidates=10)
    elos, scores, errors = [], [], []
    for _ in range(200):
        standing = Standing(recent=list(range(1, 11)))
        verdict = judge(standing, 10, config, toss)
        assert verdict.promoted
        assert (standing.elo, standing.error) == (verdict.elo, verdict.error)
        elos.append(verdict.elo)
        scores.append(verdict.score)
        errors.append(verdict.error)
    assert np.mean(scores) > 0.6
    assert abs(np.mean(elos)) < 12
    # The error tells how far they scatter.
    assert np.std(elos) == pytest.approx(np.mean(errors), rel=0.25)


def test_errors_add_up_along_the_way() -> None:
    standing = Standing()
    config = GateConfig(every=1)
    for version in (1, 2):
        judge(standing, version, config, meet({1: 5, 2: 5}))
    one = ContestResult((5, 0, 0, 0, 5)).elo_error
    assert standing.error == pytest.approx(np.sqrt(2) * one)


def test_the_best_of_the_last_few_plays() -> None:
    standing = Standing()
    config = GateConfig(gate="best", every=3, candidates=2)
    for version in (1, 2, 3):
        learnt(standing, version, config)
    assert standing.recent == [2, 3]
    assert judge(standing, 3, config, meet({2: 8, 3: 7})).promoted
    assert standing.playing == 2
    assert standing.needed() == {2, 3}
    for version in (4, 5):
        learnt(standing, version, config)
    assert not judge(standing, 5, config, meet({4: 5, 5: 2})).promoted
    for wrong in ({"gate": "some"}, {"every": -1}, {"score": 2.0}, {"gate": "win", "every": 0}):
        with pytest.raises(ValueError, match=r"is not one of|must|needs contests"):
            GateConfig(**wrong)  # type: ignore[arg-type]
