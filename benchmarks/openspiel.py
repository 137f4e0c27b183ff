"""Tree search and self-play on chess beside OpenSpiel's, which is asked in a Python of its own.

    python -m venv openspiel
    openspiel/bin/pip install open_spiel jax flax optax orbax-checkpoint chex pandas matplotlib
    python benchmarks/openspiel.py --python openspiel/bin/python --json openspiel.json

Programs take turns, and processor time is counted, so that others on the machine weigh little. Searches begin with
empty trees. Keys of the JSON: for each kind of work a speed for each program, the median of the rounds, and the ratios:

    null        simulations a second from the initial position with an evaluator that knows nothing (the C++ search has
                none that Python could choose)
    rollout     … with one random game each
    short       … with one random game each, from a position where it lasts five plies at most, so that the tree counts
    self_play   positions a second, every move a search of --simulations by PUCT with root noise, with networks of
                --blocks x --channels of random weights; theirs evaluates one position at a time
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch
from report import Report, add_json_option

from engine.backends import new_backend
from engine.encodings import encoding
from engine.game import Position
from engine.games import game
from engine.network import NetworkEvaluator, config_for
from nets.residual import ResidualNetwork
from search.mcts import MonteCarlo, Options
from search.playouts import Playouts
from search.searcher import Limits
from selfplay.zero.lockstep import Lockstep, SelfPlayConfig

CHESS = game("chess")
#: Ninety-five plies without a capture or a pawn move: almost every game is drawn five plies on.
SHORT = "r3k2r/8/8/8/8/8/8/R3K2R w - - 95 80"
SIDE = Path(__file__).with_name("openspiel_side.py")


class Theirs:
    """OpenSpiel in another Python."""

    def __init__(self, python: str) -> None:
        self._python = python

    def speed(self, kind: str, *numbers: int) -> float:
        """Of what `openspiel_side.py` counts, how many a second."""
        words = [self._python, str(SIDE), kind, *map(str, numbers)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{self._python} cannot do {kind}: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        known = json.loads(done.stdout.splitlines()[-1])
        return float(known["count"]) / float(known["seconds"])


def our_search(games: int, simulations: int, fen: str | None = None) -> float:
    """Simulations a second with so many random games each."""
    searcher = MonteCarlo(Playouts(CHESS.rules, games=games), options=Options(selection="uct"), hash_mib=64)
    for _ in range(2):  # the first one loads kernels, and touches the memory of the tree
        searcher.new_game()
        started = time.process_time()
        result = searcher.search(Position(CHESS, fen).root(), Limits(nodes=simulations))
        seconds = time.process_time() - started
    return result.nodes / seconds


def our_self_play(simulations: int, blocks: int, channels: int, plies: int, games: int) -> float:
    """Positions of self-play a second, of so many games side by side."""
    torch.manual_seed(1)
    known = encoding("chess-planes-1")
    network = ResidualNetwork(config_for(known, blocks=blocks, channels=channels)).eval()
    evaluator = NetworkEvaluator(network, known, backend=new_backend(network, "torch"))

    def play(plies: int) -> None:
        config = SelfPlayConfig(
            options=Options(selection="puct"), simulations=simulations, longest=plies, opening_share=0.0
        )
        Lockstep(lambda: Position(CHESS).state, evaluator, config, games=games).play(games, 1)

    play(1)
    started = time.process_time()
    play(plies)
    return games * plies / (time.process_time() - started)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="python3", help="one that has open_spiel")
    parser.add_argument("--simulations", type=int, default=32, help="of a move in self-play")
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--plies", type=int, default=4, help="of self-play, in each round")
    parser.add_argument("--games", type=int, default=32, help="of our self-play, side by side")
    parser.add_argument("--rounds", type=int, default=3)
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    torch.set_num_threads(1)
    theirs = Theirs(arguments.python)
    sizes = (arguments.simulations, arguments.blocks, arguments.channels, arguments.plies)
    work: dict[str, dict[str, Any]] = {
        "null": {
            "matchbox": lambda: our_search(0, 20_000),
            "openspiel_python": lambda: theirs.speed("python-null", 20_000),
        },
        "rollout": {
            "matchbox": lambda: our_search(1, 10_000),
            "openspiel_python": lambda: theirs.speed("python-rollout", 20),
            "openspiel_cpp": lambda: theirs.speed("cpp-rollout", 500),
        },
        "short": {
            "matchbox": lambda: our_search(1, 20_000, SHORT),
            "openspiel_cpp": lambda: theirs.speed("cpp-short", 20_000),
        },
        "self_play": {
            "matchbox": lambda: our_self_play(*sizes, arguments.games),
            "openspiel_python": lambda: theirs.speed("alphazero", *sizes),
        },
    }
    taken: dict[str, dict[str, list[float]]] = {kind: {name: [] for name in ways} for kind, ways in work.items()}
    for number in range(arguments.rounds):
        for kind, ways in work.items():
            for name, way in ways.items():
                taken[kind][name].append(way())
        report.say(f"\rround {number + 1} of {arguments.rounds}", end="")
    facts: dict[str, dict[str, Any]] = {
        kind: {name: median(speeds) for name, speeds in ways.items()} for kind, ways in taken.items()
    }
    for kind, known in facts.items():
        for name in [name for name in known if name != "matchbox"]:
            known[f"against_{name}"] = round(known["matchbox"] / known[name], 2)
        report.say(f"\r{kind:10}" + ", ".join(f"{name} {value:,.1f}" for name, value in known.items()))
    settings = {name: getattr(arguments, name) for name in ("simulations", "blocks", "channels", "games", "rounds")}
    report.write({**settings, **facts})


if __name__ == "__main__":
    main()
