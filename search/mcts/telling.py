"""What a tree says of its root: the moves in order, lines, scores, statistics, and the policy to learn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.mcts.bounds import node_value, unforced_visits
from search.mcts.forest import NONE, OPEN, UNPROVEN
from search.mcts.options import Options
from search.mcts.selection import improved_logits, improved_policy
from search.rules import DRAW, LOSS, WIN, Rules
from search.searcher import MATE, Line

#: Scores in centipawns: the tangent that maps values in -1..1 to what people expect (as Lc0 reports them).
_SCALE, _STEEPNESS = 90.0, 1.5637541897
#: The most centipawns that a value that is not proven is told as.
_MOST = 15_000


@dataclass(frozen=True, kw_only=True)
class MoveStatistics:
    """What the search knows of a move at the root."""

    move: int
    visits: int
    prior: float
    """Of the policy, 0..1."""
    value: float
    """Mean, -1..1, the root mover's view; NaN for a move that was not visited."""
    draw: float
    """Mean share of draws, 0..1; NaN likewise."""
    moves_left: float
    """Mean of the plies that the game will still last after the move, as far as the evaluator knows; NaN likewise."""
    proven: int | None
    """WIN, DRAW or LOSS for the root mover, if that is proven."""


class Findings:
    """A tree, read."""

    def __init__(self, tree: Any, options: Options, rules: Rules, before: npt.NDArray[np.int64] | None = None) -> None:
        """`before`, [count]: visits of the root's edges that the tree was kept with; none by default."""
        self._tree = tree
        self._options = options
        self._rules = rules
        root = tree.nodes[0]
        self._first, self._count = int(root.first), int(root.count)
        self._before = np.zeros(self._count, np.int64) if before is None else before

    def ranked(self) -> list[int]:
        """Indices of the root's allowed edges, the best first."""
        tree = self._tree
        scores = np.zeros(self._rules.max_moves)
        if self._options.selection == "gumbel" and tree.nodes[0].status == OPEN:
            improved_logits(tree, 0, scores)
            scores[: self._count] += tree.head[0].gumbels[: self._count]

        def rank(index: int) -> tuple[float, float, float, float]:
            edge = tree.edges[self._first + index]
            return (
                self._proof_rank(edge), self.counted(index), float(scores[index]) + float(edge.prior), -index
            )  # fmt: skip

        return sorted((index for index in range(self._count) if tree.head[0].allowed[index]), key=rank, reverse=True)

    def edge(self, index: int) -> Any:
        """An edge of the root."""
        return self._tree.edges[self._first + index]

    def visits(self, edge: Any) -> int:
        """How often an edge was followed."""
        return int(self._tree.nodes[int(edge.child)].visits) if edge.child != NONE else 0

    def counted(self, index: int) -> int:
        """The visits of a root's edge by which moves are compared: with Gumbel, whose halving begins anew with every
        search, only those of this search."""
        before = int(self._before[index]) if self._options.selection == "gumbel" else 0
        return self.visits(self.edge(index)) - before

    def mean(self, edge: Any) -> tuple[float, float, float]:
        """Mean value, the view of whoever moves along the edge, mean share of draws, and plies left; NaN if unknown."""
        visits = self.visits(edge)
        if not visits:
            return math.nan, math.nan, math.nan
        node = self._tree.nodes[int(edge.child)]
        return -float(node.win_loss) / visits, float(node.draws) / visits, float(node.moves_left) / visits

    def proven(self, edge: Any) -> int | None:
        """WIN, DRAW or LOSS for whoever moves along an edge, if that is proven."""
        child = int(edge.child)
        proven = UNPROVEN if child == NONE else int(self._tree.nodes[child].proven)
        return None if proven == UNPROVEN else -proven

    def _proof_rank(self, edge: Any) -> float:
        """Above 0 for a proven win, the quicker the higher; below for a proven loss."""
        proven = self.proven(edge) if self._options.solver else None
        if proven not in (WIN, LOSS):
            return 0.0
        plies = int(self._tree.nodes[int(edge.child)].plies)
        return 2.0 - plies / 1000 if proven == WIN else -2.0 + plies / 1000

    def lines(self, multipv: int) -> list[Line]:
        """The best lines, the best first."""
        return [self._told(index, rank) for rank, index in enumerate(self.ranked()[: max(multipv, 1)], 1)]

    def _told(self, index: int, rank: int) -> Line:
        pv = self.line(index)
        edge = self.edge(index)
        return Line(
            rank=rank,
            score=self._score(edge),
            bound="exact",
            depth=len(pv),
            seldepth=int(self._tree.head[0].deepest),
            pv=pv,
            wdl=self._wdl(edge),
        )

    def _score(self, edge: Any) -> int:
        proven = self.proven(edge)
        if proven is not None:
            plies = int(self._tree.nodes[int(edge.child)].plies) + 1
            return {WIN: MATE - plies, LOSS: plies - MATE, DRAW: 0}[proven]
        value = self.mean(edge)[0]
        return centipawns(float(node_value(self._tree, 0)) if math.isnan(value) else value)

    def _wdl(self, edge: Any) -> tuple[int, int, int]:
        """Permille of win, draw and loss; where the edge was not followed, the root's."""
        proven = self.proven(edge)
        if proven is not None:
            return {WIN: (1000, 0, 0), DRAW: (0, 1000, 0), LOSS: (0, 0, 1000)}[proven]
        value, draw, _ = self.mean(edge)
        if math.isnan(value):
            root = self._tree.nodes[0]
            value, draw = (float(part) / max(int(root.visits), 1) for part in (root.win_loss, root.draws))
        drawn = round(1000 * min(max(draw, 0.0), 1.0))
        won = min(max(round((1000 - drawn) / 2 + 500 * value), 0), 1000 - drawn)
        return won, drawn, 1000 - drawn - won

    def line(self, index: int) -> tuple[int, ...]:
        """From a root's edge on, the most visited moves."""
        tree = self._tree
        edge = self.edge(index)
        moves = [int(edge.move)]
        node = int(edge.child)
        while node != NONE and tree.nodes[node].count:
            here = tree.nodes[node]
            edges = tree.edges[int(here.first) : int(here.first) + int(here.count)]
            tried = [edge for edge in edges if self.visits(edge)]
            if not tried:
                break
            best = max(tried, key=lambda edge: (self._proof_rank(edge), self.visits(edge)))
            moves.append(int(best.move))
            node = int(best.child)
        return tuple(moves)

    def statistics(self) -> list[MoveStatistics]:
        """What is known of each allowed move at the root, the best first."""
        known = []
        for index in self.ranked():
            edge = self.edge(index)
            value, draw, moves_left = self.mean(edge)
            known.append(
                MoveStatistics(
                    move=int(edge.move),
                    visits=self.visits(edge),
                    prior=float(edge.prior),
                    value=value,
                    draw=draw,
                    moves_left=moves_left,
                    proven=self.proven(edge),
                )
            )
        return known

    def improved_policy(self) -> dict[int, float]:
        """See `search.mcts.MonteCarlo.improved_policy`."""
        tree = self._tree
        policy: npt.NDArray[np.float64] = np.zeros(self._rules.max_moves)
        if self._options.selection == "gumbel":
            improved_policy(tree, 0, policy)
        else:
            unforced_visits(tree, policy)
            policy /= max(policy.sum(), 1.0)
        return {int(self.edge(index).move): float(policy[index]) for index in range(self._count)}


def centipawns(value: float) -> int:
    """A value in -1..1 as centipawns, which no proven end has."""
    return round(max(-_MOST, min(_MOST, _SCALE * math.tan(_STEEPNESS * value))))
