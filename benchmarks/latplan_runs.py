"""What the measurements of Latplan share: models that are trained once and kept, plans that are judged, and tables."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from report import Report

from latplan.domains import domain
from latplan.evaluation import evaluate, summary
from latplan.model import load_model
from latplan.noise import Noise
from latplan.planners import SearchLimits, planner
from search.whole_file import write_whole

#: The puzzles of the paper, at its sizes.
PAPER = ("8-puzzle", "15-puzzle", "lightsout", "lightsout-twisted", "sokoban", "blocksworld")
#: Tasks are drawn with seeds from here on, which no training and no choice of a recipe used.
TASK_SEED = 20_000


def trained(folder: Path, name: str, seed: int, *options: str) -> dict[str, Any]:
    """What is known of the model `folder/name.safetensors`, which `latplan train` makes if it is not there.

    `megabytes` is the most memory that the processes of the training took together (resident, what they share
    counted once), `wall_seconds` the time from start to end, and `cpu_seconds` what the processors spent on it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    facts = folder / f"{name}.json"
    if not facts.exists():
        command = [sys.executable, "-m", "cli.main", "latplan", "train", *options, "--seed", str(seed)]
        wanted = ["--out", str(folder / f"{name}.safetensors"), "--json", str(folder / f"{name}.tmp")]
        started, spent = time.monotonic(), _cpu_of_children()
        with subprocess.Popen([*command, *wanted], stdout=subprocess.DEVNULL, start_new_session=True) as process:
            most = 0
            while process.poll() is None:
                most = max(most, _resident(process.pid))
                time.sleep(0.5)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with exit status {process.returncode}")
        known = json.loads((folder / f"{name}.tmp").read_text())
        seconds = {"wall_seconds": time.monotonic() - started, "cpu_seconds": _cpu_of_children() - spent}
        known |= {**seconds, "megabytes": most / 1e6}
        write_whole(facts, json.dumps(known, indent=2) + "\n")
        (folder / f"{name}.tmp").unlink()
    known = json.loads(facts.read_text())
    assert isinstance(known, dict)
    return known | {"model": str(folder / f"{name}.safetensors")}


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _resident(session: int) -> int:
    """Bytes of memory that the processes of a session hold; 0 where that cannot be read."""
    kibibytes = 0
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session:
                lines = (entry / "smaps_rollup").read_text().splitlines()
                kibibytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except (OSError, StopIteration):
            continue
    return kibibytes << 10


def judged(
    model: str, puzzle: str, planners: Sequence[str], steps: Sequence[int], instances: int,
    noise: Noise | None = None, seconds: float = 600,
) -> list[dict[str, Any]]:  # fmt: skip
    """A row for each planner and number of steps, over the same tasks; so many seconds a plan at most."""
    learnt, made, rows = load_model(Path(model)), domain(puzzle), []
    for name in planners:
        solver = planner(name)
        for asked in steps:
            verdicts = evaluate(
                learnt, made, solver, instances=instances, steps=asked, seed=TASK_SEED,
                limits=SearchLimits(seconds=seconds), noise=noise,
            )  # fmt: skip
            rows.append({"planner": name, "asked": asked, **summary(list(verdicts))})
    return rows


def tell(
    rows: Sequence[dict[str, Any]], columns: Sequence[str], cells: Sequence[Sequence[object]], json_file: str | None
) -> None:
    """A table in Markdown, and the rows as JSON where `--json` asks for them."""
    report = Report(json_file)
    report.write(rows)
    for line in (columns, ["---"] * len(columns), *cells):
        report.say(f"| {' | '.join(str(cell) for cell in line)} |")
