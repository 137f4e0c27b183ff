"""The root of a tree: what came before it, the noise on its policy, and where the next root lies in the tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from search.mcts.bounds import spread_policy
from search.mcts.forest import HISTORY_KEYS, NONE, OPEN, PAST_STATES
from search.memory import copy_record
from search.rules import State, equal, key, reversible
from search.searcher import Root


def remember(head: Any, history: npt.NDArray[np.uint64], past: Sequence[State]) -> None:
    """Write what came before a root to the head of its tree.

    `history`, [n]: keys of the game so far, oldest first, without the root's; `past`: the last of these states, as many
    as are known, oldest first.
    """
    known = history[-HISTORY_KEYS:]
    head.keys[: len(known)] = known
    head.known_keys = len(known)
    newest = list(past)[::-1][:PAST_STATES]
    head.past_count = len(newest)
    for back, state in enumerate(newest):
        copy_record(state, head.past[back])
        index = len(history) - 1 - back
        oldest = max(index - int(reversible(state)), 0)
        earlier = history[oldest : max(index, 0)]
        head.past_repetitions[back] = int((earlier == np.uint64(key(state))).sum())


def mix_noise(tree: Any, alpha: float, share: float, rng: np.random.Generator) -> None:
    """Mix Dirichlet noise into the policy of an open root, which is computed anew from its logits."""
    spread_policy(tree, 0)
    if share > 0:
        first, count = int(tree.nodes[0].first), int(tree.nodes[0].count)
        edges = tree.edges[first : first + count]
        edges["prior"] = (1 - share) * edges["prior"] + share * rng.dirichlet([alpha] * count)


def known_node(tree: Any, root: Root, seen: int) -> int:
    """The open node of a tree, at most two plies down, that has the state of `root` and came to it in the same way;
    NONE if there is none. `seen`: earlier states that the evaluator looks at.

    Equal keys are not enough: they leave out the count of the fifty-move rule.
    """
    history = root.history
    wanted = int(key(root.state))
    head = tree.head[0]
    nodes = tree.nodes[: int(head.used_nodes)]
    # What came before the tree's own root, as far as repetitions or the evaluator depend on it.
    back = min(max(int(reversible(tree.states[0])), seen), HISTORY_KEYS)
    before = head.keys[: int(head.known_keys)]
    for ply in (0, 1, 2):
        if ply > len(history):
            break
        came_from = wanted if ply == 0 else int(history[-ply])
        earlier = history[: len(history) - ply]
        if int(nodes[0]["key"]) != came_from or not np.array_equal(_last(before, back), _last(earlier, back)):
            continue
        for node in np.flatnonzero((nodes["ply"] == ply) & (nodes["key"] == wanted)):
            here = nodes[node]
            passed = ply < 2 or int(nodes[int(here["parent"])]["key"]) == int(history[-1])
            if here["status"] == OPEN and passed and equal(tree.states[int(node)], root.state):
                return int(node)
    return NONE


def _last(keys: npt.NDArray[np.uint64], count: int) -> npt.NDArray[np.uint64]:
    return keys[max(len(keys) - count, 0) :]
