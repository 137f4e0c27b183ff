"""Playing weaker on purpose: fewer nodes, and a choice among good moves that errs more the lower the rating.

The rating is that of Stockfish 15.1 with `UCI_Elo` at the same number, by matches from 1600 to 2400
(docs/measurements.md); below and above it is continued in the same way.
"""

from __future__ import annotations

import math
import random
from dataclasses import replace

from engine.uci.options import LOWEST_ELO
from search.rules import NO_MOVE
from search.searcher import Info, Limits, Line, OnInfo, Result, Root, Searcher, Stop

#: Nodes of a move at any rating, to look at every move; more of them at LOWEST_ELO, and the Elo that doubles these.
LEAST_NODES, MORE_NODES, DOUBLING = 150, 46, 120
#: Lines to choose among, and the spread of the error in centipawns at LOWEST_ELO; it halves every HALVING Elo.
CANDIDATES, WIDEST_ERROR, HALVING = 4, 250.0, 295


def node_limit(elo: int) -> int:
    """Nodes a move at this rating."""
    return LEAST_NODES + round(MORE_NODES * 2 ** ((elo - LOWEST_ELO) / DOUBLING))


def choose(result: Result, elo: int, generator: random.Random) -> int:
    """The move of the best line, after a normal error as wide as `elo` says is added to each score."""
    if not result.lines:
        return result.move
    width = WIDEST_ERROR * math.pow(0.5, (elo - LOWEST_ELO) / HALVING)

    def judged(line: Line) -> float:
        return line.score + generator.gauss(0.0, width)

    return max(result.lines, key=judged).pv[0]


def search_weakly(
    searcher: Searcher,
    root: Root,
    limits: Limits,
    elo: int,
    generator: random.Random,
    on_info: OnInfo | None = None,
    stop: Stop | None = None,
) -> Result:
    """A search at this rating; only the lines that `limits` asks for are told."""
    fewer = min(node_limit(elo), limits.nodes or node_limit(elo))

    def tell(info: Info) -> None:
        if on_info is not None and (info.line is None or info.line.rank <= limits.multipv):
            on_info(info)

    wider = replace(limits, nodes=fewer, multipv=max(limits.multipv, CANDIDATES))
    result = searcher.search(root, wider, tell, stop)
    move = choose(result, elo, generator)
    return replace(result, move=move, ponder=result.ponder if move == result.move else NO_MOVE)
