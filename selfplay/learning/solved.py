"""A solved game as lessons, and how well a network has learnt it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from search.evaluator import Batch, Evaluator, new_batch
from search.minimax import Solution
from search.rules import DRAW, LOSS, WIN, Rules, legal
from selfplay.learning.samples import Samples, no_samples


def lessons(rules: Rules, solution: Solution, *, most: int | None = None, seed: int = 1) -> Samples:
    """A sample for each state of a solution that has not ended: all its optimal moves alike, and its value.

    With `most`, so many of them at random.
    """
    open_states = solution.packed[solution.distance > 0]
    if most is not None and most < len(open_states):
        open_states = np.random.default_rng(seed).choice(open_states, most, replace=False)
    states = [solution.state(packed) for packed in open_states]
    samples = no_samples(rules, len(states))
    moves = np.zeros(rules.max_moves, np.int32)
    for row, state in enumerate(states):
        entry = solution[state]
        count = int(legal(state, moves))
        optimal = np.isin(moves[:count], entry.optimal)
        samples.states[row] = state
        samples.counts[row] = count
        samples.policy[row, :count] = optimal / optimal.sum()
        samples.wdl[row, 1 - entry.value] = 1.0
        samples.moves_left[row] = entry.distance
    return samples


@dataclass(frozen=True, kw_only=True)
class Grade:
    """How far an evaluator agrees with a solution, over the states that have not ended."""

    states: int
    policy: float
    """Share of the states whose move with the highest logit is optimal."""
    value: float
    """Share of the states whose likeliest outcome is the true one."""
    safe: float
    """Share of the states whose move with the highest logit keeps the value, were it by a longer way."""
    perfect: float
    """Share of the states with both: a safe move and the true outcome."""


class Grader:
    """Judges evaluators by what they say without a search."""

    def __init__(self, rules: Rules, solution: Solution, samples: Samples | None = None) -> None:
        """Over `samples` of a solution, which are `lessons`; over all of them by default."""
        self.samples = samples if samples is not None else lessons(rules, solution)
        n = len(self.samples)
        self._batch = new_batch(rules, n)
        self._keeps = np.zeros((n, rules.max_moves), np.bool_)
        child = new_batch(rules, 1).states[0]
        self._batch.states[:] = self.samples.states
        for row, state in enumerate(self.samples.states):
            count = int(legal(state, self._batch.moves[row]))
            self._batch.counts[row] = count
            value = 1 - int(self.samples.wdl[row].argmax())
            for index in range(count):
                rules.play(state, child, int(self._batch.moves[row, index]))
                self._keeps[row, index] = -solution[child].value == value

    def grade(self, evaluator: Evaluator, *, at_a_time: int = 512) -> Grade:
        """What an evaluator knows."""
        batch, n = self._batch, len(self.samples)
        for first in range(0, n, at_a_time):
            rows = slice(first, first + at_a_time)
            evaluator.evaluate(Batch._make(array[rows] for array in batch))
        beyond = np.arange(batch.moves.shape[1]) >= batch.counts[:, None]
        chosen = np.where(beyond, -np.inf, batch.logits).argmax(1)
        each = np.arange(n)
        safe = self._keeps[each, chosen]
        value = batch.wdl.argmax(1) == self.samples.wdl.argmax(1)
        return Grade(
            states=n,
            policy=float((self.samples.policy[each, chosen] > 0).mean()),
            value=float(value.mean()),
            safe=float(safe.mean()),
            perfect=float((safe & value).mean()),
        )


def grade(evaluator: Evaluator, samples: Samples, solution: Solution) -> Grade:
    """What an evaluator knows of some `lessons`, judged once."""
    return Grader(evaluator.rules, solution, samples).grade(evaluator)


assert (WIN, DRAW, LOSS) == (1, 0, -1), "outcomes are indexed by 1 - value"
