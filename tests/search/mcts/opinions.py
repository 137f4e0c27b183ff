"""An evaluator with opinions that no network had to learn, and how tests read a tree."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.evaluator import Batch, Evaluator
from search.mcts import MonteCarlo
from search.rules import Rules


class Opinionated(Evaluator):
    """Says something about every state that depends on the state alone, as a network would."""

    def __init__(self, rules: Rules, *, moves_left: bool = False, history: int = 0) -> None:
        self.name = "opinionated"
        self.rules = rules
        self.tells_moves_left = moves_left
        self.history = history
        self.asked: list[int] = []

    def evaluate(self, batch: Batch) -> None:
        self.asked.append(len(batch.counts))
        for row in range(len(batch.counts)):
            rng = np.random.default_rng(batch.moves[row, : batch.counts[row]])
            batch.logits[row] = rng.normal(size=batch.logits.shape[1])
            batch.wdl[row] = rng.dirichlet((1, 1, 1))
            if self.tells_moves_left:
                batch.moves_left[row] = rng.integers(5, 50)


def tree_of(searcher: MonteCarlo) -> Any:
    return searcher._tree


def nodes_of(searcher: MonteCarlo) -> Any:
    tree = tree_of(searcher)
    return tree.nodes[: int(tree.head[0].used_nodes)]


def children_of(searcher: MonteCarlo, node: int) -> list[int]:
    tree = tree_of(searcher)
    first, count = int(tree.nodes[node].first), int(tree.nodes[node].count)
    return [int(child) for child in tree.edges[first : first + count]["child"]]
