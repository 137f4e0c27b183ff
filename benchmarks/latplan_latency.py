"""How long `matchbox latplan plan` takes, from the start of its process to the last picture written.

    python benchmarks/latplan_latency.py
    python benchmarks/latplan_latency.py --puzzles hanoi --instances 5

The shipped models, and the kernels from the cache, which a first task that is not counted fills.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from latplan_runs import PAPER, TASK_SEED, tell
from report import add_json_option

MATCHBOX = (sys.executable, "-m", "cli.main")


def main() -> int:
    """Make tasks, plan each in a process of its own, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--puzzles", nargs="+", default=PAPER)
    parser.add_argument("--steps", nargs="+", type=int, default=(7, 14))
    parser.add_argument("--instances", type=int, default=20)
    parser.add_argument("--planner", default="bidirectional")
    add_json_option(parser)
    arguments = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for puzzle in arguments.puzzles:
            for steps in arguments.steps:
                if not rows:
                    once(Path(folder), puzzle, steps, TASK_SEED, arguments.planner)
                seeds = range(TASK_SEED, TASK_SEED + arguments.instances)
                taken = [once(Path(folder), puzzle, steps, seed, arguments.planner) for seed in seeds]
                whole = [task["process"] for task in taken]
                phases = {phase: statistics.median(task[phase] for task in taken) for phase in taken[0]}
                rows.append({"puzzle": puzzle, "steps": steps, "instances": len(taken), "worst": max(whole), **phases})
                print(rows[-1], file=sys.stderr, flush=True)
    columns = ("puzzle", "steps", "median s", "worst s", "of it planning")
    cells = [
        [row["puzzle"], row["steps"], f"{row['process']:.2f}", f"{row['worst']:.2f}", f"{row['plan']:.3f}"]
        for row in rows
    ]
    tell(rows, columns, cells, arguments.json)
    return 0


def once(folder: Path, puzzle: str, steps: int, seed: int, planner: str) -> dict[str, float]:
    """Seconds of the phases of a task, and of the whole process."""
    ends = [str(folder / "init.png"), str(folder / "goal.png")]
    task = ["task", puzzle, "--steps", str(steps), "--seed", str(seed), "--init", ends[0], "--goal", ends[1]]
    subprocess.run([*MATCHBOX, "latplan", *task], check=True, stdout=subprocess.DEVNULL)
    plan = ["plan", "--model", puzzle, *ends, "--planner", planner, "--out", str(folder / "plan")]
    started = time.perf_counter()
    subprocess.run([*MATCHBOX, "latplan", *plan], check=True, stdout=subprocess.DEVNULL)
    seconds = time.perf_counter() - started
    phases = json.loads((folder / "plan" / "result.json").read_text())["seconds"]
    return {"process": seconds, **phases}


if __name__ == "__main__":
    sys.exit(main())
