"""Noise on the pictures that are planned with, and on those that are learnt from: plans that are still found and valid.

    python benchmarks/latplan_noise.py
    python benchmarks/latplan_noise.py --puzzles hanoi --instances 20

The first rows are of the shipped models, the others of models that learnt from noisy pairs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

from latplan_runs import PAPER, judged, tell, trained
from report import add_json_option

from latplan.noise import Noise
from latplan.shipped import model_file

NOISES = {
    "none": Noise(),
    "Gaussian 0.1": Noise(gaussian=0.1),
    "Gaussian 0.2": Noise(gaussian=0.2),
    "Gaussian 0.3": Noise(gaussian=0.3),
    "salt and pepper 6 %": Noise(salt_and_pepper=0.06),
}
#: Noise in the pictures that are learnt from.
LEARNT = "Gaussian 0.1"


def main() -> int:
    """Plan with noisy pictures, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--puzzles", nargs="+", default=PAPER)
    parser.add_argument("--learn", nargs="*", default=("8-puzzle", "lightsout"), help="learn these from noisy pairs")
    parser.add_argument("--count", type=int, default=50_000, help="noisy pairs")
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--instances", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=10, help="a plan may take; wrong bits often have none")
    parser.add_argument("--runs", type=Path, default=Path("runs/latplan-noise"))
    add_json_option(parser)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []

    def judge(model: str, puzzle: str, learnt: str, planned: str) -> None:
        solver = ["bidirectional"]
        noise, seconds = NOISES[planned], arguments.seconds
        (row,) = judged(model, puzzle, solver, [arguments.steps], arguments.instances, noise, seconds)
        rows.append({"puzzle": puzzle, "learnt": learnt, "planned": planned, **row})
        print(rows[-1], file=sys.stderr, flush=True)

    for puzzle in arguments.puzzles:
        for planned in NOISES:
            judge(str(model_file(puzzle)), puzzle, "none", planned)
    for puzzle in arguments.learn:
        arguments.runs.mkdir(parents=True, exist_ok=True)
        pairs = arguments.runs / f"{puzzle}.npz"
        if not pairs.exists():
            command = [sys.executable, "-m", "cli.main", "latplan", "pairs", puzzle, "--out", str(pairs)]
            noise = str(NOISES[LEARNT].gaussian)
            subprocess.run([*command, "--count", str(arguments.count), "--gaussian", noise], check=True)
        known = trained(arguments.runs, puzzle, 1, "--pairs", str(pairs))
        for planned in NOISES:
            judge(known["model"], puzzle, LEARNT, planned)
    columns = ("puzzle", "learnt with", "planned with", "solved", "valid", "optimal")
    counts = ("solved", "valid", "optimal")
    cells = [
        [row["puzzle"], row["learnt"], row["planned"], *(f"{row[what]}/{row['instances']}" for what in counts)]
        for row in rows
    ]
    tell(rows, columns, cells, arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
