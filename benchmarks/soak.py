"""The soak: bullet games of this engine against itself for hours; memory must stay flat and nothing be lost.

    python benchmarks/soak.py --seconds 7200 --json soak.json

Two processes of the engine play game after game, each with --threads and --hash MiB, and keep running from game to
game. Prints a line a game, then the result; exit status 1 where a game was lost other than by chess, or where memory
grew by more than --growth MiB.

Keys of the JSON: seconds, games, failures (games lost by time, crash, illegal move, silence or a refused start, by the
reason), max_overrun_seconds, processes (how many there were: more than two mean restarts), memory (for each process:
name, pid, first_mib and last_mib, the medians of the first and the last quarter of its samples after the warm-up of the
first tenth; growth_mib; peak_mib; samples, each [seconds, MiB]), passed.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from search.whole_file import write_whole
from selfplay.matches.arena import Match, MatchConfig
from selfplay.matches.display import MatchDisplay
from selfplay.matches.spec import PlayerSpec, parse_limit

#: More games than any soak plays.
ENDLESS = 100_000

Samples = dict[tuple[str, int], list[tuple[float, float]]]


def resident_mib(pid: int) -> float | None:
    """The resident memory of a process in MiB, by `ps`; None where it is gone."""
    answer = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return int(answer.stdout) / 1024 if answer.stdout.strip() else None


def sample(match: Match, samples: Samples, ended: threading.Event, seconds: float, interval: float) -> None:
    """Note the memory of the programs every `interval` seconds, and stop the match after `seconds`."""
    began = time.monotonic()
    while not ended.wait(interval):
        now = time.monotonic() - began
        if now >= seconds:
            match.stop()
            return
        for name, pid in match.pids():
            memory = resident_mib(pid)
            if memory is not None:
                samples.setdefault((name, pid), []).append((round(now, 1), round(memory, 2)))


def memory_facts(name: str, pid: int, samples: list[tuple[float, float]]) -> dict[str, Any]:
    """What the samples of one process say: the growth between its first and its last quarter, without the warm-up."""
    steady = [memory for _, memory in samples[len(samples) // 10 :]]
    quarter = max(1, len(steady) // 4)
    first, last = statistics.median(steady[:quarter]), statistics.median(steady[-quarter:])
    return {
        "name": name,
        "pid": pid,
        "first_mib": first,
        "last_mib": last,
        "growth_mib": round(last - first, 2),
        "peak_mib": max(memory for _, memory in samples),
        "samples": samples,
    }


def main() -> int:
    """Play, sample, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=7200.0)
    parser.add_argument("--tc", default="1+0.01", help="seconds + increment")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--hash", type=int, default=64, help="MiB of transposition table")
    parser.add_argument("--interval", type=float, default=5.0, help="seconds between samples of memory")
    parser.add_argument("--growth", type=float, default=8.0, help="MiB that memory may grow by")
    parser.add_argument("--cmd", default="matchbox", help="the program to soak, as in `matchbox match`")
    parser.add_argument("--run", type=Path, help="run folder, a new one; default runs/soak-DATE")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result; - for stdout")
    arguments = parser.parse_args()
    logging.getLogger("chess.engine").setLevel(logging.CRITICAL)
    to_stdout = str(arguments.json) == "-"
    options = {"Threads": str(arguments.threads), "Hash": str(arguments.hash)}
    samples: Samples = {}
    ended = threading.Event()
    try:
        match = Match(
            MatchConfig(
                players=tuple(PlayerSpec(name=name, command=arguments.cmd, options=options) for name in ("one", "two")),
                limit=parse_limit({"tc": arguments.tc}),
                games=ENDLESS,
            ),
            arguments.run or Path("runs") / f"soak-{datetime.now():%Y%m%d-%H%M%S}",
        )
        match.check_players()
        sampler = threading.Thread(
            target=sample, args=(match, samples, ended, arguments.seconds, arguments.interval), daemon=True
        )
        began = time.monotonic()
        sampler.start()
        with MatchDisplay(match, Console(stderr=to_stdout, soft_wrap=True)) as display:
            match.run(display.show)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        ended.set()
    seconds = time.monotonic() - began
    standings = match.standings()
    failures = {reason: sum(player.failures[reason] for player in standings) for reason in standings[0].failures}
    memory = [memory_facts(name, pid, taken) for (name, pid), taken in samples.items()]
    facts = {
        "seconds": round(seconds, 1),
        "games": len(match.records),
        "failures": failures,
        "max_overrun_seconds": max(player.overrun for player in standings),
        "processes": len(memory),
        "memory": memory,
        "passed": not any(failures.values()) and all(entry["growth_mib"] <= arguments.growth for entry in memory),
    }
    display.summary()
    text = json.dumps(facts, indent=None if to_stdout else 1)
    if to_stdout:
        print(text)
    elif arguments.json is not None:
        write_whole(arguments.json, text + "\n")
    verdict = "passed" if facts["passed"] else "FAILED"
    print(f"{verdict}: {facts['games']} games in {seconds:.0f} s, failures {failures}", file=sys.stderr)
    for entry in memory:
        print(
            f"{entry['name']}: {entry['first_mib']:.1f} MiB at first, {entry['last_mib']:.1f} MiB at last, "
            f"{entry['peak_mib']:.1f} MiB at most",
            file=sys.stderr,
        )
    return 0 if facts["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
