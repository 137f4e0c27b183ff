"""How fast the engine answers: from the start of its process, and during a search with two threads.

    python benchmarks/uci_latency.py --repeat 50 --json latency.json

The kernels are taken from the cache, which a first start fills. Times are milliseconds, seen from the other end of the
pipe. Keys of the JSON: repeat, threads, and for each of uciok, readyok (both since the start of the process), isready,
stop (to `bestmove`) and quit (to the end of the process; these three during a search): median_ms, worst_ms.
"""

from __future__ import annotations

import argparse
import random
import shlex
import statistics
import subprocess
import time

from report import Report, add_json_option


class Engine:
    """The engine's process, and the seconds that its answers take."""

    def __init__(self, command: str) -> None:
        """Start it."""
        self.started = time.perf_counter()
        self.process = subprocess.Popen(shlex.split(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def send(self, line: str) -> None:
        """Send a line."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")

    def until(self, word: str, since: float | None = None) -> float:
        """Seconds from `since` (None: now) until a line that begins with `word`."""
        since = time.perf_counter() if since is None else since
        assert self.process.stdout is not None
        while not (line := self.process.stdout.readline()).startswith(word.encode()):
            if not line:
                raise SystemExit(f"the engine left before it said {word!r}")
        return time.perf_counter() - since


def once(command: str, threads: int, generator: random.Random) -> dict[str, float]:
    """One start, one search, one end; seconds."""
    engine = Engine(command)
    engine.send("uci")
    times = {"uciok": engine.until("uciok", engine.started)}
    engine.send("isready")
    times["readyok"] = engine.until("readyok", engine.started)
    engine.send(f"setoption name Threads value {threads}")
    for asked, answer in (("isready", "readyok"), ("stop", "bestmove")):
        engine.send("go infinite")
        time.sleep(generator.uniform(0.05, 0.4))
        began = time.perf_counter()
        engine.send(asked)
        times[asked] = engine.until(answer, began)
        if asked == "isready":
            engine.send("stop")
            engine.until("bestmove")
    engine.send("go infinite")
    time.sleep(generator.uniform(0.05, 0.4))
    began = time.perf_counter()
    engine.send("quit")
    engine.process.wait()
    times["quit"] = time.perf_counter() - began
    return times


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cmd", default="matchbox-uci", help="the engine")
    parser.add_argument("--repeat", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    generator = random.Random(1)
    once(arguments.cmd, arguments.threads, generator)
    taken = [once(arguments.cmd, arguments.threads, generator) for _ in range(arguments.repeat)]
    facts: dict[str, object] = {"repeat": arguments.repeat, "threads": arguments.threads}
    report.say(f"{'':10}{'median':>10}{'worst':>10}  ms")
    for name in taken[0]:
        values = [1000 * times[name] for times in taken]
        median, worst = statistics.median(values), max(values)
        facts[name] = {"median_ms": round(median, 2), "worst_ms": round(worst, 2)}
        report.say(f"{name:10}{median:10.1f}{worst:10.1f}")
    report.write(facts)


if __name__ == "__main__":
    main()
