"""Tunes the weights of the hand-written chess evaluation by logistic regression on positions with known outcomes.

The evaluation is linear in its weights once the phase and the endgame scale of a position are known, so a position is a
sparse vector of counts, and the fit is convex. The target blends the game's result with the teacher's score as a
probability; the loss is the cross-entropy (after P. Österlund's tuning of Texel, 2014).

    python -m selfplay.tuning.weights positions.tsv --out weights.py
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chess
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix

from engine.chess.classical.endgames import WHOLE, bare_king_bonus, scale
from engine.chess.classical.evaluation import ACCUMULATOR, FADE, FULL_PHASE, refresh, trace
from engine.chess.classical.layout import COUNT, ENDGAME_ONLY, START, TERMS
from engine.chess.classical.tally import TRACE
from engine.chess.classical.weights import WEIGHTS
from engine.chess.game import ChessGame
from search.memory import aligned_records
from search.whole_file import write_whole

Floats = npt.NDArray[np.float64]

#: Share of the game's result in the target; the rest is the teacher's score.
RESULT_SHARE = 0.1
#: Centipawns of the teacher at which it expects e/(1+e) = 73 % of the points.
TEACHER_SCALE = 92.0
#: Pull of each weight towards where it began, per squared centipawn: matters for weights that few positions use.
RIDGE = 3e-9


@dataclass(frozen=True)
class Positions:
    """Positions as the regression sees them."""

    counts: csr_matrix
    """[positions, COUNT]: uses of each weight, White's less Black's."""
    midgame: Floats
    """[positions]: how much a midgame weight counts, 0..1."""
    endgame: Floats
    """[positions]: how much an endgame weight counts, 0..1."""
    target: Floats
    """[positions]: the expected points of White, 0..1."""


def current_weights() -> Floats:
    """The weights in use, [2, COUNT]: midgame, endgame."""
    values = np.zeros((2, COUNT))
    for name in TERMS:
        # A term that is new has no weights yet.
        values[:, START[name] : START[name] + TERMS[name]] = WEIGHTS.get(name, 0.0)
    return values


def read_positions(lines: Iterable[str]) -> Positions:
    """Positions from lines of `FEN <tab> centipawns <tab> result`, White's view (see `selfplay.positions.quiet`)."""
    game = ChessGame()
    record = aligned_records(1, TRACE)[0]
    accumulator = aligned_records(1, ACCUMULATOR)[0]
    endgame_weights = current_weights()[1]
    columns, values, starts = [], [], [0]
    midgame, endgame, target = [], [], []
    for line in lines:
        fen, score, result = line.rstrip("\n").split("\t")
        state = game.from_board(chess.Board(fen))
        if bare_king_bonus(state) != 0:
            continue
        trace(record, state)
        refresh(accumulator, state)
        used = np.flatnonzero(record.counts)
        columns.append(used.astype(np.int32))
        values.append(record.counts[used].astype(np.float32))
        starts.append(starts[-1] + len(used))
        leader = 0 if record.counts @ endgame_weights >= 0 else 1
        phase = min(int(accumulator.phase), FULL_PHASE) / FULL_PHASE
        fade = (FADE - int(state.halfmove)) / FADE
        midgame.append(phase * fade)
        endgame.append((1 - phase) * fade * int(scale(state, leader)) / WHOLE)
        expected = 1 / (1 + np.exp(-int(score) / TEACHER_SCALE))
        target.append(RESULT_SHARE * float(result) + (1 - RESULT_SHARE) * expected)
    counts = csr_matrix((np.concatenate(values), np.concatenate(columns), starts), shape=(len(target), COUNT))
    return Positions(counts, np.array(midgame), np.array(endgame), np.array(target))


def scores(positions: Positions, weights: Floats) -> Floats:
    """Centipawns of each position, White's view, [positions]; `weights` is [2, COUNT]."""
    midgame: Floats = positions.counts @ weights[0]
    endgame: Floats = positions.counts @ weights[1]
    return positions.midgame * midgame + positions.endgame * endgame


def loss(positions: Positions, weights: Floats, centipawns: float) -> float:
    """Mean cross-entropy, nats, when `centipawns` of the evaluation mean 73 % of the points."""
    x = scores(positions, weights) / centipawns
    return float(np.mean(np.logaddexp(0, x) - positions.target * x))


def fit_scale(positions: Positions, weights: Floats) -> float:
    """The number of centipawns that means 73 % of the points, for which the loss is least."""
    best: Any = minimize_scalar(lambda value: loss(positions, weights, value), bounds=(40, 600), method="bounded")
    return float(best.x)


def fit(positions: Positions, start: Floats, centipawns: float, iterations: int = 300) -> Floats:
    """The weights [2, COUNT] of least loss, near `start` where the positions say little."""
    size = len(positions.target)
    free = np.ones((2, COUNT))
    for name in ENDGAME_ONLY:
        free[0, START[name] : START[name] + TERMS[name]] = 0.0

    def objective(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(2, COUNT)
        x = scores(positions, weights) / centipawns
        pull = weights - start
        value = np.mean(np.logaddexp(0, x) - positions.target * x) + RIDGE * np.sum(pull**2)
        error = (1 / (1 + np.exp(-x)) - positions.target) / (size * centipawns)
        gradient = np.stack(
            [positions.counts.T @ (error * positions.midgame), positions.counts.T @ (error * positions.endgame)]
        )
        return float(value), (free * (gradient + 2 * RIDGE * pull)).ravel()

    # Weights are tens of centipawns and the loss changes little with each: L-BFGS wants them nearer to one.
    unit = 50.0

    def scaled(flat: Floats) -> tuple[float, Floats]:
        value, gradient = objective(flat * unit)
        return 1e3 * value, 1e3 * unit * gradient

    found: Any = minimize(
        scaled,
        start.ravel() / unit,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": iterations, "ftol": 1e-10},
    )
    return np.asarray(found.x, np.float64).reshape(2, COUNT) * unit


_HEAD = '''\
"""Weights of the hand-written evaluation, centipawns, (midgame, endgame) by term of `layout.TERMS`.

Written by `python -m selfplay.tuning.weights`; how is told in docs/evaluation.md. Do not edit by hand.
"""

from __future__ import annotations

# fmt: off
WEIGHTS: dict[str, tuple[list[int], list[int]]] = {
'''


def format_weights(weights: Floats) -> str:
    """The source of `engine/chess/classical/weights.py` with these weights, rounded to centipawns."""
    lines = [_HEAD]
    for name, start in START.items():
        lines.append(f'    "{name}": (\n')
        for phase in range(2):
            numbers = [str(round(value)) for value in weights[phase, start : start + TERMS[name]]]
            lines.append("        [\n")
            for row in range(0, len(numbers), 16):
                lines.append("            " + ", ".join(numbers[row : row + 16]) + ",\n")
            lines.append("        ],\n")
        lines.append("    ),\n")
    return "".join([*lines, "}\n"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("positions", type=Path, nargs="+", help="files of selfplay.positions.quiet")
    parser.add_argument("--limit", type=int, help="use this many positions of each file")
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--out", type=Path, required=True, help="where to write the weights' source")
    arguments = parser.parse_args()
    lines: list[str] = []
    for file in arguments.positions:
        lines += file.read_text().splitlines()[: arguments.limit]
    # Whole games: the last tenth of the file shares no game with the rest.
    held_out = len(lines) // 10
    train, test = read_positions(lines[:-held_out]), read_positions(lines[-held_out:])
    start = current_weights()
    centipawns = fit_scale(train, start)
    print(f"{len(train.target)} positions to fit, {len(test.target)} held out; 73 % at {centipawns:.0f} centipawns")
    print(f"before: loss {loss(train, start, centipawns):.5f}, held out {loss(test, start, centipawns):.5f}")
    weights = fit(train, start, centipawns, arguments.iterations)
    print(f"after:  loss {loss(train, weights, centipawns):.5f}, held out {loss(test, weights, centipawns):.5f}")
    write_whole(arguments.out, format_weights(weights))


if __name__ == "__main__":
    main()
