"""Evaluations and accumulator updates a second of the network's kernels, beside a C++ twin compiled on the spot.

    python benchmarks/nnue.py --json nnue.json

The twin (nnue_twin.cpp.txt) is built with `g++ -O3 -march=native` where that is there. Both do the same with the
numbers of the same network, in turns; the best of --rounds counts, by processor time, and their sums at the end must
agree. Keys of the JSON: network, width, evaluations_per_second, updates_per_second (both perspectives), and with a
compiler cpp_evaluations_per_second, cpp_updates_per_second and the ratios evaluations and updates (ours to C++'s).
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from report import Report, add_json_option

from engine.bench import POSITIONS
from engine.chess.game import ChessGame
from engine.chess.nnue import nnue_evaluation, shipped_network
from engine.game import Position
from nets.nnue.file import load_network
from nets.nnue.inference import Context, Weights, output
from nets.nnue.quantise import IntegerNetwork
from nets.simd import int16_at, move_row
from search.kernel import kernel
from search.memory import address_of, aligned_records, aligned_zeros

ROWS, PLIES, MEN = 512, 64, 24


@kernel
def evaluate(context: Any, sums: Any, count: Any) -> Any:
    """The sum of `count` scores, of the sums of one ply after the other."""
    size = np.uint64(context.row_bytes)
    total = np.int64(0)
    for i in range(count):
        own = sums + np.uint64(2 * (i & (PLIES - 1))) * size
        total += output(context, own, own + size, MEN)
    return total


@kernel
def update(sums: Any, rows: Any, width: Any, count: Any) -> None:
    """`count` quiet moves in both perspectives."""
    half = np.uint64(2 * width)
    for i in range(count):
        source = sums + np.uint64((i & (PLIES - 1)) * 4 * width)
        to = sums + np.uint64(((i + 1) & (PLIES - 1)) * 4 * width)
        plus = rows + np.uint64((i * 37 & (ROWS - 1)) * 2 * width)
        minus = rows + np.uint64((i * 53 & (ROWS - 1)) * 2 * width)
        move_row(to, source, width, plus, minus)
        move_row(to + half, source + half, width, minus, plus)


def first_sums(network: IntegerNetwork) -> Any:
    """The sums of the positions of `matchbox bench`, again and again, [PLIES, 2, width]."""
    game = ChessGame()
    evaluation = nnue_evaluation(network)
    accumulators = aligned_records(1, evaluation.dtype)
    kept = evaluation.prepare(accumulators)
    sums = int16_at(accumulators[0].sums, 2 * network.config.width)
    found = []
    for fen in POSITIONS:
        evaluation.refresh(accumulators[0], Position(game, fen).state)
        found.append(sums.copy())
    del kept
    return np.resize(found, (PLIES, 2, network.config.width))


def twin_numbers(network: IntegerNetwork) -> bytes:
    """What the twin reads."""
    config = network.config
    bucket = config.output_bucket(MEN)
    small = [network.rows[:ROWS], first_sums(network)]
    small += [array[bucket] for array in (network.outputs, network.hidden_rows, network.last_rows)]
    later = [
        array[bucket].astype(np.int32)
        for array in (network.hidden_biases, network.hidden_outputs, network.last_biases, network.last_outputs)
    ]
    context = Context(Weights(network)).record
    one = np.array([network.output_biases[bucket], context.scale, context.unit], np.int64)
    return b"".join(np.ascontiguousarray(array).tobytes() for array in (*small, *later, one))


def build_twin(network: IntegerNetwork, folder: Path) -> list[str] | None:
    """The twin's program and the file that it reads, if there is a compiler."""
    compiler = shutil.which("g++")
    if compiler is None:
        return None
    config = network.config
    defined = {
        "WIDTH": config.width,
        "HIDDEN_NUMBERS": config.hidden,
        "LAST_NUMBERS": config.last,
        "PAIRS": int(config.activation == "pairs"),
        "SQUARED": int(config.activation == "squared"),
    }
    flags = ["-O3", "-march=native", "-std=c++17", *(f"-D{name}={value}" for name, value in defined.items())]
    source, program, numbers = Path(__file__).with_name("nnue_twin.cpp.txt"), folder / "twin", folder / "numbers"
    subprocess.run([compiler, *flags, "-x", "c++", str(source), "-o", str(program)], check=True)
    numbers.write_bytes(twin_numbers(network))
    return [str(program), str(numbers)]


def ours(network: IntegerNetwork, count: int) -> tuple[float, float, int]:
    """Seconds of evaluations, of updates, and the sum of everything."""
    context = Context(Weights(network))
    sums = aligned_zeros((PLIES, 2, network.config.width), np.int16)
    sums[...] = first_sums(network)
    begun = time.process_time()
    check = int(evaluate(context.record, address_of(sums), count))
    evaluated = time.process_time()
    update(address_of(sums), context.record.rows, context.record.width, count)
    updated = time.process_time()
    return evaluated - begun, updated - evaluated, check + int(sums.astype(np.int64).sum())


def theirs(twin: list[str], count: int) -> tuple[float, float, int]:
    """The same of the twin."""
    program, numbers = twin
    words = subprocess.run([program, str(count), numbers], capture_output=True, text=True, check=True).stdout.split()
    return float(words[0]), float(words[1]), int(words[2])


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=Path, default=shipped_network(), help="its file; default: the shipped one")
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    count = arguments.count
    try:
        network = load_network(arguments.network)
    except ValueError as error:
        parser.error(str(error))
    best: dict[str, list[float]] = {"": [np.inf, np.inf], "cpp_": [np.inf, np.inf]}
    ours(network, 10)
    with tempfile.TemporaryDirectory() as folder:
        twin = build_twin(network, Path(folder))
        for _ in range(arguments.rounds):
            results = {"": ours(network, count)}
            if twin is not None:
                results["cpp_"] = theirs(twin, count)
                assert results["cpp_"][2] == results[""][2], "both must compute the same"
            for name, (evaluating, updating, _) in results.items():
                best[name] = [min(best[name][0], evaluating), min(best[name][1], updating)]
    facts: dict[str, Any] = {"network": arguments.network.stem, "width": network.config.width}
    for name, (evaluating, updating) in best.items():
        if np.isfinite(evaluating):
            facts[f"{name}evaluations_per_second"] = round(count / evaluating)
            facts[f"{name}updates_per_second"] = round(count / updating)
            report.say(
                f"{'C++' if name else 'Numba'}: {count / evaluating:,.0f} evaluations/s, "
                f"{count / updating:,.0f} updates/s"
            )
    if twin is not None:
        for name, which in (("evaluations", 0), ("updates", 1)):
            facts[name] = round(best["cpp_"][which] / best[""][which], 3)
        report.say(f"Numba's are {facts['evaluations']} and {facts['updates']} times those of C++")
    report.write(facts)


if __name__ == "__main__":
    main()
