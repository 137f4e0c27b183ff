"""Which edge of a node to follow: sequential halving and completed values, as in Gumbel AlphaZero, or a bound.

(I. Danihelka, A. Guez, J. Schrittwieser, D. Silver, "Policy improvement by planning with Gumbel", ICLR 2022.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from search.kernel import kernel
from search.mcts.bounds import (
    LOWEST,
    draw_value,
    edge_value,
    finished,
    followed,
    open_edge,
    policy_temperature,
    select_by_bound,
)
from search.mcts.forest import NONE
from search.mcts.options import GUMBEL


@kernel
def select(tree: Any, node: Any) -> Any:
    """The edge to follow from an open node; NONE where every move is proven to lose, or is not allowed."""
    if tree.head[0].options.selection == GUMBEL and node != 0:
        return select_improved(tree, node)
    return select_by_bound(tree, node)


@kernel
def mixed_value(tree: Any, node: Any) -> Any:
    """The value of a node to its mover for moves that were not tried: the evaluator's, mixed with what visits say."""
    here = tree.nodes[node]
    raw = here.raw_win_loss + draw_value(tree, node) * here.raw_draw
    visits, weight, weighted = np.int64(0), 0.0, 0.0
    for edge in range(here.first, here.first + here.count):
        n = finished(tree, edge)
        if n > 0:
            visits += n
            weight += tree.edges[edge].prior
            weighted += tree.edges[edge].prior * edge_value(tree, node, edge, 0.0)
    if visits == 0 or weight <= 0:
        return raw
    return (raw + visits * weighted / weight) / (1 + visits)


@kernel
def improved_logits(tree: Any, node: Any, scores: Any) -> Any:
    """Write logits plus weighed completed values of the node's edges to `scores`; return the most visits of an edge."""
    options = tree.head[0].options
    here = tree.nodes[node]
    mixed = mixed_value(tree, node)
    lowest, highest, most = 1e30, LOWEST, np.int64(0)
    for index in range(here.count):
        edge = here.first + index
        n = finished(tree, edge)
        most = max(most, n)
        scores[index] = edge_value(tree, node, edge, mixed) if n > 0 else mixed
        lowest = min(lowest, scores[index])
        highest = max(highest, scores[index])
    scale = (options.c_visit + most) * options.c_scale
    temperature = policy_temperature(tree, node)
    for index in range(here.count):
        value = scores[index]
        if options.rescale_values != 0:
            value = (value - lowest) / max(highest - lowest, 1e-8)
        scores[index] = tree.edges[here.first + index].logit / temperature + scale * value
    return most


@kernel
def improved_policy(tree: Any, node: Any, policy: Any) -> None:
    """Write the softmax of `improved_logits` over the node's edges to `policy`."""
    improved_logits(tree, node, policy)
    count = tree.nodes[node].count
    highest, total = LOWEST, 0.0
    for index in range(count):
        highest = max(highest, policy[index])
    for index in range(count):
        policy[index] = math.exp(policy[index] - highest)
        total += policy[index]
    for index in range(count):
        policy[index] /= total


@kernel
def select_improved(tree: Any, node: Any) -> Any:
    """The edge whose share of the visits lies furthest below its share of the improved policy; nothing is drawn."""
    here = tree.nodes[node]
    policy = tree.head[0].scores
    improved_policy(tree, node, policy)
    visits = np.int64(0)
    for edge in range(here.first, here.first + here.count):
        visits += followed(tree, edge)
    best, highest = np.int64(NONE), LOWEST
    for index in range(here.count):
        edge = here.first + index
        if open_edge(tree, node, edge):
            score = policy[index] - followed(tree, edge) / (1 + visits)
            if score > highest:
                best, highest = np.int64(edge), score
    return best


@kernel
def select_considered(tree: Any, wanted: Any) -> Any:
    """The root's edge, among those with exactly `wanted` visits in this round of halving, whose Gumbel, logit and value
    are highest together; what has other visits is left out, not merely made unlikely.

    A move that is proven to lose gives its visits to another: to one that had fewer, if there is one. NONE where every
    move is proven to lose, or is not allowed.
    """
    root = tree.nodes[0]
    scores = tree.head[0].scores
    improved_logits(tree, 0, scores)
    best, nearest, highest = np.int64(NONE), np.int64(0), -math.inf
    lost = False
    for index in range(root.count):
        edge = root.first + index
        if not open_edge(tree, 0, edge):
            lost = lost or tree.head[0].allowed[index] != 0
            continue
        visits = followed(tree, edge) - tree.head[0].begun[index]
        near = visits if visits <= wanted else -visits  # those with the wanted visits come before all others
        score = max(-1e9, tree.head[0].gumbels[index] + scores[index])
        if best == NONE or near > nearest or (near == nearest and score > highest):
            best, nearest, highest = np.int64(edge), np.int64(near), score
    return best if nearest == wanted or lost else np.int64(NONE)
