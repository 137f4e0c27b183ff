"""Positions a second that the trainer of networks for alpha-beta learns from, and where the time goes.

    python benchmarks/nnue_training.py positions --json training.json

The positions come from shards, such as `matchbox data generate --out positions` writes; no run is made. With one thread
nothing runs beside a step; with more, the features of the next batch are found meanwhile, as in a run. The best of
--rounds counts. Keys of the JSON: network, batch, positions_per_second by the number of threads, and of one thread
microseconds a position: features (with what is listed of them), sums, later (everything after the first layer), rows.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from report import Report, add_json_option

from nets.nnue import first_layer, kernel_steps
from nets.nnue.batch import Batch
from nets.nnue.config import NnueConfig
from nets.nnue.kernel_steps import KernelSteps
from selfplay.nnue.positions import Features, load_positions
from selfplay.positions.shards import shard_files

#: The kernels of a step, by what they are called here.
PARTS = {
    "sums": (first_layer, "_sum_tiles"),
    "later": (kernel_steps, "backward"),
    "rows": (first_layer, "_learn_tiles"),
}


def timed(seconds: dict[str, float], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which adds the processor time of its thread to `seconds`."""

    def run(*arguments: Any) -> Any:
        begun = time.thread_time()
        result = function(*arguments)
        seconds[name] += time.thread_time() - begun
        return result

    return run


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", type=Path, help="shards of positions, or folders of them")
    parser.add_argument("--features", default="halfka-8")
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--activation", default="pairs")
    parser.add_argument("--hidden", type=int, default=16)
    parser.add_argument("--last", type=int, default=32)
    parser.add_argument("--batch", type=int, default=8192)
    parser.add_argument("--threads", default="1,2", help="numbers of threads, with commas")
    parser.add_argument("--steps", type=int, default=40, help="of a round")
    parser.add_argument("--rounds", type=int, default=5)
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    try:
        config = NnueConfig(
            features=arguments.features, width=arguments.width, activation=arguments.activation,
            hidden=arguments.hidden, last=arguments.last,
        )  # fmt: skip
        files = shard_files(arguments.data)
        positions = load_positions(files, teacher_scale=110.0, result_share=0.0, on_damage=lambda e: report.say(str(e)))
    except (ValueError, OSError) as error:
        parser.error(str(error))
    features, batches = Features(config, positions), [Batch(config, arguments.batch) for _ in range(2)]
    order = np.random.default_rng(1).integers(0, len(positions), arguments.batch * arguments.steps)

    def fill(number: int) -> None:
        first = number * arguments.batch
        features.fill(batches[number % 2], order, first, first + arguments.batch)

    seconds = dict.fromkeys(("features", *PARTS), 0.0)
    for name, (module, function) in PARTS.items():
        setattr(module, function, timed(seconds, name, getattr(module, function)))
    timed_fill = timed(seconds, "features", fill)
    facts: dict[str, Any] = {"network": asdict(config), "batch": arguments.batch, "positions_per_second": {}}
    for threads in map(int, arguments.threads.split(",")):
        steps, best = KernelSteps(config, threads=threads), np.inf
        for round_ in range(arguments.rounds + 1):
            seconds.update(dict.fromkeys(seconds, 0.0))
            begun = time.perf_counter()
            with ThreadPoolExecutor(1) as ahead:
                coming = ahead.submit(timed_fill, 0)
                for number in range(arguments.steps):
                    coming.result()
                    if number + 1 < arguments.steps:
                        coming = ahead.submit(timed_fill, number + 1)
                        if threads == 1:
                            coming.result()
                    steps.step(batches[number % 2], arguments.batch, 1e-3)
            # The first round compiles.
            if round_ > 0 and time.perf_counter() - begun < best:
                best = time.perf_counter() - begun
                if threads == 1:
                    facts["microseconds"] = {part: round(1e6 * took / len(order), 3) for part, took in seconds.items()}
        facts["positions_per_second"][threads] = round(len(order) / best)
        report.say(f"{threads} thread{'s' * (threads > 1)}: {round(len(order) / best):,} positions/s")
    if "microseconds" in facts:
        report.say("µs a position: " + ", ".join(f"{part} {took:.2f}" for part, took in facts["microseconds"].items()))
    report.write(facts)


if __name__ == "__main__":
    main()
