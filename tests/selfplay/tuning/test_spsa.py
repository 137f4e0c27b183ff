"""Tuning by SPSA: it climbs, keeps within bounds, and goes on where it was killed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from engine.chess.game import ChessGame
from engine.game import Position
from search.alphabeta import AlphaBeta, Parameters
from search.searcher import Limits
from selfplay.tuning.selfgame import play, play_pair
from selfplay.tuning.spsa import Tuning, bounds, load, rounded, tune

NAMES = ["aspiration", "null_score"]


def start(pairs: int) -> Tuning:
    return Tuning(pairs, {name: float(getattr(Parameters(), name)) for name in NAMES})


def test_it_climbs_to_where_games_are_won() -> None:
    """A game in which the setting nearer to a secret optimum wins more often."""
    tuning, generator = start(20_000), random.Random(1)
    optimum = {"aspiration": 30, "null_score": 120}

    def badness(parameters: Parameters) -> float:
        return sum(
            abs(getattr(parameters, name) - optimum[name]) / (bounds()[name][1] - bounds()[name][0]) for name in NAMES
        )

    for _ in range(tuning.pairs):
        signs = {name: generator.choice((-1, 1)) for name in NAMES}
        up, down = tuning.perturbed(signs)
        chance = min(max(0.5 + badness(down) - badness(up), 0.0), 1.0)
        tuning.learn(signs, 2.0 if generator.random() < chance else 0.0)
    for name in NAMES:
        least, most = bounds()[name]
        assert abs(tuning.values[name] - optimum[name]) < 0.1 * (most - least), tuning.values


def test_values_stay_within_their_bounds_and_steps_shrink() -> None:
    tuning = start(100)
    steps = []
    for _ in range(100):
        steps.append(tuning.step() * tuning.perturbation("aspiration"))
        tuning.learn({"aspiration": 1, "null_score": -1}, 2.0)
    assert steps[10:] == sorted(steps[10:], reverse=True)
    for name, value in tuning.values.items():
        assert bounds()[name][0] <= value <= bounds()[name][1]
    assert rounded({"aspiration": 1e9}).aspiration == bounds()["aspiration"][1]


def test_every_parameter_starts_within_its_bounds() -> None:
    for name, (least, most) in bounds().items():
        assert least <= getattr(Parameters(), name) <= most


def test_a_run_goes_on_where_it_was_and_refuses_another(tmp_path: Path) -> None:
    path = tmp_path / "spsa.json"
    tuning = load(path, NAMES, 50)
    tuning.learn({"aspiration": 1, "null_score": 1}, 1.5)
    path.write_text(tuning.json())
    again = load(path, NAMES, 50)
    assert (again.done, again.values) == (1, tuning.values)
    for text, names, pairs in ((tuning.json(), NAMES, 60), (tuning.json(), ["deeper"], 50), ("{}", NAMES, 50)):
        path.write_text(text)
        with pytest.raises(ValueError, match="spsa"):
            load(path, names, pairs)


def test_a_game_is_won_by_who_is_far_ahead_and_drawn_when_nothing_happens() -> None:
    game = ChessGame()
    white, black = (AlphaBeta(game.rules, game.evaluations["nnue"], hash_mib=1) for _ in range(2))
    limits = Limits(nodes=200)

    def queen_up() -> Position:
        return Position(game, "4k3/8/8/8/8/8/PPPP4/3QK3 b - - 0 1")

    assert play(queen_up(), (white, black), limits) == 1.0
    assert play_pair(queen_up, white, black, limits) == 1.0
    assert play(Position(game, "4k3/8/8/8/8/8/8/3NK3 w - - 0 1"), (white, black), limits) == 0.5


@pytest.mark.slow
def test_real_games_are_played_in_other_processes() -> None:
    tuning = start(4)
    for _ in tune(tuning, nodes=100, processes=2, seed=1):
        pass
    assert tuning.done == 4
    assert 0 <= tuning.points <= 8
