"""Scores of ended states: wins and losses by distance, draws by rule and by repetition."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.kernel import inlined, kernel
from search.rules import DRAW, WIN, reversible
from search.searcher import MATE


@inlined
def end_score(verdict: Any, ply: Any) -> Any:
    """The score of a state with this verdict, `ply` plies below the root, the mover's view."""
    if verdict == DRAW:
        return np.int64(0)
    if verdict == WIN:
        return MATE - ply
    return ply - MATE


@inlined
def draw_score(worker: Any) -> Any:
    """0 or a centipawn off it by the node count, so that the search does not settle on one of many equal draws."""
    return 1 - (worker.nodes & 2)


@kernel
def repeated(worker: Any, ply: Any) -> Any:
    """Whether the state at `ply` is a draw by repetition.

    One earlier visit on the line being searched is enough (whoever could avoid it can avoid it now); of the
    visits before the root it takes two, as the rule says.
    """
    back = reversible(worker.states[ply])
    if back < 4:
        return False
    here = worker.first_ply + ply
    oldest = max(here - back, np.int64(0))
    wanted = worker.keys[here]
    seen = 0
    index = here - 4
    while index >= oldest:
        if worker.keys[index] == wanted:
            if index > worker.first_ply:
                return True
            seen += 1
            if seen == 2:
                return True
        index -= 2
    return False
