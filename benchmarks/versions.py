"""Nodes a second of this checkout's search beside those of another checkout of Matchbox.

    git worktree add ../before HEAD~1
    python benchmarks/versions.py ../before
    python benchmarks/versions.py ../before --depth 12 --rounds 20 --json versions.json

Both search the positions of `matchbox bench` to a fixed depth, position by position in turns, and the processor's time
counts, so that a slow moment of the machine hits both. Keys of the JSON: depth, rounds, here and there (each of path,
nodes of a round and nodes_per_second), and how many per cent more nodes a second there are here than there, percent,
with its 95 % margin over the rounds. Equal nodes mean that both searched the same tree.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from report import Report, add_json_option

from engine.bench import HASH_MIB, POSITIONS
from engine.chess.game import ChessGame
from engine.game import Position
from search.alphabeta import AlphaBeta
from search.searcher import Limits

#: The directory that the process of a checkout begins in.
_HERE = Path(__file__).resolve().parents[1]


def answer(depth: int) -> None:
    """Search each position that is asked for, a FEN on a line, and print its nodes and its seconds of the processor."""
    game = ChessGame()
    searcher = AlphaBeta(game.rules, next(iter(game.evaluations.values())), hash_mib=HASH_MIB)
    searcher.search(Position(game).root(), Limits(depth=min(depth, 5)))
    for line in sys.stdin:
        searcher.new_game()
        root = Position(game, line.strip()).root()
        began = time.process_time()
        result = searcher.search(root, Limits(depth=depth))
        print(json.dumps([result.nodes, time.process_time() - began]), flush=True)


class Checkout:
    """A process that searches with a checkout's code."""

    def __init__(self, path: Path, depth: int) -> None:
        if not (path / "engine" / "bench.py").is_file():
            raise SystemExit(f"{path} is not a checkout of Matchbox; `git worktree add {path} COMMIT` makes one")
        self.path = path
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), "--answer", "--depth", str(depth), str(path)],
            cwd=path,
            env={**os.environ, "PYTHONPATH": str(path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def search(self, fen: str) -> tuple[int, float]:
        """Nodes and seconds of a position."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(fen, file=self._process.stdin, flush=True)
            said = self._process.stdout.readline()
        except BrokenPipeError:
            said = ""
        if not said:
            raise SystemExit(f"the search of {self.path} broke off; its own words stand above")
        nodes, seconds = json.loads(said)
        return nodes, seconds

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("other", type=Path, help="the folder of another checkout, as `git worktree add` makes one")
    parser.add_argument("--depth", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=20, help="times that all positions are searched")
    parser.add_argument("--answer", action="store_true", help=argparse.SUPPRESS)
    add_json_option(parser)
    arguments = parser.parse_args()
    if arguments.answer:
        answer(arguments.depth)
        return
    if arguments.depth < 1 or arguments.rounds < 2:
        parser.error("--depth must be at least 1, and --rounds at least 2")
    report = Report(arguments.json)
    checkouts = [Checkout(path, arguments.depth) for path in (_HERE, arguments.other.resolve())]
    nodes, speeds = [0, 0], []
    for done in range(arguments.rounds):
        nodes, seconds = [0, 0], [0.0, 0.0]
        for number, fen in enumerate(POSITIONS):
            for side in (0, 1) if (done + number) % 2 else (1, 0):
                counted, took = checkouts[side].search(fen)
                nodes[side] += counted
                seconds[side] += took
        speeds.append((nodes[0] / seconds[0], nodes[1] / seconds[1]))
        report.say(f"\r{done + 1} of {arguments.rounds} rounds", end="")
    for checkout in checkouts:
        checkout.close()
    gains = [100 * (here / there - 1) for here, there in speeds]
    names = ("here", "there")
    facts = {
        "depth": arguments.depth,
        "rounds": arguments.rounds,
        **{
            name: {
                "path": str(checkout.path),
                "nodes": nodes[side],
                "nodes_per_second": round(statistics.mean(pair[side] for pair in speeds)),
            }
            for side, (name, checkout) in enumerate(zip(names, checkouts, strict=True))
        },
        "percent": round(statistics.mean(gains), 2),
        "margin": round(1.96 * statistics.stdev(gains) / len(gains) ** 0.5, 2),
    }
    report.say("\r")
    for side, name in enumerate(names):
        speed = facts[name]["nodes_per_second"]
        report.say(f"{name:5}  {nodes[side]:>12,} nodes  {speed:>12,} nodes/s  {checkouts[side].path}")
    report.say(f"{facts['percent']:+.1f} ± {facts['margin']:.1f} % nodes a second here")
    report.write(facts)


if __name__ == "__main__":
    main()
