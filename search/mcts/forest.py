"""The trees of many games as a few large arrays: every game has a row of nodes and a row of edges.

A node is a state that was reached; its edges are its legal moves, next to each other. The values of a node are sums
over its visits of win minus loss, the mover's view, and of draws.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from search.mcts.options import OPTIONS
from search.memory import aligned_records, padded
from search.rules import ONGOING, Rules

#: What a node is: just made, being evaluated, evaluated, ended by the rules.
FRESH, PENDING, OPEN, ENDED = range(4)
#: No node, or no edge.
NONE = -1
#: Nothing is proven about a node.
UNPROVEN = ONGOING
#: Keys of the game so far that are kept for repetition.
HISTORY_KEYS = 256
#: States before the root that are kept for evaluators that look at them.
PAST_STATES = 7

NODE = np.dtype(
    [
        ("win_loss", np.float64),
        ("draws", np.float64),
        ("moves_left", np.float64),  # sum over the visits of the plies that the game would still last
        ("raw_win_loss", np.float32),  # as the evaluator said
        ("raw_draw", np.float32),
        ("key", np.uint64),
        ("first", np.int32),  # edge
        ("count", np.int32),  # edges
        ("parent", np.int32),
        ("edge", np.int32),  # that leads here
        ("visits", np.int32),
        ("flying", np.int32),  # visits under way
        ("status", np.int32),
        ("proven", np.int32),  # a verdict, the mover's view, or UNPROVEN
        ("plies", np.int32),  # to the proven end
        ("ply", np.int32),  # below the root
        ("repetitions", np.int32),
    ],
    align=True,
)

EDGE = np.dtype(
    [
        ("prior", np.float32),
        ("logit", np.float32),
        ("move", np.int32),
        ("child", np.int32),  # its node, which counts the visits; NONE before the first
    ],
    align=True,
)


class Forest(NamedTuple):
    """Trees, one for each game."""

    heads: Any
    """[games]: what a tree has once; see `head_dtype`."""
    states: Any
    """[games, nodes]."""
    nodes: Any
    """[games, nodes]: NODE."""
    edges: Any
    """[games, edges]: EDGE."""


class Tree(NamedTuple):
    """One row of a forest."""

    head: Any
    """[1]."""
    states: Any
    nodes: Any
    edges: Any


@lru_cache
def head_dtype(rules: Rules) -> np.dtype[Any]:
    """What a tree has once; a field's name holds the digest of the game's sources (see `search.kernel`)."""
    return padded(
        [
            ("options", OPTIONS),
            ("keys", np.uint64, (HISTORY_KEYS,)),  # of the game so far, oldest first
            ("known_keys", np.int64),
            ("past", rules.dtype, (PAST_STATES,)),  # states before the root, the newest first
            ("past_repetitions", np.int64, (PAST_STATES,)),
            ("past_count", np.int64),
            ("used_nodes", np.int64),
            ("used_edges", np.int64),
            ("deepest", np.int64),  # ply
            ("planned", np.int64),  # simulations of the whole search, for Gumbel's halving
            ("done", np.int64),  # simulations of this search
            ("moves", np.int32, (rules.max_moves,)),  # scratch space
            ("gumbels", np.float64, (rules.max_moves,)),  # of the root's edges
            ("begun", np.int64, (rules.max_moves,)),  # visits of the root's edges before this round of halving
            ("allowed", np.int8, (rules.max_moves,)),  # of the root's edges; 0 for those not to be considered
            ("scores", np.float64, (rules.max_moves,)),  # scratch space
            (f"sources_{rules.digest}", np.int64),
        ]
    )


def new_forest(rules: Rules, games: int, nodes: int, edges: int) -> Forest:
    """Room for so many games, each with so many nodes and edges; MemoryError where that is too much."""
    return Forest(
        aligned_records(games, head_dtype(rules)),
        aligned_records(games * nodes, rules.dtype).reshape(games, nodes),
        aligned_records(games * nodes, NODE).reshape(games, nodes),
        aligned_records(games * edges, EDGE).reshape(games, edges),
    )


def bytes_of(rules: Rules, edges_per_node: int) -> int:
    """Bytes of a node with its state and so many edges."""
    return rules.dtype.itemsize + NODE.itemsize + edges_per_node * EDGE.itemsize
