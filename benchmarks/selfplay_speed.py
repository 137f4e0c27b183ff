"""Positions of self-play a second, by one process and by several.

    python benchmarks/selfplay_speed.py --processes 1 2 --json speed.json

Whole games of the game's recipe by the shipped network, or one of random weights with --size, in as many units for each
process as --units says; each process plays a game first, so that nothing is compiled or measured while the clock runs.
Positions are those that were searched. The JSON has a row for each number of processes: processes, games, positions,
samples, seconds (by the clock on the wall), positions_per_second, and scaling (against the first row).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any

from report import Report, add_json_option

from engine.encodings import default_encoding, family
from engine.games import game as named
from engine.network import config_for, load_network
from nets.residual import ResidualNetwork
from nets.shipped import shipped_for
from selfplay.workforce import Processes, Snapshot, Unit
from selfplay.zero.actor import Actor, GamesWanted, weights_of
from selfplay.zero.played import unpack_games
from selfplay.zero.recipes import recipe


def main() -> None:
    """Measure it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--game", default="chess")
    parser.add_argument("--size", help="blocks x channels of random weights, such as 6x64; else the shipped network")
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--units", type=int, default=1, help="for each process")
    parser.add_argument("--games", type=int, default=128, help="in a unit, all side by side")
    parser.add_argument("--simulations", type=int, help="of a move that is learnt from; the recipe's if left out")
    parser.add_argument("--device", default="cpu")
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)

    game = named(arguments.game)
    config = recipe(game)
    play = replace(config.play, simulations=arguments.simulations or config.play.simulations)
    shipped = None if arguments.size else shipped_for(family(game))
    if shipped is None:
        blocks, channels = map(int, (arguments.size or f"{config.blocks}x{config.channels}").split("x"))
        encoding = default_encoding(game)
        network = ResidualNetwork(config_for(encoding, blocks=blocks, channels=channels))
    else:
        checkpoint, encoding = load_network(shipped, game)
        network = checkpoint.network
    actor = Actor(
        game.name, network.config, play, encoding=encoding.name, side_by_side=arguments.games,
        device=arguments.device, precision=config.precision,
    )  # fmt: skip
    rows: list[dict[str, Any]] = []
    for processes in arguments.processes:
        with Processes(actor, processes) as workforce:
            workforce.publish(Snapshot(0, weights_of(network)))
            for number in range(processes):
                workforce.submit(Unit(number, GamesWanted(1, number), 0))
            for _ in range(processes):
                workforce.collect()
            started = time.perf_counter()
            units = range(processes, processes * (1 + arguments.units))
            for number in units:
                workforce.submit(Unit(number, GamesWanted(arguments.games, number), 0))
            played = [found for _ in units for found in unpack_games(workforce.collect()[1], game.rules)]
            seconds = time.perf_counter() - started
        positions = sum(len(one.moves) - one.random for one in played)
        speed = positions / seconds
        row = {"processes": processes, "games": len(played), "positions": positions}
        row |= {"samples": sum(len(one.samples) for one in played), "seconds": seconds}
        row |= {"positions_per_second": speed}
        row |= {"scaling": speed / rows[0]["positions_per_second"] if rows else 1.0}
        rows.append(row)
        report.say(f"{processes} processes: {speed:8,.1f} positions/s, {row['scaling']:.2f} of the first")
    report.write(rows)


if __name__ == "__main__":
    main()
