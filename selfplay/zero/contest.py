"""Games between two evaluators with the same search, side by side: which of two networks is the stronger one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from search.evaluator import Evaluator
from search.mcts.options import Options
from search.rules import ONGOING, State
from selfplay.matches.elo import SCALE, estimate
from selfplay.zero.lockstep import Running, random_opening
from selfplay.zero.many_trees import ManyTrees


@dataclass(frozen=True)
class ContestResult:
    """Of the first evaluator."""

    pairs: tuple[int, int, int, int, int]
    """How many pairs of games brought 0, ½, 1, 1½ and 2 points."""

    @property
    def games(self) -> int:
        """All of them."""
        return 2 * sum(self.pairs)

    @property
    def score(self) -> float:
        """Points a game, 0 to 1."""
        return estimate(self.pairs).score

    @property
    def elo(self) -> float:
        """The difference in Elo, as if one pair more had been won and one lost, which keeps it finite."""
        return estimate(self._and_two_more).elo

    @property
    def elo_error(self) -> float:
        """The standard error of `elo`, from the spread of the pairs, by the slope of the logistic curve there."""
        known = estimate(self._and_two_more)
        return SCALE * known.error / (known.score * (1 - known.score))

    @property
    def _and_two_more(self) -> tuple[int, ...]:
        lost, *between, won = self.pairs
        return (lost + 1, *between, won + 1)


class Contest:
    """Pairs of games from random openings, with colours swapped, moves by the search without noise."""

    def __init__(
        self,
        start: State,
        options: Options,
        *,
        simulations: int,
        pairs: int,
        opening_plies: int,
        longest: int,
    ) -> None:
        if min(simulations, pairs, opening_plies, longest) < 1:
            raise ValueError("simulations, pairs, opening_plies and longest must be at least 1")
        self._start = start
        self._options = options
        self._simulations = simulations
        self._pairs = pairs
        self._opening_plies = opening_plies
        self._longest = longest

    def play(self, first: Evaluator, second: Evaluator, seed: int) -> ContestResult:
        """The games between two evaluators; the same ones for a seed."""
        rules = first.rules
        rng = np.random.default_rng(seed)
        trees = ManyTrees(
            rules,
            self._options,
            slots=2 * self._pairs,
            simulations=self._simulations,
            history=max(first.history, second.history),
        )
        running: dict[int, Running] = {}
        for pair in range(self._pairs):
            opening = random_opening(lambda: self._start, rules, self._opening_plies, rng)
            for game in (2 * pair, 2 * pair + 1):
                running[game] = opening.twin()
        points = [0] * self._pairs
        moves = np.zeros(rules.max_moves, np.int32)
        while running:
            # In even games the first evaluator has the first player; a ply is a move of one evaluator at a time.
            for parity, evaluator in enumerate((first, second)):
                turn = {game: one for game, one in running.items() if (game + len(one.moves)) % 2 == parity}
                if not turn:
                    continue
                trees.search(evaluator, turn, dict.fromkeys(turn, self._simulations), rng)
                for game, one in turn.items():
                    found = trees.found(game)
                    one.advance(rules, int(found.moves[found.best()]))
                    verdict = one.verdict(moves, self._longest)
                    if verdict != ONGOING:
                        # Its mover is now the other evaluator. A win is two half points, a draw one.
                        points[game // 2] += 1 + (-verdict if parity == 0 else verdict)
                        del running[game]
        lost, worse, even, better, won = (points.count(half_points) for half_points in range(5))
        return ContestResult((lost, worse, even, better, won))
