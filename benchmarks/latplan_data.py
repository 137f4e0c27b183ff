"""How many pairs it takes: valid and shortest plans by the number of pairs learnt from, as a table and a plot.

python benchmarks/latplan_data.py --plot data.png
python benchmarks/latplan_data.py --puzzles hanoi --counts 1000 2000 --instances 20
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import numpy as np
from latplan_runs import judged, tell
from report import add_json_option

from latplan.domains import domain
from latplan.learning import learn
from latplan.model import save_model
from latplan.pairs import Pairs


def main() -> int:
    """Learn from more and more pairs, plan, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--puzzles", nargs="+", default=("8-puzzle", "lightsout", "sokoban"))
    parser.add_argument("--counts", nargs="+", type=int, default=(1_000, 2_000, 5_000, 10_000, 20_000, 50_000))
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=2, help="a plan may take; wrong actions often have none")
    parser.add_argument("--runs", type=Path, default=Path("runs/latplan-data"))
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the plot (needs matplotlib)")
    add_json_option(parser)
    arguments = parser.parse_args()
    arguments.runs.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for puzzle in arguments.puzzles:
        for count in arguments.counts:
            model = arguments.runs / f"{puzzle}-{count}.safetensors"
            try:
                if not model.exists():
                    pairs = Pairs(*domain(puzzle).sample_transitions(count, np.random.default_rng(1)))
                    save_model(learn(pairs), model)
                solver, steps, instances = ["bidirectional"], [arguments.steps], arguments.instances
                (row,) = judged(str(model), puzzle, solver, steps, instances, seconds=arguments.seconds)
            except ValueError as error:  # too few pairs to learn any action
                print(f"{puzzle}, {count} pairs: {error}", file=sys.stderr)
                row = {"instances": arguments.instances, "solved": 0, "valid": 0, "optimal": 0}
            rows.append({"puzzle": puzzle, "pairs": count, **row})
            print(rows[-1], file=sys.stderr, flush=True)
    if arguments.plot is not None:
        _plot(rows, arguments.plot)
    counts = ("solved", "valid", "optimal")
    cells = [
        [row["puzzle"], f"{row['pairs']:,}", *(f"{row[what]}/{row['instances']}" for what in counts)] for row in rows
    ]
    tell(rows, ("puzzle", "pairs", *counts), cells, arguments.json)
    return 0


def _plot(rows: list[dict[str, Any]], file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    for puzzle in dict.fromkeys(row["puzzle"] for row in rows):
        points = [row for row in rows if row["puzzle"] == puzzle]
        pairs = [row["pairs"] for row in points]
        (line,) = axes.plot(
            pairs, [100 * row["valid"] / row["instances"] for row in points], "o-", label=f"{puzzle}, valid"
        )
        optimal = [100 * row["optimal"] / row["instances"] for row in points]
        axes.plot(pairs, optimal, "x--", color=line.get_color(), label=f"{puzzle}, shortest")
    axes.set(xscale="log", xlabel="pairs of pictures", ylabel="plans, %", ylim=(-2, 102))
    axes.legend(loc="lower right")
    figure.savefig(file, dpi=150)


if __name__ == "__main__":
    sys.exit(main())
