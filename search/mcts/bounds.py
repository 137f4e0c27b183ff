"""The edge of a node with the highest upper bound: PUCT and UCT. (Gumbel AlphaZero: `search.mcts.selection`.)

PUCT: D. Silver and others, "A general reinforcement learning algorithm that masters chess, shogi, and Go through
self-play", Science 362, 2018. UCT: L. Kocsis, C. Szepesvári, "Bandit based Monte-Carlo planning", ECML 2006. Forced
playouts and the pruning of what was only forced: D. Wu, "Accelerating self-play learning in Go", 2019, section 3.2.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from search.kernel import inlined, kernel
from search.mcts.forest import NONE, UNPROVEN
from search.mcts.options import REDUCTION, UCT
from search.rules import DRAW, WIN

#: Below every score of an edge.
LOWEST = -1e30


@inlined
def draw_value(tree: Any, node: Any) -> Any:
    """What a draw is worth to the mover at a node."""
    score = tree.head[0].options.draw_score
    return score if tree.nodes[node].ply & 1 == 0 else -score


@inlined
def policy_temperature(tree: Any, node: Any) -> Any:
    """What the logits of a node are divided by."""
    options = tree.head[0].options
    return options.root_policy_temperature if node == 0 else options.policy_temperature


@kernel
def spread_policy(tree: Any, node: Any) -> None:
    """Write the softmax of a node's logits, divided by the temperature, to its edges."""
    here = tree.nodes[node]
    temperature = policy_temperature(tree, node)
    highest, total = -math.inf, 0.0
    for edge in range(here.first, here.first + here.count):
        highest = max(highest, tree.edges[edge].logit)
    for edge in range(here.first, here.first + here.count):
        tree.edges[edge].prior = math.exp((tree.edges[edge].logit - highest) / temperature)
        total += tree.edges[edge].prior
    for edge in range(here.first, here.first + here.count):
        tree.edges[edge].prior /= total


@kernel
def edge_value(tree: Any, node: Any, edge: Any, unvisited: Any) -> Any:
    """The value of an edge to the mover at `node`: what is proven, with the solver; or else the mean, visits under way
    counted as losses in part; or `unvisited`."""
    child = tree.edges[edge].child
    if child == NONE:
        return unvisited
    record = tree.nodes[child]
    if tree.head[0].options.solver != 0 and record.proven != UNPROVEN:
        # The mean is of visits from before the proof, too.
        return draw_value(tree, node) if record.proven == DRAW else -np.float64(record.proven)
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


@inlined
def exploration_of(tree: Any, visits: Any) -> Any:
    """PUCT: what a move's share of the policy is multiplied with, at a node whose edges were followed so often."""
    options = tree.head[0].options
    growth = options.c_init + options.c_factor * math.log((visits + options.c_base + 1) / options.c_base)
    return growth * math.sqrt(max(visits, np.int64(1)))


@kernel
def moves_left_bonus(tree: Any, node: Any, edge: Any, value: Any) -> Any:
    """What an edge that was visited gains for shortening a won game, or prolonging a lost one; 0 while it is open."""
    options = tree.head[0].options
    here, child = tree.nodes[node], tree.nodes[tree.edges[edge].child]
    certain = abs(value) - options.moves_left_threshold
    if options.moves_left_effect == 0 or certain <= 0 or child.visits == 0:
        return 0.0
    longer = child.moves_left / child.visits + 1 - here.moves_left / here.visits
    effect = min(max(options.moves_left_slope * longer, -options.moves_left_effect), options.moves_left_effect)
    return -effect * math.copysign(certain / (1 - options.moves_left_threshold), value)


@kernel
def select_by_bound(tree: Any, node: Any) -> Any:
    """The edge with the highest upper bound; NONE where every move is proven to lose, or is not allowed."""
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
        exploration = exploration_of(tree, visits)
        way = options.root_first_play if node == 0 else options.first_play
        fresh = options.root_first_play_value if node == 0 else options.first_play_value
        if way == REDUCTION:
            fresh = node_value(tree, node) - fresh * math.sqrt(tried)
    forced = options.forced_playouts * visits if node == 0 and not by_uct else 0.0
    best, highest = np.int64(NONE), LOWEST
    for edge in range(first, first + count):
        if not open_edge(tree, node, edge):
            continue
        n = followed(tree, edge)
        prior = tree.edges[edge].prior
        if forced > 0 and n > 0 and n * n < forced * prior:
            return np.int64(edge)
        value = edge_value(tree, node, edge, fresh)
        if not by_uct:
            score = value + exploration * prior / (1 + n)
            if n > 0:
                score += moves_left_bonus(tree, node, edge, value)
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


@kernel
def unforced_visits(tree: Any, visits: Any) -> None:
    """Write the visits of the root's edges, [count], to `visits`, less those that were only forced.

    Of every move but the most visited one, visits go, as many as may have been forced, while its bound stays below that
    of the most visited move; what is left with one visit gets none.
    """
    options, root = tree.head[0].options, tree.nodes[0]
    first, count = np.int64(root.first), np.int64(root.count)
    total, best, most = np.int64(0), np.int64(NONE), np.int64(-1)
    for edge in range(first, first + count):
        n = finished(tree, edge)
        visits[edge - first] = n
        total += n
        if n > most:
            best, most = np.int64(edge), n
    if options.forced_playouts == 0 or most <= 0:
        return
    exploration = exploration_of(tree, total)
    bound = edge_value(tree, 0, best, 0.0) + exploration * tree.edges[best].prior / (1 + most)
    for edge in range(first, first + count):
        n = finished(tree, edge)
        if edge == best or n == 0:
            continue
        prior = tree.edges[edge].prior
        forced = math.floor(math.sqrt(options.forced_playouts * prior * total))
        room = bound - edge_value(tree, 0, edge, 0.0)
        least = math.ceil(exploration * prior / room - 1) if room > 0 else n
        kept = min(n, max(n - forced, least))
        visits[edge - first] = kept if kept > 1 else 0
