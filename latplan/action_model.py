"""Symbolic actions from pairs of bit vectors: effects are counted, preconditions are grown as decision trees.

An effect is a distinct difference between the bits after and the bits before; one that was seen too seldom is noise.
The bits that it changes say what they must be before. What else it needs is found from where the effect was *not* seen:
among the states in which the bits it changes are right, an action that needs nothing else happens at about the same
rate everywhere, since moves are taken at random; where it (almost) never happens, it is not applicable. A tree splits
the states by the bit that explains most of that, and each leaf in which the action happens becomes one action, so
disjunctive preconditions split into several. A bit that is constant by chance alone (few samples) explains nothing and
is left out, which "constant over all samples" would not do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from latplan.problem import Action, Task

Bits = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Extraction:
    """How much evidence an action and its preconditions need."""

    least_seen: int = 4
    """Pairs that show an effect; one seen in fewer is noise and is dropped."""
    evidence: float = 9.0
    """Log-likelihood, in nats, that a bit must explain to become a precondition."""
    seldom: float = 0.03
    """Rate, relative to that on the other side of a split, below which an action counts as not applicable."""
    deepest: int = 40
    """Preconditions beyond the changed bits, at most."""

    def __post_init__(self) -> None:
        if self.least_seen < 1 or self.evidence <= 0 or not 0 <= self.seldom < 1 or self.deepest < 0:
            raise ValueError(f"not a sensible extraction: {self}")


@dataclass(frozen=True, kw_only=True)
class ActionModel:
    """Actions over learnt bits, and how far they explain the pairs that they were learnt from."""

    task: Task
    effects: int
    """Distinct effects that were kept; each is one action or several."""
    dropped: int
    """Distinct effects that were seen too seldom."""
    coverage: float
    """Share of the pairs whose effect was kept."""
    unchanged: float
    """Share of the pairs in which no bit changed."""


def learn_actions(before: Bits, after: Bits, options: Extraction | None = None) -> ActionModel:
    """Actions that explain `before` -> `after`, [pairs, bits] each."""
    options = options or Extraction()
    pairs, bits = before.shape
    difference = after.astype(np.int8) - before.astype(np.int8)
    effects, which, counts = np.unique(difference, axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    changes = (effects != 0).any(1)
    kept = np.flatnonzero((counts >= options.least_seen) & changes)
    kept = kept[np.argsort(-counts[kept], kind="stable")]
    actions: list[Action] = []
    for effect in kept:
        add = np.flatnonzero(effects[effect] > 0).tolist()
        delete = np.flatnonzero(effects[effect] < 0).tolist()
        ready = np.flatnonzero(before[:, delete].all(1) & ~before[:, add].any(1))
        free = effects[effect] == 0
        for conditions in _leaves(before[ready], which[ready] == effect, free, options):
            actions.append(
                Action(
                    name=f"a{len(actions)}",
                    positive=frozenset(delete) | {bit for bit, value in conditions if value},
                    negative=frozenset(add) | {bit for bit, value in conditions if not value},
                    add=frozenset(add),
                    delete=frozenset(delete),
                )
            )
    return ActionModel(
        task=Task(bits, tuple(actions)),
        effects=len(kept),
        dropped=int(((counts < options.least_seen) & changes).sum()),
        coverage=float(counts[kept].sum() / pairs),
        unchanged=float((~(difference != 0).any(1)).mean()),
    )


Conditions = list[tuple[int, bool]]


def _leaves(states: Bits, seen: Bits, free: Bits, options: Extraction) -> list[Conditions]:
    """The conditions, bits and their values, of each leaf in which the action happens.

    `states` [n, bits]: where the changed bits are right; `seen` [n]: whether the action happened there;
    `free` [bits]: bits that may be asked.
    """
    tree = _grow(states, seen, free, options, options.deepest)
    return [conditions for conditions, happens in tree if happens]


def _grow(states: Bits, seen: Bits, free: Bits, options: Extraction, depth: int) -> list[tuple[Conditions, bool]]:
    """Conditions of all leaves, and whether the action happens there."""
    here, happened = len(states), int(seen.sum())
    if happened == 0:
        return [([], False)]
    whole: list[tuple[Conditions, bool]] = [([], True)]
    if happened == here or depth == 0:
        return whole
    with_bit = states.sum(0)
    seen_with = states[seen].sum(0)
    without, seen_without = here - with_bit, happened - seen_with
    gain = _likelihood(seen_with, with_bit) + _likelihood(seen_without, without)
    gain = np.where(free, gain - _likelihood(np.array(happened), np.array(here)), 0.0)
    rate_with = seen_with / np.maximum(with_bit, 1)
    rate_without = seen_without / np.maximum(without, 1)
    never = (rate_with <= options.seldom * rate_without) | (rate_without <= options.seldom * rate_with)
    # Bits that separate where it never happens come first.
    best = int((gain + 1e9 * (never & (gain >= options.evidence))).argmax())
    if gain[best] < options.evidence:
        return whole
    leaves: list[tuple[Conditions, bool]] = []
    below = free.copy()
    below[best] = False
    for value in (False, True):
        side = states[:, best] == value
        rate = rate_with[best] if value else rate_without[best]
        other = rate_without[best] if value else rate_with[best]
        if rate <= options.seldom * other:
            leaves.append(([(best, value)], False))
            continue
        for conditions, happens in _grow(states[side], seen[side], below, options, depth - 1):
            leaves.append(([(best, value), *conditions], happens))
    # A split that found no place where it does not happen says only how often moves are taken.
    return leaves if not all(happens for _, happens in leaves) else whole


def _likelihood(events: npt.NDArray[np.integer], trials: npt.NDArray[np.integer]) -> npt.NDArray[np.float64]:
    """The greatest log-likelihood of so many events in so many trials, over all rates."""
    rate = np.clip(events / np.maximum(trials, 1), 1e-12, 1 - 1e-12)
    result: npt.NDArray[np.float64] = events * np.log(rate) + (trials - events) * np.log1p(-rate)
    return result
