"""When a search with a clock may end before its time: as soon as no other move can come out on top."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.mcts.forest import NONE
from search.rules import WIN

#: How much of the soft limit a search takes if its move stays in doubt; what settled moves leave makes up for it.
STRETCH = 1.3
#: Seconds between looks at the visits.
EVERY = 0.005


def settled(tree: Any, simulations: float) -> bool:
    """Whether the most visited move of the root would still be that after so many more simulations.

    Moves that may not be played, or are proven to lose, do not count, whatever visits they have from before.
    """
    root = tree.nodes[0]
    first, count = int(root.first), int(root.count)
    children = tree.edges.child[first : first + count]
    visited = tree.nodes[children[(children != NONE) & (tree.head[0].allowed[:count] != 0)]]
    visits = visited.visits[visited.proven != WIN]
    if not len(visits):
        return False
    second, most = (0, int(visits[0])) if len(visits) == 1 else np.partition(visits, -2)[-2:].tolist()
    return bool(most - second > simulations)
