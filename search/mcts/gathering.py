"""Leaves to evaluate, gathered from many trees or many from one, and what the evaluator said, given back to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.kernel import kernel
from search.mcts.forest import FRESH, UNPROVEN
from search.mcts.simulation import COLLISION, COUNTED, FULL, descend, open_node, tree_of
from search.memory import copy_record

#: Collisions after which a tree gives no more leaves to a batch.
_PATIENCE = 8


@kernel
def gather(forest: Any, games: Any, wanted: Any, each: Any, limits: Any, batch: Any, places: Any) -> Any:
    """Fill `batch` with leaves of the trees of `games`, [n] numbers, and return how many there are.

    Of each tree at most `each` leaves are taken, and simulations are made until `limits[game]` of them are done or
    under way, or nothing is left to do. `wanted`, [n]: visits of the root's edge to follow, for Gumbel, or -1 (see
    `descend`). `places`, int64 [rows of the batch, 2], gets the game and the node of each leaf.
    """
    rows = len(batch.counts)
    filled = 0
    for number in range(len(games)):
        game = np.int64(games[number])
        tree = tree_of(forest, game)
        taken = 0
        collisions = 0
        while taken < each and filled < rows and collisions < _PATIENCE:
            root = tree.nodes[0]
            if tree.head[0].done + root.flying >= limits[game] or (root.proven != UNPROVEN and root.status != FRESH):
                break
            leaf = np.int64(descend(tree, np.int64(wanted[number])))
            if leaf == FULL:
                break
            if leaf == COUNTED:
                if wanted[number] >= 0:
                    break  # the next edge to follow may have other visits
                continue
            if leaf == COLLISION:
                collisions += 1
                continue
            _put(tree, leaf, batch, filled)
            places[filled, 0] = game
            places[filled, 1] = leaf
            filled += 1
            taken += 1
    return filled


@kernel
def _put(tree: Any, node: Any, batch: Any, row: Any) -> None:
    """Copy what an evaluator needs of a node to a row of a batch."""
    here = tree.nodes[node]
    copy_record(tree.states[node], batch.states[row])
    batch.repetitions[row] = here.repetitions
    batch.counts[row] = here.count
    for index in range(here.count):
        batch.moves[row, index] = tree.edges[here.first + index].move


@kernel
def give_back(forest: Any, places: Any, rows: Any, batch: Any) -> None:
    """Open the first `rows` leaves that were gathered, with what the evaluator wrote to `batch`."""
    for row in range(rows):
        tree = tree_of(forest, places[row, 0])
        open_node(tree, np.int64(places[row, 1]), batch.logits[row], batch.wdl[row])


@kernel
def transplant(forest: Any, game: Any, other: Any, root: Any) -> None:
    """Copy what hangs below the node `root` of a tree into the tree of another game, as a tree of its own.

    Nothing may be under way. Repetitions below stay as they were counted, since the game so far has only grown.
    """
    source, target = tree_of(forest, game), tree_of(forest, other)
    head = target.head[0]
    head.used_nodes = 1
    head.used_edges = 0
    head.deepest = 0
    head.done = 0
    for index in range(len(head.allowed)):
        head.allowed[index] = 1
    copy_record(source.states[root], target.states[0])
    copy_record(source.nodes[root], target.nodes[0])
    target.nodes[0].parent = -1
    target.nodes[0].edge = -1
    target.nodes[0].ply = 0
    node = 0
    while node < head.used_nodes:
        here = target.nodes[node]
        head.deepest = max(head.deepest, np.int64(here.ply))
        old = np.int64(here.first)
        here.first = head.used_edges
        head.used_edges += here.count
        for index in range(here.count):
            edge = target.edges[here.first + index]
            copy_record(source.edges[old + index], edge)
            if edge.child >= 0:
                child = np.int64(head.used_nodes)
                head.used_nodes += 1
                copy_record(source.states[edge.child], target.states[child])
                copy_record(source.nodes[edge.child], target.nodes[child])
                target.nodes[child].parent = node
                target.nodes[child].edge = here.first + index
                target.nodes[child].ply = here.ply + 1
                edge.child = child
        node += 1
