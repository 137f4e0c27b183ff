"""The root of a tree: what came before it, and the noise on its policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from search.mcts.bounds import spread_policy
from search.mcts.forest import HISTORY_KEYS, PAST_STATES
from search.memory import copy_record
from search.rules import State, key, reversible


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
