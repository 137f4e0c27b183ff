"""Evaluations and accumulator updates a second of the network's kernels, beside a C++ twin compiled on the spot.

    python benchmarks/nnue.py --json nnue.json

The twin (nnue_twin.cpp.txt) is built with `g++ -O3 -march=native` where that is there; both do the same on the same
numbers, in turns, and the best of --rounds counts. The sums at the end must agree. Keys of the JSON: width,
evaluations_per_second, updates_per_second (both perspectives), and with a compiler cpp_evaluations_per_second,
cpp_updates_per_second and the ratios evaluations and updates (ours to C++'s).
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

from nets.nnue.inference import aligned_int16
from nets.simd import move_row, squared_dot
from search.kernel import kernel
from search.memory import address_of

ROWS, PLIES = 512, 64


@kernel
def evaluate(sums: Any, outputs: Any, width: Any, count: Any) -> Any:
    """`count` outputs of both perspectives."""
    half = np.uint64(2 * width)
    total = np.int64(0)
    for i in range(count):
        own = sums + np.uint64((i & (PLIES - 1)) * 4 * width)
        total += squared_dot(own, outputs, width) + squared_dot(own + half, outputs + half, width)
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


def numbers(shape: tuple[int, ...], factor: int, modulus: int, offset: int) -> Any:
    """The twin's numbers."""
    found = aligned_int16(shape)
    found.reshape(-1)[:] = np.arange(found.size, dtype=np.int64) * factor % modulus - offset
    return found


def ours(width: int, count: int) -> tuple[float, float, int]:
    """Seconds of evaluations, of updates, and the sum of everything."""
    rows, sums = numbers((ROWS, width), 7919, 241, 120), numbers((PLIES, 2, width), 104_729, 601, 200)
    outputs = numbers((2, width), 31_337, 129, 64)
    begun = time.perf_counter()
    check = int(evaluate(address_of(sums), address_of(outputs), width, count))
    evaluated = time.perf_counter()
    update(address_of(sums), address_of(rows), width, count)
    updated = time.perf_counter()
    return evaluated - begun, updated - evaluated, check + int(sums.astype(np.int64).sum())


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--count", type=int, default=3_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    width, count = arguments.width, arguments.count
    best: dict[str, list[float]] = {"numba": [np.inf, np.inf], "cpp": [np.inf, np.inf]}
    compiler = shutil.which("g++")
    ours(width, 10)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "twin"
        if compiler is not None:
            source = Path(__file__).with_name("nnue_twin.cpp.txt")
            flags = ["-O3", "-march=native", "-std=c++17", f"-DWIDTH={width}", "-x", "c++"]
            subprocess.run([compiler, *flags, str(source), "-o", str(program)], check=True)
        for _ in range(arguments.rounds):
            results = {"numba": ours(width, count)}
            if compiler is not None:
                words = subprocess.run([program, str(count)], capture_output=True, text=True, check=True).stdout.split()
                results["cpp"] = (float(words[0]), float(words[1]), int(words[2]))
                assert results["cpp"][2] == results["numba"][2], "both must compute the same"
            for name, (evaluating, updating, _) in results.items():
                best[name] = [min(best[name][0], evaluating), min(best[name][1], updating)]
    facts: dict[str, Any] = {"width": width}
    facts["evaluations_per_second"], facts["updates_per_second"] = (round(count / value) for value in best["numba"])
    report.say(f"Numba: {facts['evaluations_per_second']:,} evaluations/s, {facts['updates_per_second']:,} updates/s")
    if compiler is not None:
        facts["cpp_evaluations_per_second"], facts["cpp_updates_per_second"] = (
            round(count / value) for value in best["cpp"]
        )
        facts["evaluations"] = round(best["cpp"][0] / best["numba"][0], 3)
        facts["updates"] = round(best["cpp"][1] / best["numba"][1], 3)
        report.say(
            f"C++:   {facts['cpp_evaluations_per_second']:,} evaluations/s, {facts['cpp_updates_per_second']:,} "
            f"updates/s; Numba {facts['evaluations']} and {facts['updates']} times that"
        )
    report.write(facts)


if __name__ == "__main__":
    main()
