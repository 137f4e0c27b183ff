"""What benchmarks/openspiel.py runs in the Python that has OpenSpiel: its searches and its AlphaZero on chess.

    python benchmarks/openspiel_side.py KIND SIMULATIONS [BLOCKS CHANNELS PLIES]

Prints one line of JSON: count and seconds (of the process, on all its threads), for KIND

    python-null     simulations of the Python MCTS with an evaluator that knows nothing
    python-rollout  … with one random game each; cpp-rollout: of the C++ MCTS, the same
    cpp-short       … from a position where such a game lasts five plies at most
    alphazero       positions of self-play of the Python AlphaZero: its own actor's game, evaluator, and model
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from typing import Any

import numpy as np
import pyspiel
from open_spiel.python.algorithms import mcts

EXPLORATION = 1.4
#: Ninety-five plies without a capture or a pawn move: almost every game is drawn five plies on.
SHORT = "r3k2r/8/8/8/8/8/8/R3K2R w - - 95 80"


class Nothing(mcts.Evaluator):  # type: ignore[misc]  # of another environment
    """Knows nothing: every state is even, and every move as good as the other."""

    def evaluate(self, state: Any) -> Any:
        return np.zeros(2)

    def prior(self, state: Any) -> Any:
        legal = state.legal_actions()
        return [(action, 1.0 / len(legal)) for action in legal]


def search(kind: str, simulations: int) -> tuple[int, float]:
    """Simulations and seconds of one search from the initial position."""
    game = pyspiel.load_game("chess")
    state = game.new_initial_state(SHORT) if kind.endswith("short") else game.new_initial_state()
    bot: Any
    if kind.startswith("cpp"):
        evaluator = pyspiel.RandomRolloutEvaluator(1, 1)
        policy = pyspiel.ChildSelectionPolicy.UCT
        bot = pyspiel.MCTSBot(game, evaluator, EXPLORATION, simulations, 4_000, True, 1, False, policy)
    else:
        known = Nothing() if kind == "python-null" else mcts.RandomRolloutEvaluator(1, np.random.RandomState(1))
        bot = mcts.MCTSBot(game, EXPLORATION, simulations, known, random_state=np.random.RandomState(1))
    started = time.process_time()
    bot.mcts_search(state)
    return simulations, time.process_time() - started


def self_play(simulations: int, blocks: int, channels: int, plies: int) -> tuple[int, float]:
    """Positions and seconds of a game of the AlphaZero actor, which is stopped after so many plies."""
    from open_spiel.python.algorithms.alpha_zero import alpha_zero, evaluator, utils

    class Enough(Exception):  # noqa: N818 (no error)
        pass

    class Quiet:
        """A logger that ends the game."""

        seen = 0

        def print(self, *_: Any) -> None:
            pass

        def opt_print(self, text: str) -> None:
            self.seen += "sampled action" in text
            if self.seen >= plies:
                raise Enough

    game = pyspiel.load_game("chess")
    shape, actions = game.observation_tensor_shape(), game.num_distinct_actions()
    with tempfile.TemporaryDirectory() as folder:
        model = utils.api_selector("linen").Model.build_model(
            "resnet", shape, actions, channels, blocks, 1e-4, 1e-3, folder, decouple_weight_decay=False
        )
        known = evaluator.AlphaZeroEvaluator(game, model)
        bots = [
            mcts.MCTSBot(
                game,
                EXPLORATION,
                simulations,
                known,
                solve=False,
                dirichlet_noise=(0.25, 0.3),
                child_selection_fn=mcts.SearchNode.puct_value,
                dont_return_chance_node=True,
            )
            for _ in range(2)
        ]
        bots[0].mcts_search(game.new_initial_state())  # compiles
        known.clear_cache()
        bots[0].mcts_search(game.new_initial_state())
        known._cache.clear()
        started = time.process_time()
        with contextlib.suppress(Enough):
            alpha_zero._play_game(Quiet(), 1, game, tuple(bots), 1.0, 10_000)
        return plies, time.process_time() - started


def main() -> None:
    """Do what the arguments say."""
    kind, *numbers = sys.argv[1:]
    values = [int(number) for number in numbers]
    count, seconds = self_play(*values) if kind == "alphazero" else search(kind, values[0])
    print(json.dumps({"count": count, "seconds": seconds}))


if __name__ == "__main__":
    main()
