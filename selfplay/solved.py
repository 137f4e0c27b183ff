"""A solved game as lessons, and how well a network has learnt it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from search.evaluator import Evaluator, new_batch
from search.minimax import Solution
from search.rules import DRAW, LOSS, WIN, Rules, legal
from selfplay.samples import Samples, no_samples


def lessons(rules: Rules, solution: Solution) -> Samples:
    """A sample for each state of a solution that has not ended: all its optimal moves alike, and its value."""
    states = [solution.state(packed) for packed in solution.packed[solution.distance > 0]]
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


def grade(evaluator: Evaluator, samples: Samples, solution: Solution, *, at_a_time: int = 512) -> Grade:
    """Judge what an evaluator says by itself, without a search."""
    rules = evaluator.rules
    batch = new_batch(rules, min(at_a_time, max(len(samples), 1)))
    best = value = safe = 0
    child = new_batch(rules, 1).states[0]
    for first in range(0, len(samples), at_a_time):
        part = samples.take(np.arange(first, min(first + at_a_time, len(samples))))
        rows = batch.first(len(part))
        rows.states[:] = part.states
        for row, state in enumerate(part.states):
            rows.counts[row] = legal(state, rows.moves[row])
        evaluator.evaluate(rows)
        for row, state in enumerate(part.states):
            count = int(rows.counts[row])
            chosen = int(rows.logits[row, :count].argmax())
            best += bool(part.policy[row, chosen] > 0)
            value += bool(rows.wdl[row].argmax() == part.wdl[row].argmax())
            rules.play(state, child, int(rows.moves[row, chosen]))
            safe += -solution[child].value == solution[state].value
    n = max(len(samples), 1)
    return Grade(states=len(samples), policy=best / n, value=value / n, safe=safe / n)


assert (WIN, DRAW, LOSS) == (1, 0, -1), "outcomes are indexed by 1 - value"
