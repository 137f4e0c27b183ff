"""Leaves to evaluate, gathered from many trees or many from one, and what the evaluator said, given back to them."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.kernel import kernel
from search.mcts.forest import FRESH, NONE, UNPROVEN
from search.mcts.simulation import COLLISION, COUNTED, FULL, descend, open_node, tree_of
from search.memory import copy_record

#: Collisions after which a tree gives no more leaves to a batch, and for each leaf that it has given.
_PATIENCE, _PATIENCE_PER_LEAF = 8, 1


@kernel
def gather(forest: Any, games: Any, wanted: Any, each: Any, limits: Any, batch: Any, places: Any) -> Any:
    """Fill `batch` with leaves of the trees of `games`, [n] numbers, and return how many there are.

    Of each tree at most `each` leaves are taken, and simulations are made until `limits[game]` of them are done or
    under way, or nothing is left to do. A simulation that ends in a proven state is counted at once, and is no leaf.
    `wanted`, [n]: visits of the root's edge to follow, for Gumbel, or -1 (see `descend`). `places`, int64 [rows of the
    batch, 2], gets the game and the node of each leaf.
    """
    rows = len(batch.counts)
    filled = 0
    for number in range(len(games)):
        game = np.int64(games[number])
        tree = tree_of(forest, game)
        taken = 0
        collisions = 0
        while taken < each and filled < rows and collisions < _PATIENCE + _PATIENCE_PER_LEAF * taken:
            if _finished(tree, limits[game]):
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
def gather_planned(forest: Any, game: Any, wanted: Any, limit: Any, batch: Any, places: Any, made: Any) -> Any:
    """As `gather`, from one tree, whose root's edges to follow have visits as in `wanted`, [n], one after the other.

    `made`, int64 [1], gets how many of the n simulations were made; fewer where one of them has to wait for the batch.
    """
    rows = len(batch.counts)
    tree = tree_of(forest, game)
    filled = 0
    made[0] = 0
    while made[0] < len(wanted) and filled < rows and not _finished(tree, limit):
        leaf = np.int64(descend(tree, np.int64(wanted[made[0]])))
        if leaf in (FULL, COLLISION):
            break
        made[0] += 1
        if leaf == COUNTED:
            continue
        _put(tree, leaf, batch, filled)
        places[filled, 0] = game
        places[filled, 1] = leaf
        filled += 1
    return filled


@kernel
def _finished(tree: Any, limit: Any) -> Any:
    """Whether enough simulations are done or under way, or none is needed."""
    root = tree.nodes[0]
    return tree.head[0].done + root.flying >= limit or (root.proven != UNPROVEN and root.status != FRESH)


@kernel
def _put(tree: Any, node: Any, batch: Any, row: Any) -> None:
    """Copy what an evaluator needs of a node to a row of a batch."""
    here = tree.nodes[node]
    copy_record(tree.states[node], batch.states[row])
    batch.repetitions[row] = here.repetitions
    batch.counts[row] = here.count
    for index in range(here.count):
        batch.moves[row, index] = tree.edges[here.first + index].move
    history = batch.past.shape[1]
    known = 0
    above = np.int64(here.parent)
    while above != NONE and known < history:
        copy_record(tree.states[above], batch.past[row, known])
        batch.past_repetitions[row, known] = tree.nodes[above].repetitions
        known += 1
        above = np.int64(tree.nodes[above].parent)
    head = tree.head[0]
    before = 0
    while before < head.past_count and known < history:
        copy_record(head.past[before], batch.past[row, known])
        batch.past_repetitions[row, known] = head.past_repetitions[before]
        known += 1
        before += 1
    batch.past_counts[row] = known


@kernel
def give_back(forest: Any, places: Any, rows: Any, batch: Any) -> None:
    """Open the first `rows` leaves that were gathered, with what the evaluator wrote to `batch`."""
    for row in range(rows):
        _open(forest, places, row, batch)


@kernel
def _open(forest: Any, places: Any, row: Any, batch: Any) -> None:
    tree = tree_of(forest, places[row, 0])
    open_node(tree, np.int64(places[row, 1]), batch.logits[row], batch.wdl[row], batch.moves_left[row])


@kernel
def give_back_recalled(forest: Any, places: Any, recalled: Any, batch: Any) -> Any:
    """Open those leaves for which `recalled`, bool [rows], is true; move the others to the front, return their number.

    (Of the others, what an evaluator reads is moved.)
    """
    waiting = 0
    for row in range(len(recalled)):
        if recalled[row]:
            _open(forest, places, row, batch)
            continue
        if waiting < row:
            copy_row(batch, row, batch, waiting)
            places[waiting, 0] = places[row, 0]
            places[waiting, 1] = places[row, 1]
        waiting += 1
    return waiting


@kernel
def copy_row(source: Any, row: Any, target: Any, place: Any) -> None:
    """Copy what an evaluator reads of a row of a batch to a row of another."""
    copy_record(source.states[row], target.states[place])
    target.repetitions[place] = source.repetitions[row]
    target.counts[place] = source.counts[row]
    for index in range(source.counts[row]):
        target.moves[place, index] = source.moves[row, index]
    known = min(np.int64(source.past_counts[row]), target.past.shape[1])
    target.past_counts[place] = known
    for before in range(known):
        copy_record(source.past[row, before], target.past[place, before])
        target.past_repetitions[place, before] = source.past_repetitions[row, before]


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
        head.begun[index] = 0
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
