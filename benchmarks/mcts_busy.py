"""How much of its time a tree search lets the network work: one tree with gathered batches, and many games in lockstep.

    python benchmarks/mcts_busy.py --json busy.json

Chess, a network of random weights, one thread. Three things take turns, so that a slow moment of the machine hits all:
the network alone, on batches whose input is at hand; one search that gathers batches from one tree; and self-play of as
many games in lockstep as a batch has places. Keys of the JSON: size, backend, batch, rounds, and for network, tree and
lockstep: evaluations_per_second; for the latter two also fill (mean size of a batch against its places), network_share
(of the processor time of the thread, how much is the network), and against_network (evaluations a second against the
network's own, at the same place of batch).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from report import Report, add_json_option

from engine.backends import BACKEND_PRECISIONS, BACKENDS, new_backend
from engine.encodings import encoding
from engine.game import Position
from engine.games import game
from engine.network import NetworkEvaluator, config_for
from nets.inference import Answers, Backend
from nets.residual import ResidualNetwork
from search.mcts import MonteCarlo, Options
from search.searcher import Limits
from selfplay.zero.lockstep import Lockstep, SelfPlayConfig

FENS = (
    "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10",
)


class Timed(Backend):
    """A backend with a clock: the thread's own processor time, which other programs do not lengthen."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.name = backend.name
        self.seconds = 0.0
        self.states = 0
        self.batches = 0

    def answer(self, planes: npt.NDArray[np.float32], actions: npt.NDArray[np.int32]) -> Answers:
        started = time.thread_time()
        answers = self.backend.answer(planes, actions)
        self.seconds += time.thread_time() - started
        self.states += len(planes)
        self.batches += 1
        return answers


@dataclass
class Tally:
    """What one of the three ways did."""

    states: int = 0
    batches: int = 0
    network: float = 0.0
    seconds: float = 0.0

    def add(self, timed: Timed, seconds: float) -> None:
        """Count what `timed` did in so many seconds, and set it to nothing."""
        self.states += timed.states
        self.batches += timed.batches
        self.network += timed.seconds
        self.seconds += seconds
        timed.states = timed.batches = 0
        timed.seconds = 0.0

    def facts(self, batch: int, alone: float) -> dict[str, float]:
        """See the top of this file."""
        speed = self.states / self.seconds
        return {
            "evaluations_per_second": round(speed),
            "fill": round(self.states / self.batches / batch, 3),
            "network_share": round(self.network / self.seconds, 3),
            "against_network": round(speed / alone, 3),
        }


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=6)
    parser.add_argument("--channels", type=int, default=64)
    parser.add_argument("--encoding", default="chess-planes-1")
    parser.add_argument("--backend", default="auto", choices=BACKENDS)
    parser.add_argument("--precision", default="auto", choices=BACKEND_PRECISIONS)
    parser.add_argument("--squeeze", type=int, default=16)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--nodes", type=int, default=1024, help="simulations of a search in one tree")
    parser.add_argument("--simulations", type=int, default=32, help="of a move in self-play")
    parser.add_argument("--selection", default="puct", choices=("puct", "gumbel"))
    parser.add_argument("--plies", type=int, default=4, help="of each self-play game")
    parser.add_argument("--rounds", type=int, default=5)
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    known = encoding(arguments.encoding)
    sizes = {name: getattr(arguments, name) for name in ("blocks", "channels", "squeeze")}
    network = ResidualNetwork(config_for(known, **sizes))
    timed = Timed(new_backend(network.eval(), arguments.backend, precision=arguments.precision, encoding=known))
    evaluator = NetworkEvaluator(network, known, backend=timed)
    chess, options = game("chess"), Options(selection=arguments.selection)
    searcher = MonteCarlo(evaluator, options=options, hash_mib=64, batch=arguments.batch)
    config = SelfPlayConfig(
        options=options,
        simulations=arguments.simulations,
        longest=arguments.plies,
        opening_share=0.0,
    )
    lockstep = Lockstep(lambda: Position(chess).state, evaluator, config, games=arguments.batch)

    def network_alone(number: int) -> None:
        rng = np.random.default_rng(number)
        planes = rng.random((arguments.batch, *known.shape), np.float32)
        actions = rng.integers(0, known.actions, (arguments.batch, known.rules.max_moves)).astype(np.int32)
        for _ in range(16):
            timed.answer(planes, actions)

    def tree(number: int) -> None:
        searcher.new_game()
        searcher.search(Position(chess, FENS[number % len(FENS)]).root(), Limits(nodes=arguments.nodes))

    def in_lockstep(number: int) -> None:
        lockstep.play(arguments.batch, number)

    ways: dict[str, Any] = {"network": network_alone, "tree": tree, "lockstep": in_lockstep}
    tallies = {name: Tally() for name in ways}
    for number in range(-1, arguments.rounds):
        for name, way in ways.items():
            started = time.thread_time()
            way(number + 1)
            tally = Tally() if number < 0 else tallies[name]  # the first round compiles
            tally.add(timed, time.thread_time() - started)
        report.say(f"\rround {number + 1} of {arguments.rounds}", end="")
    alone = tallies["network"].states / tallies["network"].network
    facts: dict[str, Any] = {
        "size": f"{arguments.blocks} x {arguments.channels}",
        "backend": timed.name,
        "encoding": known.name,
        "selection": arguments.selection,
        "batch": arguments.batch,
        "rounds": arguments.rounds,
        "network": {"evaluations_per_second": round(alone)},
        **{name: tallies[name].facts(arguments.batch, alone) for name in ("tree", "lockstep")},
    }
    report.say(
        f"\r{facts['size']}, {facts['backend']}, batch {arguments.batch}: {alone:,.0f} evaluations/s of the network"
    )
    for name in ("tree", "lockstep"):
        report.say(f"{name:9}" + ", ".join(f"{key} {value:,}" for key, value in facts[name].items()))
    report.write(facts)


if __name__ == "__main__":
    main()
