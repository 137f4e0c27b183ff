"""The end-to-end models of the papers beside counted actions: the same pairs, and the same trainings.

Each method makes the first two trainings of the recipe, side by side, and keeps the better one; no more, whatever came
of them.

    python benchmarks/latplan_methods.py
    python benchmarks/latplan_methods.py --puzzles hanoi --count 6000 --instances 20
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
from latplan.model import load_model, save_model
from latplan.pairs import Pairs
from latplan.trial import Method, Settings

METHODS: tuple[Method, ...] = ("counted", "ama3+", "ama4+")
#: Trainings of each.
TRAININGS = 2


def main() -> int:
    """Train each method on each puzzle, plan, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--puzzles", nargs="+", default=("8-puzzle", "lightsout"))
    parser.add_argument("--count", type=int, default=20_000, help="pairs")
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=2, help="a plan may take; wrong actions often have none")
    parser.add_argument("--runs", type=Path, default=Path("runs/latplan-methods"))
    add_json_option(parser)
    arguments = parser.parse_args()
    arguments.runs.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    for puzzle in arguments.puzzles:
        for method in METHODS:
            file = arguments.runs / f"{puzzle}-{method}.safetensors"
            if not file.exists():
                pairs = Pairs(*domain(puzzle).sample_transitions(arguments.count, np.random.default_rng(1)))
                settings = Settings(method=method, attempts=Settings().attempts[:TRAININGS], retries=0)
                save_model(learn(pairs, settings), file)
            facts = load_model(file).facts
            solver, steps, instances = ["bidirectional"], [arguments.steps], arguments.instances
            (row,) = judged(str(file), puzzle, solver, steps, instances, seconds=arguments.seconds)
            learnt = {what: facts[what] for what in ("explained", "branching", "actions", "bits", "seconds")}
            rows.append({"puzzle": puzzle, "method": method, **learnt, **row})
            print(rows[-1], file=sys.stderr, flush=True)
    columns = ("puzzle", "method", "training", "actions", "explained", "branching", "solved", "valid", "optimal")
    cells = [
        [row["puzzle"], row["method"], f"{row['seconds']:.0f} s", row["actions"], f"{row['explained']:.1%}",
         f"{row['branching']:.2f}", *(f"{row[what]}/{row['instances']}" for what in ("solved", "valid", "optimal"))]
        for row in rows
    ]  # fmt: skip
    tell(rows, columns, cells, arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
