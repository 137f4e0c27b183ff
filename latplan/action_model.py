"""Symbolic actions from pairs of bit vectors: effects are counted, preconditions are grown as decision trees.

An effect is a distinct difference between the bits after and the bits before; one that was seen too seldom is noise.
The bits that it changes say what they must be before. What else it needs is found from where the effect was *not* seen:
among the states in which the bits it changes are right, an action that needs nothing else happens at about the same
rate everywhere, since moves are taken at random; where it (almost) never happens, it is not applicable. A tree splits
the states by the bit that explains most of that, and each leaf in which the action happens becomes one action, so
disjunctive preconditions split into several. A bit that is constant by chance alone (few samples) explains nothing and
is left out, which "constant over all samples" would not do.

A tree takes one bit at a time, and misses places that only several bits together tell apart. So every leaf is gone over
once more, when it is known how many actions each state allows: at random, each of them happens once in so many times.
Where, by that, an action should have happened a dozen times and (almost) never did, it is not applicable. Such places
are looked for as conjunctions of up to four bits, by a beam search, and taken out of the leaf.

Before all that, an action is not applicable where it would lead to what no picture shows: values of two bits of which
one is its effect, and that exclude each other (see `latplan.invariants`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from latplan.hashing import bit_keys
from latplan.invariants import literals, mutexes
from latplan.problem import Action, Bits, Task
from latplan.subspace import Floats

#: How often the leaves are gone over: once some are narrower, states allow fewer actions, and each of these is expected
#: more often.
_ROUNDS = 2
#: Bits that together tell where an action is not applicable, at most, and how many sets of them are looked at closely.
_MOST_TOGETHER, _BEAM = 4, 8
#: A place is looked at closely from so many nats on.
_WORTH_A_LOOK = 2.0
#: What each bit after the first must explain in addition, in times that the action should have happened,
_FOR_EACH_MORE = 5.0
#: and how often it would have at its usual rate in the leaf.
_USUALLY = 3.0
#: An action that happens less often than this, in times that it should have, is applicable in few places of its leaf:
#: its usual rate there says nothing, and further bits need little more.
_RARE = 0.5
#: Nats that a state speaks against an action which leads from it to a code that no picture has: if fewer, none; and at
#: most.
_LEAST_DOUBT, _MOST_DOUBT = 3.0, 10.0


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
    """Preconditions beyond the changed bits, at most, of the tree."""
    missed: float = 12.0
    """Times that an action should have happened somewhere, without doing so, for it not to be applicable there; 5 more
    for each further bit that tells where; infinite to look for no such places."""
    exclusive: float = 20.0
    """Different codes that should have shown two values of bits together, if none does, for these to exclude each
    other; infinite to look for no such values."""

    def __post_init__(self) -> None:
        if (
            self.least_seen < 1
            or self.evidence <= 0
            or not 0 <= self.seldom < 1
            or self.deepest < 0
            or self.missed <= 0
            or self.exclusive <= 0
        ):
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


Conditions = list[tuple[int, bool]]


@dataclass
class _Effect:
    """A difference of bits, and where it is applicable."""

    add: list[int]
    delete: list[int]
    ready: npt.NDArray[np.int64]
    """Pairs before which the bits that it changes are right."""
    seen: npt.NDArray[np.bool_]
    """Whether it happened there, [ready]."""
    barred: npt.NDArray[np.int64]
    """Literals that exclude its results, and are false in the pairs."""
    leaves: list[Conditions]

    def action(self, leaf: Conditions, number: int, exclusive: Bits) -> Action:
        bits = len(exclusive) // 2
        needed = [*(bits + bit for bit in self.delete), *self.add, *(bit + bits * value for bit, value in leaf)]
        # What excludes a result of it must be false, unless what it needs excludes that already.
        barred = self.barred[~exclusive[needed][:, self.barred].any(0)]
        needed += [(literal + bits) % (2 * bits) for literal in barred.tolist()]
        return Action(
            name=f"a{number}",
            positive=frozenset(literal - bits for literal in needed if literal >= bits),
            negative=frozenset(literal for literal in needed if literal < bits),
            add=frozenset(self.add),
            delete=frozenset(self.delete),
        )


def learn_actions(before: Bits, after: Bits, options: Extraction | None = None) -> ActionModel:
    """Actions that explain `before` -> `after`, [pairs, bits] each."""
    options = options or Extraction()
    pairs, bits = before.shape
    difference = after.astype(np.int8) - before.astype(np.int8)
    _, first, which, counts = np.unique(
        difference @ bit_keys(bits), return_index=True, return_inverse=True, return_counts=True
    )
    differences = difference[first]
    changes = (differences != 0).any(1)
    kept = np.flatnonzero((counts >= options.least_seen) & changes)
    kept = kept[np.argsort(-counts[kept], kind="stable")]
    exclusive = mutexes(np.concatenate([before, after]), options.exclusive)
    true = literals(before)
    effects: list[_Effect] = []
    for number in kept:
        add = np.flatnonzero(differences[number] > 0).tolist()
        delete = np.flatnonzero(differences[number] < 0).tolist()
        free = differences[number] == 0
        barred = np.flatnonzero(exclusive[[*delete, *(bits + bit for bit in add)]].any(0) & np.tile(free, 2))
        ready = np.flatnonzero(before[:, delete].all(1) & ~before[:, add].any(1))
        ready = ready[~true[np.ix_(ready, barred)].any(1)]
        seen = which[ready] == number
        effects.append(_Effect(add, delete, ready, seen, barred, _leaves(before[ready], seen, free, options)))
    if math.isfinite(options.missed):
        _go_over(effects, before, _Codes(before, after), options)
    parts = [(effect, leaf) for effect in effects for leaf in effect.leaves]
    return ActionModel(
        task=Task(bits, tuple(effect.action(leaf, number, exclusive) for number, (effect, leaf) in enumerate(parts))),
        effects=len(kept),
        dropped=int(((counts < options.least_seen) & changes).sum()),
        coverage=float(counts[kept].sum() / pairs),
        unchanged=float((~(difference != 0).any(1)).mean()),
    )


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


def _go_over(effects: list[_Effect], before: Bits, codes: _Codes, options: Extraction) -> None:
    """Take out of all leaves the places in which an action should have happened and never did."""
    doubts = [codes.doubts(effect) for effect in effects]
    for _ in range(_ROUNDS):
        expected = (1 / np.maximum(_applicable(effects, before), 1)).astype(np.float32)
        for effect, doubt in zip(effects, doubts, strict=True):
            place = _Place(before[effect.ready], effect.seen.astype(np.float32), expected[effect.ready], doubt)
            effect.leaves = [part for leaf in effect.leaves for part in _narrowed(leaf, place, effect, options)]


def _applicable(effects: list[_Effect], before: Bits) -> Floats:
    """How many actions there are in each state, [pairs]."""
    found = np.zeros(len(before), np.float32)
    for effect in effects:
        states = before[effect.ready]
        for leaf in effect.leaves:
            found[effect.ready[_matching(states, leaf)]] += 1
    return found


def _matching(states: Bits, conditions: Conditions) -> npt.NDArray[np.bool_]:
    """Which of `states` [n, bits] fulfil all conditions, [n]."""
    matching = np.ones(len(states), bool)
    for bit, value in conditions:
        matching &= states[:, bit] == value
    return matching


class _Place(NamedTuple):
    """Pairs before which an action could happen, n of them."""

    states: Bits
    """[n, bits]."""
    seen: Floats
    """[n]: 1 where it happened, else 0."""
    rates: Floats
    """[n]: how often it happens there, if it can."""
    doubts: Floats
    """[n]: nats against its happening there, from where it would lead."""

    def part(self, here: npt.NDArray[np.bool_]) -> _Place:
        return _Place(self.states[here], self.seen[here], self.rates[here], self.doubts[here])


class _Codes:
    """Which codes the pairs show, and how likely one is that they do not."""

    def __init__(self, before: Bits, after: Bits) -> None:
        self._keys = bit_keys(before.shape[1])
        self._before = before @ self._keys
        self._seen, counts = np.unique(np.concatenate([self._before, after @ self._keys]), return_counts=True)
        _, which, visits = np.unique(self._before, return_inverse=True, return_counts=True)
        self._visits = visits[which]
        # I. Good, "The population frequencies of species and the estimation of population parameters", 1953.
        unseen = (int((counts == 1).sum()) + 1) / int(counts.sum())
        nats = -math.log(unseen)
        self._nats = min(nats, _MOST_DOUBT) if nats >= _LEAST_DOUBT else 0.0

    def doubts(self, effect: _Effect) -> Floats:
        """Nats for each of its pairs [ready]: a state in which it leads to a code that is never seen speaks once."""
        after = self._before[effect.ready] + self._keys[effect.add].sum()
        after -= self._keys[effect.delete].sum()
        place = np.minimum(np.searchsorted(self._seen, after), len(self._seen) - 1)
        nats = np.where(self._seen[place] == after, 0, self._nats / self._visits[effect.ready])
        return nats.astype(np.float32)


def _narrowed(leaf: Conditions, place: _Place, effect: _Effect, options: Extraction) -> list[Conditions]:
    """What is left of a leaf, in parts, without the places where its action should have happened and never did."""
    left, parts = [leaf], []
    changed = [*effect.add, *effect.delete]
    while left:
        part = left.pop()
        here = place.part(_matching(place.states, part))
        if not here.seen.any():
            continue
        missed = _missed(here, [*changed, *(bit for bit, _ in part)], options)
        if not missed:
            parts.append(part)
        for bit, value in missed:
            left.append([*part, (bit, not value)])
            part = [*part, (bit, value)]
    return parts


def _missed(place: _Place, fixed: list[int], options: Extraction) -> Conditions:
    """The largest part of a place in which an action that is applicable would have been seen; none if there is none.

    Parts are conjunctions of few bits other than `fixed`. Those in which the action is missed most are looked at more
    closely.
    """
    bits = place.states.shape[1]
    true = literals(place.states).astype(np.float32)
    usable = np.ones(2 * bits, bool)
    usable[fixed] = usable[[bits + bit for bit in fixed]] = False
    usual = min(float(place.seen.sum() / place.rates.sum()), 1.0)
    rare = usual < _RARE
    # Where it is missed almost everywhere, parts in which it is missed more than that come first.
    scale = float(place.seen.sum() / (place.rates + place.doubts).sum()) if rare else 1.0
    beam: list[tuple[int, ...]] = [()]
    for more in range(_MOST_TOGETHER):
        most = 0.0
        found: tuple[int, ...] = ()
        closer: dict[frozenset[int], tuple[float, tuple[int, ...]]] = {}
        for chosen in beam:
            inside = true[:, chosen].all(1)
            events, expected, doubts = (numbers[inside] @ true[inside] for numbers in place[1:])
            against = expected + doubts
            if rare:
                evident = usable & (against >= options.missed + more)
                never = evident & (events == 0)
            else:
                evident = usable & (against >= options.missed + _FOR_EACH_MORE * more)
                never = evident & (events <= options.seldom * usual * expected)
                never &= usual * against >= _USUALLY + more
            widest = int(np.where(never, against, 0).argmax())
            if never[widest] and against[widest] > most:
                most, found = float(against[widest]), (*chosen, widest)
            lack = np.where(evident, _lack(events, (scale * against).astype(np.float32)), 0.0)
            much = np.flatnonzero(lack > _WORTH_A_LOOK)
            for literal in much[np.argsort(-lack[much], kind="stable")[:_BEAM]].tolist():
                closer.setdefault(frozenset((*chosen, literal)), (float(lack[literal]), (*chosen, literal)))
        if found:
            return [(literal % bits, literal >= bits) for literal in found]
        beam = [chosen for _, chosen in sorted(closer.values(), reverse=True)[:_BEAM]]
    return []


def _lack(events: Floats, expected: Floats) -> Floats:
    """Log-likelihood ratio, nats, of so few events against the expected number of them; 0 where there are enough."""
    some = np.maximum(events, 1e-9)
    ratio: Floats = expected - events + events * np.log(some / np.maximum(expected, 1e-9))
    return np.where(events < expected, ratio, 0.0).astype(np.float32)
