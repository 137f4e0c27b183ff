"""Which edge of a node to follow: PUCT, UCT, and the completed values of Gumbel AlphaZero.

PUCT: D. Silver and others, "A general reinforcement learning algorithm that masters chess, shogi, and Go through
self-play", Science 362, 2018. UCT: L. Kocsis, C. Szepesvári, "Bandit based Monte-Carlo planning", ECML 2006. Gumbel:
I. Danihelka, A. Guez, J. Schrittwieser, D. Silver, "Policy improvement by planning with Gumbel", ICLR 2022.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from search.kernel import inlined, kernel
from search.mcts.forest import NONE
from search.mcts.options import GUMBEL, REDUCTION, UCT
from search.rules import WIN

#: Below every score of an edge.
_LOWEST = -1e30


@inlined
def draw_value(tree: Any, node: Any) -> Any:
    """What a draw is worth to the mover at a node."""
    score = tree.head[0].options.draw_score
    return score if tree.nodes[node].ply & 1 == 0 else -score


@kernel
def edge_value(tree: Any, node: Any, edge: Any, unvisited: Any) -> Any:
    """The mean value of an edge to the mover at `node`, visits under way counted as losses in part; or `unvisited`."""
    child = tree.edges[edge].child
    if child == NONE:
        return unvisited
    record = tree.nodes[child]
    loss = tree.head[0].options.virtual_loss
    visits = record.visits + loss * record.flying
    if visits <= 0:
        return unvisited
    return (draw_value(tree, node) * record.draws - record.win_loss - loss * record.flying) / visits


@inlined
def finished(tree: Any, edge: Any) -> Any:
    """How often an edge was followed to the end."""
    child = tree.edges[edge].child
    return np.int64(0) if child == NONE else np.int64(tree.nodes[child].visits)


@inlined
def followed(tree: Any, edge: Any) -> Any:
    """How often an edge was followed, visits under way among them."""
    child = tree.edges[edge].child
    return np.int64(0) if child == NONE else np.int64(tree.nodes[child].visits) + np.int64(tree.nodes[child].flying)


@kernel
def node_value(tree: Any, node: Any) -> Any:
    """The mean value of a node to its mover; 0 for one that was never visited."""
    record = tree.nodes[node]
    if record.visits == 0:
        return 0.0
    return (record.win_loss + draw_value(tree, node) * record.draws) / record.visits


@kernel
def select(tree: Any, node: Any) -> Any:
    """The edge to follow from an open node; NONE where every move is proven to lose, or is not allowed."""
    if tree.head[0].options.selection == GUMBEL and node != 0:
        return select_improved(tree, node)
    return select_by_bound(tree, node)


@kernel
def select_by_bound(tree: Any, node: Any) -> Any:
    """The edge with the highest upper bound."""
    options = tree.head[0].options
    here = tree.nodes[node]
    first, count = np.int64(here.first), np.int64(here.count)
    visits = np.int64(0)
    tried = 0.0
    for edge in range(first, first + count):
        n = followed(tree, edge)
        visits += n
        if n > 0:
            tried += tree.edges[edge].prior
    by_uct = options.selection == UCT
    if by_uct:
        exploration = options.c_uct * math.sqrt(math.log(max(visits, np.int64(1))))
        fresh = 1e9  # every move is tried once before any is tried twice
    else:
        growth = options.c_init + options.c_factor * math.log((visits + options.c_base + 1) / options.c_base)
        exploration = growth * math.sqrt(max(visits, np.int64(1)))
        way = options.root_first_play if node == 0 else options.first_play
        fresh = options.root_first_play_value if node == 0 else options.first_play_value
        if way == REDUCTION:
            fresh = node_value(tree, node) - fresh * math.sqrt(tried)
    best, highest = np.int64(NONE), _LOWEST
    for edge in range(first, first + count):
        if not open_edge(tree, node, edge):
            continue
        n = followed(tree, edge)
        value = edge_value(tree, node, edge, fresh)
        if not by_uct:
            score = value + exploration * tree.edges[edge].prior / (1 + n)
        elif n == 0:
            score = fresh
        else:
            score = value + exploration / math.sqrt(n)
        if score > highest:
            best, highest = np.int64(edge), score
    return best


@inlined
def open_edge(tree: Any, node: Any, edge: Any) -> Any:
    """Whether an edge may be followed: allowed at the root, and not proven to lose."""
    if node == 0 and tree.head[0].allowed[edge - tree.nodes[0].first] == 0:
        return False
    child = tree.edges[edge].child
    return tree.head[0].options.solver == 0 or child == NONE or tree.nodes[child].proven != WIN


# Gumbel.


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
    lowest, highest, most = 1e30, _LOWEST, np.int64(0)
    for index in range(here.count):
        edge = here.first + index
        n = finished(tree, edge)
        most = max(most, n)
        scores[index] = edge_value(tree, node, edge, mixed) if n > 0 else mixed
        lowest = min(lowest, scores[index])
        highest = max(highest, scores[index])
    scale = (options.c_visit + most) * options.c_scale
    for index in range(here.count):
        value = scores[index]
        if options.rescale_values != 0:
            value = (value - lowest) / max(highest - lowest, 1e-8)
        scores[index] = tree.edges[here.first + index].logit + scale * value
    return most


@kernel
def improved_policy(tree: Any, node: Any, policy: Any) -> None:
    """Write the softmax of `improved_logits` over the node's edges to `policy`."""
    improved_logits(tree, node, policy)
    count = tree.nodes[node].count
    highest, total = _LOWEST, 0.0
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
    best, highest = np.int64(NONE), _LOWEST
    for index in range(here.count):
        edge = here.first + index
        if open_edge(tree, node, edge):
            score = policy[index] - followed(tree, edge) / (1 + visits)
            if score > highest:
                best, highest = np.int64(edge), score
    return best


@kernel
def select_considered(tree: Any, wanted: Any) -> Any:
    """The root's edge, among those with exactly `wanted` visits, whose Gumbel, logit and value are highest together."""
    root = tree.nodes[0]
    scores = tree.head[0].scores
    improved_logits(tree, 0, scores)
    best, highest = np.int64(NONE), -math.inf
    for index in range(root.count):
        edge = root.first + index
        if tree.head[0].allowed[index] == 0 or followed(tree, edge) != wanted:
            continue
        score = max(-1e9, tree.head[0].gumbels[index] + scores[index])
        if score > highest:
            best, highest = np.int64(edge), score
    return best
