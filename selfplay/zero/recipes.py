"""Recipes: whole configurations of runs of self-play, found by trying."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.game import Game
from engine.hexapawn.game import HexapawnGame
from search.mcts.options import Options
from selfplay.learning.learner import LearnerConfig
from selfplay.zero.config import ZeroConfig
from selfplay.zero.gating import GateConfig
from selfplay.zero.lockstep import SelfPlayConfig
from selfplay.zero.resignation import ResignationConfig


def recipe(game: Game, **changes: Any) -> ZeroConfig:
    """The recipe of a game; `changes`: fields of `ZeroConfig`."""
    made = _hexapawn(game) if isinstance(game, HexapawnGame) else _chess()
    return replace(made, **changes)


def searching(config: ZeroConfig, selection: str, simulations: int) -> ZeroConfig:
    """A recipe with another search; ValueError if there is no such selection."""
    options = replace(config.play.options, selection=selection)  # type: ignore[arg-type]  # refused there if it is none
    play = replace(config.play, options=options, simulations=simulations)
    return replace(config, play=play)


def _hexapawn(game: HexapawnGame) -> ZeroConfig:
    """Small networks and wide openings: what counts is that every position is understood."""
    squares = game.files * game.ranks
    large = squares > 9
    return ZeroConfig(
        iterations=30 if not large else 100,
        games=64 if not large else 128,
        unit=64 if not large else 128,
        games_per_iteration=128 if not large else 256,
        lag=int(large),
        blocks=2,
        channels=32 if not large else 48,
        play=SelfPlayConfig(
            options=Options(selection="gumbel", rescale_values=False, c_scale=0.3, noise_share=0.25, noise_alpha=1.0),
            simulations=16,
            opening_share=0.8,
            opening_plies=game.files + game.ranks + 1,
        ),
        learner=LearnerConfig(averaging=0.99),
        gate=GateConfig(every=5, pairs=16),
    )


def _chess() -> ZeroConfig:
    """A first recipe for one machine; most moves are quick, and lost games are given up."""
    return ZeroConfig(
        iterations=100,
        games=64,
        unit=32,
        games_per_iteration=64,
        lag=1,
        least_window=20_000,
        blocks=4,
        channels=64,
        squeeze=16,
        precision="auto",
        play=SelfPlayConfig(
            # Noise and temperature are AlphaZero's, for the search puct. With the weight of the values, what is to be
            # learnt is better than what a network knows that finds a third of the best moves, which it is not if
            # values are rescaled (benchmarks/search_targets.py).
            options=Options(selection="gumbel", rescale_values=False, c_scale=0.1, noise_share=0.25, noise_alpha=0.3),
            temperature_plies=30,
            simulations=32,
            quick_simulations=8,
            full_share=0.25,
            surprise_share=0.5,
            opening_share=0.5,
            opening_plies=8,
            longest=300,
            resignation=ResignationConfig(enabled=True),
        ),
        learner=LearnerConfig(learning_rate=1e-3, averaging=0.99),
        gate=GateConfig(every=10, pairs=16),
    )
