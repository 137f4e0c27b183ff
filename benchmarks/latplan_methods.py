"""The end-to-end models of the papers beside counted actions: the same pairs, the same steps of training.

python benchmarks/latplan_methods.py
python benchmarks/latplan_methods.py --puzzles hanoi --count 6000 --instances 20
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from latplan_runs import judged, tell, trained
from report import add_json_option

METHODS = ("counted", "ama3+", "ama4+")


def main() -> int:
    """Train each method on each puzzle, plan, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--puzzles", nargs="+", default=("8-puzzle", "lightsout"))
    parser.add_argument("--count", type=int, default=20_000, help="pairs")
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--runs", type=Path, default=Path("runs/latplan-methods"))
    add_json_option(parser)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for puzzle in arguments.puzzles:
        for method in METHODS:
            name = f"{puzzle}-{method}"
            options = ("--method", method, "--count", str(arguments.count))
            known = trained(arguments.runs, name, 1, puzzle, *options)
            (row,) = judged(known["model"], puzzle, ["bidirectional"], [arguments.steps], arguments.instances)
            learnt = {what: known[what] for what in ("explained", "branching", "actions", "bits", "wall_seconds")}
            rows.append({"puzzle": puzzle, "method": method, **learnt, **row})
            print(name, rows[-1], file=sys.stderr, flush=True)
    columns = ("puzzle", "method", "training", "actions", "explained", "branching", "solved", "valid", "optimal")
    cells = [
        [row["puzzle"], row["method"], f"{row['wall_seconds']:.0f} s", row["actions"], f"{row['explained']:.1%}",
         f"{row['branching']:.2f}", *(f"{row[what]}/{row['instances']}" for what in ("solved", "valid", "optimal"))]
        for row in rows
    ]  # fmt: skip
    tell(rows, columns, cells, arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
