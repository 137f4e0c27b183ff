"""The table of the papers: plans found, valid and shortest, of every puzzle, training seed and planner.

    python benchmarks/latplan_table.py                                     # everything: a day on two cores
    python benchmarks/latplan_table.py --puzzles 8-puzzle --seeds 1 --planners bidirectional fd-lmcut --instances 20

Models are trained as they are needed and kept in --runs, and rows that are there are not measured again: the same
command goes on after an interruption.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from latplan_runs import PAPER, judged, tell, trained
from report import add_json_option

from search.whole_file import write_whole

PLANNERS = ("bidirectional", "fd-blind", "fd-lmcut", "fd-merge-and-shrink", "fd-lama")
#: The hardest instances of the 8-puzzle.
HARDEST = {"8-puzzle": 31}


def main() -> int:
    """Train, plan, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--puzzles", nargs="+", default=PAPER)
    parser.add_argument("--seeds", nargs="+", type=int, default=(1, 2, 3), help="of the trainings")
    parser.add_argument("--planners", nargs="+", default=PLANNERS)
    parser.add_argument("--steps", nargs="+", type=int, default=(7, 14))
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--processes", type=int, default=2, help="trainings side by side")
    parser.add_argument("--runs", type=Path, default=Path("runs/latplan"), help="folder of models and rows")
    add_json_option(parser)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for puzzle in arguments.puzzles:
        for seed in arguments.seeds:
            name = f"{puzzle}-{seed}"
            known = trained(arguments.runs, name, seed, puzzle, "--processes", str(arguments.processes))
            steps = [*arguments.steps, *([HARDEST[puzzle]] if puzzle in HARDEST else [])]
            for solver in arguments.planners:
                for asked in steps:
                    file = arguments.runs / f"{name}-{solver}-{asked}-{arguments.instances}.json"
                    if not file.exists():
                        (row,) = judged(known["model"], puzzle, [solver], [asked], arguments.instances)
                        write_whole(file, json.dumps(row) + "\n")
                    row = json.loads(file.read_text())
                    train = {name: known[name] for name in ("wall_seconds", "cpu_seconds", "megabytes")}
                    rows.append({"puzzle": puzzle, "seed": seed, **row, "training": train})
                    print(_line(rows[-1]), file=sys.stderr, flush=True)
    columns = ("puzzle", "seed", "planner", "steps", "solved", "valid", "optimal", "median s", "median expanded")
    tell(rows, columns, [_cells(row) for row in rows], arguments.json)
    return 0


def _cells(row: dict[str, Any]) -> list[object]:
    counts = [f"{row[what]}/{row['instances']}" for what in ("solved", "valid", "optimal")]
    expanded = "" if row["median_expanded"] is None else f"{row['median_expanded']:,.0f}"
    seconds = "" if row["median_seconds"] is None else row["median_seconds"]
    return [row["puzzle"], row["seed"], row["planner"], f"{row['steps']:g}", *counts, seconds, expanded]


def _line(row: dict[str, Any]) -> str:
    return "  ".join(map(str, _cells(row)))


if __name__ == "__main__":
    sys.exit(main())
