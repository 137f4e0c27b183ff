"""Learning Hexapawn: from random numbers to perfect play, by self-play and from the solved game.

    python benchmarks/hexapawn_learning.py perfect                # 3x3 to perfect play, with its time
    python benchmarks/hexapawn_learning.py boards                 # 4x4 and 5x5: positions played perfectly over time
    python benchmarks/hexapawn_learning.py supervised             # learning from minimax's table against self-play

Runs are kept in --runs and are not made again: the same command goes on after an interruption. With --plots FOLDER the
plots are written there as PNG. Times are seconds of one processor, which other work on the machine hardly changes. The
JSON has, for each curve, its points: iteration, processor seconds, games, and the shares of positions with a safe move
(one that keeps the value), the true value, both (perfect), and an optimal move, all by the network without a search.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from report import Report, add_json_option

from engine.encodings import default_encoding
from engine.game import Position
from engine.games import game as named
from engine.hexapawn.packing import PACKING
from engine.network import NetworkEvaluator, config_for
from nets.residual import ResidualNetwork
from search.mcts import MonteCarlo
from search.minimax import Solution, solve
from search.searcher import Limits
from search.whole_file import whole_file, write_whole
from selfplay.learning.learner import Learner, LearnerConfig
from selfplay.learning.solved import Grader, lessons
from selfplay.plots import line_plot
from selfplay.workforce import Snapshot
from selfplay.zero.actor import Actor, GamesWanted, weights_of
from selfplay.zero.config import ZeroConfig
from selfplay.zero.gating import GateConfig
from selfplay.zero.recipes import recipe
from selfplay.zero.run import ZeroRun

#: Positions that a board is judged by, at most.
_JUDGED = 20_000


@cache
def solved(board: str) -> tuple[Solution, Grader]:
    """A solved board, and who judges networks by it."""
    game = named(board)
    solution = solve(PACKING, Position(game).state)
    assert solution is not None
    return solution, Grader(game.rules, solution, lessons(game.rules, solution, most=_JUDGED))


def configuration(board: str, **changes: Any) -> ZeroConfig:
    """The recipe of a board, without games that only measure."""
    return recipe(named(board), gate=GateConfig(every=0), **changes)


def compiled(config: ZeroConfig, board: str) -> None:
    """Play a game, so that nothing is compiled while the time is taken."""
    game = named(board)
    network = ResidualNetwork(config_for(default_encoding(game), blocks=1, channels=4))
    actor = Actor(game.name, network.config, config.play, side_by_side=1)
    actor(GamesWanted(1, 1), Snapshot(0, weights_of(network)))


def self_play(runs: Path, board: str, name: str, config: ZeroConfig) -> list[dict[str, Any]]:
    """The points of a run of self-play, which is made or gone on with."""
    game = named(board)
    _, grader = solved(board)
    compiled(config, board)
    folder = runs / f"{board}-{name}"
    file = folder / "points.json"
    with ZeroRun(game, config, folder, measure=lambda evaluator: asdict(grader.grade(evaluator))) as run:
        points = json.loads(file.read_text()) if file.exists() else []
        points = points[: len(run.history)]
        spent = points[-1]["processor_seconds"] if points else 0.0
        while not run.finished:
            started = time.process_time()
            progress = run.iterate()
            spent += time.process_time() - started
            known = {name: value for name, value in progress.measures.items() if name != "states"}
            points.append(
                {"iteration": progress.iteration, "processor_seconds": spent, "games": progress.games, **known}
            )
            write_whole(file, json.dumps(points) + "\n")
            print(f"{board} {name} {_told(points[-1])}", file=sys.stderr, flush=True)
    return points


def searched(arguments: argparse.Namespace, board: str, name: str, nodes: int) -> float:
    """The share of the judged positions in which a search with the network of a run plays a safe move."""
    game = named(board)
    solution, grader = solved(board)
    with ZeroRun(game, configuration(board, seed=arguments.seeds[0]), arguments.runs / f"{board}-{name}") as run:
        searcher = MonteCarlo(run.evaluator, hash_mib=4)
        safe = 0
        for state in grader.samples.states:
            searcher.new_game()
            position = Position(game, game.text(state))
            entry = solution[state]
            position.push(searcher.search(position.root(), Limits(nodes=nodes)).move)
            safe += -solution[position.state].value == entry.value
    return safe / len(grader.samples)


def supervised(board: str, steps: int, seed: int) -> list[dict[str, Any]]:
    """The points of a network that learns from all positions of the solved game."""
    game = named(board)
    solution, grader = solved(board)
    encoding = default_encoding(game)
    sizes = recipe(game)
    torch.manual_seed(seed)
    network = ResidualNetwork(config_for(encoding, blocks=sizes.blocks, channels=sizes.channels))
    learner = Learner(network, encoding, LearnerConfig(averaging=0.99))
    everything = lessons(game.rules, solution)
    rng = np.random.default_rng(seed)
    points = []
    spent = 0.0
    for step in range(1, steps + 1):
        started = time.process_time()
        learner.step(everything.take(rng.integers(0, len(everything), sizes.batch)))
        spent += time.process_time() - started
        if step % 10 == 0:
            known = asdict(grader.grade(NetworkEvaluator(learner.player, encoding)))
            known.pop("states")
            points.append({"iteration": step, "processor_seconds": spent, "games": 0, **known})
    return points


def _told(point: dict[str, Any]) -> str:
    shares = "  ".join(f"{name} {point[name]:.1%}" for name in ("policy", "safe", "value", "perfect"))
    return f"{point['iteration']:4}  {point['processor_seconds']:7.1f} s  {point['games']:6} games  {shares}"


def first(points: Iterable[dict[str, Any]], share: float, name: str = "perfect") -> dict[str, Any] | None:
    """The first point from which on at least this share is reached and kept."""
    found = None
    for point in points:
        if point[name] < share:
            found = None
        elif found is None:
            found = point
    return found


def curve(points: Sequence[dict[str, Any]], name: str, x: str = "processor_seconds") -> Any:
    """The line of a share."""
    return [point[x] for point in points], [point[name] for point in points]


def perfect(arguments: argparse.Namespace) -> dict[str, Any]:
    """3x3, from random to perfect."""
    points = self_play(arguments.runs, "hexapawn3x3", "perfect", configuration("hexapawn3x3", seed=arguments.seeds[0]))
    share = searched(arguments, "hexapawn3x3", "perfect", 100)
    lines = {name: curve(points, name) for name in ("policy", "safe", "value")}
    draw_shares(arguments.plots, "hexapawn-3x3", lines, "Hexapawn 3x3 by self-play")
    return {"points": points, "perfect": first(points, 1.0), "search_100_safe": share}


def boards(arguments: argparse.Namespace) -> dict[str, Any]:
    """Larger boards."""
    facts: dict[str, Any] = {}
    for board in arguments.boards:
        changes = {"iterations": arguments.iterations} if arguments.iterations else {}
        facts[board] = self_play(
            arguments.runs, board, "boards", configuration(board, seed=arguments.seeds[0], **changes)
        )
        lines = {name: curve(facts[board], name) for name in ("perfect", "safe", "value")}
        draw_shares(arguments.plots, board.replace("pawn", "pawn-"), lines, f"{board} by self-play")
    return facts


def compare_supervised(arguments: argparse.Namespace) -> dict[str, Any]:
    """Learning from the solved game against learning by playing."""
    facts: dict[str, Any] = {"supervised": {}, "self-play": {}}
    for seed in arguments.seeds:
        facts["supervised"][seed] = supervised("hexapawn3x3", 300, seed)
        name = "perfect" if seed == arguments.seeds[0] else f"seed-{seed}"
        facts["self-play"][seed] = self_play(
            arguments.runs, "hexapawn3x3", name, configuration("hexapawn3x3", seed=seed)
        )
    lines = {
        f"{kind}, seed {seed}": curve(points, "perfect")
        for kind, by_seed in facts.items()
        for seed, points in by_seed.items()
    }
    draw_shares(arguments.plots, "hexapawn-supervised", lines, "Hexapawn 3x3: minimax's table or self-play")
    for kind, by_seed in facts.items():
        for seed, points in by_seed.items():
            for share in (0.9, 0.99, 1.0):
                reached = first(points, share)
                when = "not reached" if reached is None else f"{reached['processor_seconds']:.1f} s"
                print(f"{kind:12} seed {seed}: {share:.0%} perfect {when}", file=sys.stderr)
    return facts


def draw(folder: Path | None, name: str, lines: Any, **plot: Any) -> None:
    """Write a plot (`selfplay.plots.line_plot`) into a folder, if there is one."""
    if folder is None:
        return
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / f"{name}.png", "wb") as file:
        file.write(line_plot(lines, **plot))


def draw_shares(folder: Path | None, name: str, lines: Any, title: str) -> None:
    """Draw shares of positions over seconds."""
    draw(folder, name, lines, x="processor seconds", y="share of positions", title=title, y_range=(0, 1.02))


_MEASURES = {"perfect": perfect, "boards": boards, "supervised": compare_supervised}


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=_MEASURES)
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--boards", nargs="+", default=["hexapawn4x4", "hexapawn5x5"])
    parser.add_argument("--iterations", type=int, default=0, help="as in the recipe by default")
    parser.add_argument("--runs", type=Path, default=Path("runs/hexapawn"), metavar="FOLDER")
    parser.add_argument("--plots", type=Path, metavar="FOLDER")
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    torch.set_num_threads(1)
    facts = _MEASURES[arguments.what](arguments)
    report.write(facts)
    if arguments.what == "perfect":
        reached = facts["perfect"]
        when = "not reached" if reached is None else f"after {reached['processor_seconds']:.0f} processor seconds"
        report.say(f"perfect play {when}; with 100 simulations {facts['search_100_safe']:.1%} of the moves are safe")


if __name__ == "__main__":
    main()
