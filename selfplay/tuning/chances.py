"""Fits the chances of win, draw and loss to the scores and results of games that `matchbox match` recorded.

    python -m selfplay.tuning.chances runs/*/games.pgn

Prints the two constants of `engine.wdl` that make the results likeliest, given the score that the mover told with each
move; the likelihood of theirs, too.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chess.pgn
import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from engine.wdl import EVEN, WIDTH, chances

Floats = npt.NDArray[np.float64]

#: Scores beyond this many centipawns say nothing of where the curves bend.
FARTHEST = 1500
_POINTS = {"1-0": 1, "0-1": -1, "1/2-1/2": 0}


def scores_and_results(file: Path) -> Iterator[tuple[int, int]]:
    """(centipawns, 1 for a win, 0 or -1) of each move with a score in a PGN file, the mover's view."""
    with file.open(encoding="utf-8") as source:
        while (game := chess.pgn.read_game(source)) is not None:
            points = _POINTS.get(game.headers["Result"])
            for node in game.mainline():
                score = re.match(r"([+-]\d+\.\d\d)/", node.comment)
                if score is not None and points is not None:
                    centipawns = round(100 * float(score[1]))
                    if abs(centipawns) <= FARTHEST:
                        yield centipawns, points if not node.turn() else -points


def surprise(scores: Floats, results: Floats, even: float, width: float) -> float:
    """Mean negative log-likelihood of the results, in nats, under curves with these constants."""
    win, draw, loss = np.moveaxis(chances(scores, even, width), -1, 0)
    likelihood = np.select([results > 0, results < 0], [win, loss], draw)
    return float(-np.mean(np.log(np.maximum(likelihood, 1e-9))))


def fit(scores: Floats, results: Floats) -> tuple[float, float]:
    """The constants (EVEN, WIDTH) of `engine.wdl`, centipawns, of least surprise."""
    found: Any = minimize(lambda pair: surprise(scores, results, *pair), [EVEN, WIDTH], method="Nelder-Mead")
    return float(found.x[0]), float(found.x[1])


def main() -> None:
    """Fit, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("games", type=Path, nargs="+", help="PGN files of matches of this engine with itself")
    arguments = parser.parse_args()
    pairs = np.array([pair for file in arguments.games for pair in scores_and_results(file)], np.float64)
    if not len(pairs):
        parser.error("there is no move with a score in these files")
    scores, results = pairs.T
    even, width = fit(scores, results)
    print(f"{len(pairs)} scores, {100 * np.mean(results == 0):.1f} % of them in drawn games")
    print(f"in use: EVEN {EVEN}, WIDTH {WIDTH}: {surprise(scores, results, EVEN, WIDTH):.4f} nats")
    print(f"best:   EVEN {even:.1f}, WIDTH {width:.1f}: {surprise(scores, results, even, width):.4f} nats")


if __name__ == "__main__":
    main()
