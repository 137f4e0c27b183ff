"""Many simulations in one call, where the evaluator is a kernel itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.kernel import kernel
from search.mcts.forest import FRESH, UNPROVEN
from search.mcts.simulation import COUNTED, descend, open_node, tree_of
from search.playouts import play_out


@kernel
def play_out_leaves(forest: Any, game: Any, worker: Any, schedule: Any, simulations: Any, logits: Any, wdl: Any) -> Any:
    """Make at most so many simulations, each leaf evaluated by playouts; return how many were made.

    Fewer are made where the root is proven, or there is no room. `schedule`: for Gumbel, the visits of the root's edge
    to follow in each of these simulations; empty for others. `logits`, all zero, and `wdl` are scratch space.
    """
    tree = tree_of(forest, game)
    made = 0
    while made < simulations:
        root = tree.nodes[0]
        if root.proven != UNPROVEN:
            break
        wanted = np.int64(-1)
        if root.status != FRESH and len(schedule) > made:
            wanted = np.int64(schedule[made])
        leaf = np.int64(descend(tree, wanted))
        if leaf >= 0:
            play_out(worker, tree.states[leaf], wdl)
            open_node(tree, leaf, logits, wdl, 0.0)
        elif leaf != COUNTED:
            break
        made += 1
    return made
