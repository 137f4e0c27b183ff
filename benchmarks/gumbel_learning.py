"""Gumbel AlphaZero against AlphaZero's PUCT at 8 simulations a move: which of them learns Hexapawn from fewer games.

    python benchmarks/gumbel_learning.py duels                        # 8x6, which has more moves than that
    python benchmarks/gumbel_learning.py solved --board hexapawn4x4   # positions that are played perfectly

Both are as they were published, without proofs of wins and losses, and differ in the search alone. In a duel the
networks that have learnt from equally many games play each other, and a search whose evaluations are random games,
with 32 simulations a move, from random openings, with colours swapped; they have learnt from games that begin at the
start. Where all positions of a solved board are asked, games begin at random as in the recipe, since others hardly meet
most of them. Runs are kept in --runs and are not made again: the same command goes on after an interruption. With
--plots FOLDER the plots are written there as PNG.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hexapawn_learning import configuration, draw, self_play
from report import Report, add_json_option

from engine.games import game as named
from search.mcts import Options
from search.playouts import Playouts
from search.whole_file import write_whole
from selfplay.zero.config import ZeroConfig
from selfplay.zero.contest import Contest
from selfplay.zero.recipes import searching
from selfplay.zero.run import ZeroRun

LABELS = {"gumbel": "Gumbel", "puct": "AlphaZero (PUCT)"}
#: Who plays whom, by the names of the results.
DUELS = {
    "duel": "Gumbel against AlphaZero",
    "gumbel": "Gumbel against random games",
    "puct": "AlphaZero against random games",
}
SIMULATIONS = 8
#: Iterations.
MEASURED_AFTER = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40)


def few_simulations(arguments: argparse.Namespace, selection: str, seed: int) -> ZeroConfig:
    """The recipe with a search of few simulations."""
    made = configuration(arguments.board, seed=seed, iterations=arguments.iterations, games_per_iteration=128, lag=0)
    made = searching(made, selection, SIMULATIONS)
    opening_share = 0.0 if arguments.what == "duels" else made.play.opening_share
    options = replace(made.play.options, solver=False)
    return replace(made, play=replace(made.play, options=options, opening_share=opening_share))


def by_positions(arguments: argparse.Namespace) -> dict[str, Any]:
    """Judged by a solved board."""
    facts: dict[str, Any] = {
        selection: {
            seed: self_play(
                arguments.runs, arguments.board, f"{selection}-{SIMULATIONS}-{seed}",
                few_simulations(arguments, selection, seed),
            )
            for seed in arguments.seeds
        }
        for selection in LABELS
    }  # fmt: skip
    for name in ("perfect", "safe"):
        lines, bands = {}, {}
        for selection, label in LABELS.items():
            runs = list(facts[selection].values())
            across = [point["games"] for point in runs[0]]
            lines[label], bands[label] = _over_seeds(across, [[point[name] for point in points] for points in runs])
        draw(
            arguments.plots, f"{arguments.board}-gumbel-{name}", lines, spreads=bands, title=_title(arguments),
            x="games", y=f"{name}: share of positions", y_range=(0, 1.02),
        )  # fmt: skip
    return facts


def by_duels(arguments: argparse.Namespace) -> dict[str, Any]:
    """Judged by games of the networks with each other, and of both with a search that plays random games."""
    facts = {seed: _duels(arguments, seed) for seed in arguments.seeds}
    runs = list(facts.values())
    across = [point["games"] for point in runs[0]]
    lines, bands = {}, {}
    for name, label in DUELS.items():
        rows = [[point[name]["score"] for point in points] for points in runs]
        lines[label], band = _over_seeds(across, rows)
        if name in LABELS:  # three bands could not be told apart
            bands[label] = band
    draw(
        arguments.plots, f"{arguments.board}-gumbel-duels", lines, spreads=bands, title=_title(arguments),
        x="games learnt from", y="points a game", y_range=(0, 1.02),
    )  # fmt: skip
    return facts


def _duels(arguments: argparse.Namespace, seed: int) -> list[dict[str, Any]]:
    game = named(arguments.board)
    contest = Contest(
        game.parse(game.start), Options(), simulations=32, pairs=arguments.pairs, opening_plies=4, longest=512
    )
    file = arguments.runs / f"{arguments.board}-duels-{seed}.json"
    points = json.loads(file.read_text()) if file.exists() else []
    with ExitStack() as stack:
        runs = [
            stack.enter_context(
                ZeroRun(
                    game,
                    few_simulations(arguments, selection, seed),
                    arguments.runs / f"{arguments.board}-{selection}-{SIMULATIONS}-{seed}",
                )
            )
            for selection in LABELS
        ]
        while True:
            done = max(len(run.history) for run in runs)
            for run in runs:
                while len(run.history) < done:
                    run.iterate()
            if done in MEASURED_AFTER and done not in [point["iteration"] for point in points]:
                gumbel, puct = (run.evaluator for run in runs)
                results = {
                    "duel": contest.play(gumbel, puct, done),
                    "gumbel": contest.play(gumbel, Playouts(game.rules), done),
                    "puct": contest.play(puct, Playouts(game.rules), done),
                }
                point = {"iteration": done, "games": runs[0].history[-1].games}
                points.append(point | {name: _facts(result) for name, result in results.items()})
                arguments.runs.mkdir(parents=True, exist_ok=True)
                write_whole(file, json.dumps(points) + "\n")
                told = "  ".join(f"{label} {results[name].score:.1%}" for name, label in DUELS.items())
                print(f"seed {seed}, {done:3} iterations: {told}", file=sys.stderr, flush=True)
            if runs[0].finished:
                return points
            runs[0].iterate()


def _facts(result: Any) -> dict[str, Any]:
    return asdict(result) | {"score": result.score, "elo": result.elo, "error": result.elo_error}


def _over_seeds(across: list[int], rows: list[list[float]]) -> tuple[Any, Any]:
    """The line of the mean, and the band from the least to the most."""
    values = np.array(rows)
    return (across, values.mean(0).tolist()), (across, values.min(0).tolist(), values.max(0).tolist())


def _title(arguments: argparse.Namespace) -> str:
    return f"{arguments.board}, {SIMULATIONS} simulations a move, {len(arguments.seeds)} seeds"


_MEASURES = {"duels": by_duels, "solved": by_positions}


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=_MEASURES)
    parser.add_argument("--board", default="hexapawn8x6")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3, 4, 5, 6, 7, 8])
    parser.add_argument("--iterations", type=int, default=10, help="of 128 games")
    parser.add_argument("--pairs", type=int, default=50, help="of games, in a duel")
    parser.add_argument("--runs", type=Path, default=Path("runs/gumbel"), metavar="FOLDER")
    parser.add_argument("--plots", type=Path, metavar="FOLDER")
    add_json_option(parser)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    report = Report(arguments.json)
    report.write(_MEASURES[arguments.what](arguments))


if __name__ == "__main__":
    main()
