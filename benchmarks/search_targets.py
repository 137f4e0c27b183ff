"""What a search of few simulations has to teach a network of chess: whose policies to learn are the best.

    matchbox data generate --nodes 400 --no-quiet --chess960 0 --out data
    python benchmarks/search_targets.py data --simulations 16 64

Positions with a best move, which a much deeper search found, are searched from the network's policy, with the noise
of self-play. For each search: how often the policy to learn likes the best move most (hits), its cross-entropy with the
best moves in nats (a share below 0.0001 counts as that), its own entropy, and how often the move that is played is the
best one. A policy is worth learning where its cross-entropy is below the network's own, which is the first row. Games
that `matchbox train supervised` would hold out of the same data are asked, so that a network knows none of them.
The JSON has a row for each search with these figures, and its options.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from report import Report, add_json_option

from engine.backends import new_backend
from engine.games import game
from engine.network import NetworkEvaluator, load_network
from nets.shipped import network_file
from search.mcts import Options
from selfplay.learning.chess_lessons import games_of_shards, lessons
from selfplay.learning.samples import Samples
from selfplay.learning.supervised import HELD_OUT
from selfplay.zero.lockstep import Running
from selfplay.zero.many_trees import Found, ManyTrees

SEARCHES = {
    "puct": Options(selection="puct", noise_share=0.25, noise_alpha=0.3),
    "gumbel, rescaled, 0.1": Options(selection="gumbel", c_scale=0.1),
    "gumbel, rescaled, 0.03": Options(selection="gumbel", c_scale=0.03),
    "gumbel, as it is, 1": Options(selection="gumbel", rescale_values=False, c_scale=1.0),
    "gumbel, as it is, 0.3": Options(selection="gumbel", rescale_values=False, c_scale=0.3),
    "gumbel, as it is, 0.1": Options(selection="gumbel", rescale_values=False, c_scale=0.1),
    "gumbel, as it is, 0.03": Options(selection="gumbel", rescale_values=False, c_scale=0.03),
}
SLOTS = 128
LEAST_SHARE = 1e-4


def searched(
    samples: Samples, evaluator: NetworkEvaluator, options: Options, simulations: int, seed: int
) -> Iterator[Found]:
    """What a search with noise finds in each state."""
    trees = ManyTrees(evaluator.rules, options, slots=SLOTS, simulations=simulations, history=evaluator.history)
    rng = np.random.default_rng(seed)
    for first in range(0, len(samples), SLOTS):
        games = {slot: Running(state) for slot, state in enumerate(samples.states[first : first + SLOTS])}
        trees.search(evaluator, games, dict.fromkeys(games, simulations), rng, noisy=games)
        for slot in games:
            yield trees.found(slot)


def judged(policies: list[npt.NDArray[np.float64]], best: npt.NDArray[np.int64]) -> dict[str, float]:
    """How good policies are as advice for the best moves."""
    likely = [np.maximum(policy, LEAST_SHARE) for policy in policies]
    likely = [policy / policy.sum() for policy in likely]
    return {
        "hits": float(np.mean([policy.argmax() == move for policy, move in zip(policies, best, strict=True)])),
        "cross_entropy": float(np.mean([-np.log(policy[move]) for policy, move in zip(likely, best, strict=True)])),
        "entropy": float(np.mean([-(policy * np.log(policy)).sum() for policy in likely])),
    }


def main() -> None:
    """Measure it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+", help="shards with best moves, or folders of them")
    parser.add_argument("--network", default="chess", help="a file, or one that comes with Matchbox")
    parser.add_argument("--simulations", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--positions", type=int, default=2560)
    parser.add_argument("--seed", type=int, default=1)
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)

    checkpoint, encoding = load_network(network_file(arguments.network), game("chess"))
    backend = new_backend(checkpoint.network, encoding=encoding)
    evaluator = NetworkEvaluator(checkpoint.network, encoding, backend=backend)
    held_out = games_of_shards(arguments.data, report.say).split(HELD_OUT)[1]
    chosen = np.random.default_rng(arguments.seed).permutation(len(held_out))[: arguments.positions]
    samples, best = lessons(held_out[np.sort(chosen)], 1.0)
    samples, best = samples.take(np.flatnonzero(best >= 0)), best[best >= 0]

    rows: list[dict[str, Any]] = []

    def tell(name: str, simulations: int, figures: dict[str, float], options: dict[str, Any]) -> None:
        rows.append({"search": name, "simulations": simulations, "positions": len(best), **figures, "options": options})
        report.say(f"{simulations:4}  {name:24}" + "".join(f"  {key} {value:.3f}" for key, value in figures.items()))

    for simulations in arguments.simulations:
        for name, options in SEARCHES.items():
            found = list(searched(samples, evaluator, options, simulations, arguments.seed))
            if not rows:
                tell("the network alone", 0, judged([one.raw for one in found], best), {})
            figures = judged([one.policy for one in found], best)
            figures["played"] = float(np.mean([one.best() == move for one, move in zip(found, best, strict=True)]))
            tell(name, simulations, figures, asdict(options))
    report.write(rows)


if __name__ == "__main__":
    main()
