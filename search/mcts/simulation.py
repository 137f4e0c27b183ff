"""One simulation: down the tree to a new state, and its value back up, with proofs of wins and losses on the way.

(Proofs: M. Winands, Y. Björnsson, J.-T. Saito, "Monte-Carlo Tree Search Solver", CG 2008, with draws as well.)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from search.kernel import inlined, kernel
from search.mcts.bounds import spread_policy
from search.mcts.forest import ENDED, FRESH, NONE, OPEN, PENDING, UNPROVEN, Tree
from search.mcts.selection import select, select_considered
from search.rules import DRAW, LOSS, ONGOING, WIN, ended, key, legal, play, reversible, stuck

#: What a descent came to, beside the number of a node to evaluate: a value that needs no evaluator went up the tree;
#: the leaf is under evaluation already; there is no room, or nothing to do.
COUNTED, COLLISION, FULL = -1, -2, -3


@inlined
def tree_of(forest: Any, game: Any) -> Any:
    """One tree of a forest."""
    return Tree(forest.heads[game : game + 1], forest.states[game], forest.nodes[game], forest.edges[game])


@kernel
def plant(forest: Any, game: Any) -> Any:
    """Make a new tree of the state in `states[game, 0]`; the verdict of this state is returned."""
    tree = tree_of(forest, game)
    tree.head[0].used_nodes = 0
    tree.head[0].used_edges = 0
    tree.head[0].deepest = 0
    tree.head[0].done = 0
    for index in range(len(tree.head[0].allowed)):
        tree.head[0].allowed[index] = 1
        tree.head[0].begun[index] = 0
    add_node(tree, NONE, NONE)
    # A root is searched even where its own repetition would make it a draw.
    root = tree.nodes[0]
    if root.count > 0:
        root.status = FRESH
        root.proven = UNPROVEN
    return root.proven


@kernel
def add_node(tree: Any, parent: Any, edge: Any) -> Any:
    """Add the node whose state lies in its place already; return its number. There must be room."""
    head = tree.head[0]
    node = head.used_nodes
    head.used_nodes += 1
    here = tree.nodes[node]
    state = tree.states[node]
    here.win_loss = 0.0
    here.draws = 0.0
    here.moves_left = 0.0
    here.raw_win_loss = 0.0
    here.raw_draw = 0.0
    here.key = key(state)
    here.first = head.used_edges
    here.count = 0
    here.parent = parent
    here.edge = edge
    here.visits = 0
    here.flying = 0
    here.status = FRESH
    here.proven = UNPROVEN
    here.plies = 0
    here.ply = 0 if parent == NONE else tree.nodes[parent].ply + 1
    head.deepest = max(head.deepest, np.int64(here.ply))
    here.repetitions = repetitions(tree, node)
    count = np.int64(legal(state, head.moves))
    verdict = np.int64(ended(state))
    if verdict == ONGOING and count == 0:
        verdict = np.int64(stuck(state))
    if verdict == ONGOING and node != 0 and drawn_by_repetition(tree, node):
        verdict = np.int64(DRAW)
    if verdict != ONGOING:
        here.status = ENDED
        here.proven = verdict
        if node != 0:
            return node
    here.count = count
    head.used_edges += count
    for index in range(count):
        record = tree.edges[here.first + index]
        record.prior = 0.0
        record.logit = 0.0
        record.move = head.moves[index]
        record.child = NONE
    return node


@kernel
def repetitions(tree: Any, node: Any) -> Any:
    """How often the state of a node occurred before, on the way from the root and in the game."""
    wanted = tree.nodes[node].key
    back = np.int64(reversible(tree.states[node]))
    seen = 0
    above = tree.nodes[node].parent
    while above != NONE and back > 0:
        if tree.nodes[above].key == wanted:
            seen += 1
        above = tree.nodes[above].parent
        back -= 1
    index = tree.head[0].known_keys - 1
    while index >= 0 and back > 0:
        if tree.head[0].keys[index] == wanted:
            seen += 1
        index -= 1
        back -= 1
    return seen


@kernel
def drawn_by_repetition(tree: Any, node: Any) -> Any:
    """Whether the state is a third occurrence, or a second one within the tree, which whoever likes can repeat."""
    here = tree.nodes[node]
    if here.repetitions == 0:
        return False
    if here.repetitions >= 2:
        return True
    above = here.parent
    while above != NONE and above != 0:
        if tree.nodes[above].key == here.key:
            return True
        above = tree.nodes[above].parent
    return False


@kernel
def descend(tree: Any, wanted: Any) -> Any:
    """Follow the best edges to a state that is to be evaluated, and return its node; or COUNTED, COLLISION or FULL.

    `wanted`: at the root, how many visits the edge to follow has, for Gumbel; -1 where the root chooses as well.
    """
    node = np.int64(0)
    while True:
        here = tree.nodes[node]
        if here.status == ENDED or (here.proven != UNPROVEN and node != 0):
            count_proven(tree, node)
            return np.int64(COUNTED)
        if here.status == PENDING:
            undo(tree, node)
            return np.int64(COLLISION)
        if here.status == FRESH:
            here.status = PENDING
            here.flying += 1
            return node
        edge = select_considered(tree, wanted) if node == 0 and wanted >= 0 else select(tree, node)
        if edge == NONE:
            undo(tree, node)
            return np.int64(FULL)
        child = np.int64(tree.edges[edge].child)
        if child == NONE:
            head = tree.head[0]
            room = len(tree.edges) - head.used_edges >= len(head.moves) and head.used_nodes < len(tree.nodes)
            if not room:
                undo(tree, node)
                return np.int64(FULL)
            play(tree.states[node], tree.states[head.used_nodes], np.int64(tree.edges[edge].move))
            child = np.int64(add_node(tree, node, edge))
            tree.edges[edge].child = child
        here.flying += 1
        node = child


@kernel
def undo(tree: Any, node: Any) -> None:
    """Take back the visits under way from the root to a node, which itself has none."""
    while tree.nodes[node].parent != NONE:
        node = np.int64(tree.nodes[node].parent)
        tree.nodes[node].flying -= 1


@kernel
def count_proven(tree: Any, node: Any) -> None:
    """Let a visit that came to a proven node count for what is proven."""
    proven = tree.nodes[node].proven
    left = np.float64(tree.nodes[node].plies)
    tree.nodes[node].flying += 1
    if proven == DRAW:
        count(tree, node, 0.0, 1.0, left)
    else:
        count(tree, node, 1.0 if proven == WIN else -1.0, 0.0, left)


@kernel
def count(tree: Any, node: Any, win_loss: Any, draw: Any, moves_left: Any) -> None:
    """Add a value, the mover's view at `node`, to the node and everything above it, and prove what can be proven."""
    while True:
        here = tree.nodes[node]
        here.visits += 1
        here.flying -= 1
        here.win_loss += win_loss
        here.draws += draw
        here.moves_left += moves_left
        parent = np.int64(here.parent)
        if parent == NONE:
            break
        win_loss = -win_loss
        moves_left += 1.0
        if here.proven != UNPROVEN and tree.head[0].options.solver != 0 and tree.nodes[parent].proven == UNPROVEN:
            prove(tree, parent)
        node = parent
    tree.head[0].done += 1


@kernel
def prove(tree: Any, node: Any) -> None:
    """Prove a node by its children, if they prove it: the quickest win, else a draw, else the slowest loss."""
    here = tree.nodes[node]
    win, draw, loss = np.int64(-1), False, np.int64(-1)
    complete = True
    for edge in range(here.first, here.first + here.count):
        child = tree.edges[edge].child
        proven = np.int64(tree.nodes[child].proven) if child != NONE else np.int64(UNPROVEN)
        if proven == UNPROVEN:
            complete = False
        elif proven == LOSS:
            plies = np.int64(tree.nodes[child].plies) + 1
            win = plies if win < 0 else min(win, plies)
        elif proven == DRAW:
            draw = True
        else:
            loss = max(loss, np.int64(tree.nodes[child].plies) + 1)
    if win >= 0:
        here.proven = WIN
        here.plies = win
    elif complete:
        here.proven = DRAW if draw else LOSS
        here.plies = 0 if draw else loss


@kernel
def open_node(tree: Any, node: Any, logits: Any, wdl: Any, moves_left: Any) -> None:
    """Give a pending node its policy, [count] logits, and its value, [3] win, draw and loss; and count the value.

    Logits are kept less their maximum, as the definition of Gumbel AlphaZero has them.
    """
    here = tree.nodes[node]
    highest = -math.inf
    for index in range(here.count):
        highest = max(highest, logits[index])
    for index in range(here.count):
        tree.edges[here.first + index].logit = logits[index] - highest
    spread_policy(tree, node)
    here.status = OPEN
    here.raw_win_loss = wdl[0] - wdl[2]
    here.raw_draw = wdl[1]
    count(tree, node, np.float64(wdl[0] - wdl[2]), np.float64(wdl[1]), np.float64(moves_left))
