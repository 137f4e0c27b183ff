"""Playing weaker on purpose: fewer nodes, and a choice among good moves that errs more the lower the rating.

The rating is a dial, not a promise: what it is worth against others is measured by matches (docs/measurements.md).
"""

from __future__ import annotations

import math
import random

from search.searcher import Line, Result

#: The rating at which a move gets FEWEST_NODES, and the Elo that doubles them.
LOWEST_ELO, FEWEST_NODES, DOUBLING = 800, 60, 120
#: Lines to choose among, and the spread of the error in centipawns at LOWEST_ELO; it halves every HALVING Elo.
CANDIDATES, WIDEST_ERROR, HALVING = 4, 160.0, 350


def node_limit(elo: int) -> int:
    """Nodes a move at this rating."""
    return round(FEWEST_NODES * 2 ** ((elo - LOWEST_ELO) / DOUBLING))


def choose(result: Result, elo: int, generator: random.Random) -> int:
    """The move of the best line, after a normal error as wide as `elo` says is added to each score."""
    if not result.lines:
        return result.move
    width = WIDEST_ERROR * math.pow(0.5, (elo - LOWEST_ELO) / HALVING)

    def judged(line: Line) -> float:
        return line.score + generator.gauss(0.0, width)

    return max(result.lines, key=judged).pv[0]
