"""One training of an autoencoder, the actions learnt on its bits, and how good both are."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
import torch

from latplan.action_model import ActionModel, Extraction, learn_actions
from latplan.coder import Coder
from latplan.cube_space import CubeSpace, Kind, action_names, labelled_actions, train_cube_space
from latplan.measure import Measure
from latplan.quality import UNEXPLAINED, Quality, judge
from latplan.rivals import overdue
from latplan.subspace import Floats, Subspace
from latplan.training import Recipe, train

#: Bits for each component of the pictures, and their least and most.
_BITS_PER_COMPONENT, _LEAST_BITS, _MOST_BITS = 1.5, 100, 320
#: Components beyond which training takes longer in proportion.
_FEW_COMPONENTS = 160
#: Pictures of which so much is restored need no second training.
_CLEAN = 0.99
#: Bits of which so few held-out moves are explained are not read in other ways.
_HOPELESS = 0.9
#: How much larger pictures are made, times, for the training on cleaned ones.
_CLEANED = 2.0

Method = Literal["counted"] | Kind


class Attempt(NamedTuple):
    """A way to train. What serves one puzzle does not serve all: a long training with heavy pictures finds clean codes
    of clean pictures, and codes the light and the jitter of others.
    """

    weight: float
    """Of the pictures against their codes."""
    length: float = 1.0
    """In steps of the recipe."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a puzzle is learnt. The defaults are meant for every puzzle."""

    seed: int = 1
    attempts: tuple[Attempt, ...] = (
        Attempt(1600.0),
        Attempt(500.0),
        Attempt(150.0),
        Attempt(150.0, 0.4),
    )
    """Made two by two, until one explains almost all; clean pictures need no more than the first two."""
    retries: int = 2
    """More trainings, from other random beginnings, of the attempt that did best, if none explains so much."""
    recipe: Recipe = field(default_factory=Recipe)
    """The seed, the bits and the steps are set to what the puzzle takes."""
    measure: Measure = field(default_factory=Measure)
    extractions: tuple[Extraction, ...] = tuple(
        Extraction(least_seen=seen, missed=missed) for seen in (2, 4, 8) for missed in (9.0, 14.0)
    )
    """Ways to read actions off the bits, all of which are tried on those of each training."""
    processes: int = 2
    """Trainings side by side."""
    method: Method = "counted"
    """How the actions come about: counted on the bits, or learnt with them as in the papers."""
    cube_space: CubeSpace = field(default_factory=CubeSpace)
    """Of the methods of the papers; its kind is set to the method."""


class Trial(NamedTuple):
    """One training and what came of it."""

    attempt: Attempt
    energy: float
    """Mean squared length of the pictures that the network takes: the weight, or more if it saw cleaned ones."""
    seed: int
    coder: Coder
    """With the bits that are used; bits that never change are left out."""
    actions: ActionModel
    quality: Quality
    """On the pairs that ways to learn are compared by."""
    seconds: float
    overdue: float = 0.0
    """The share of the moves learnt from that are, see `latplan.rivals`."""


class Weighed(NamedTuple):
    """Pictures as weighed components, [pairs, components] each."""

    before: Floats
    after: Floats
    subspace: Subspace
    """Whose components they are."""
    choosing: slice
    """The pairs that ways to learn are compared by."""
    reporting: slice
    """The pairs that the quality is reported on."""
    training: slice
    """The pairs that are learnt from."""

    def times(self, factor: float) -> Weighed:
        """The same, enlarged."""
        before, after = (pictures * np.float32(factor) for pictures in (self.before, self.after))
        return self._replace(before=before, after=after, subspace=self.subspace.times(factor))

    @property
    def learnt_from(self) -> tuple[Floats, Floats]:
        """The pairs that are not held out."""
        return self.before[self.training], self.after[self.training]


def recipe_for(components: int, settings: Settings, seed: int, length: float = 1.0) -> Recipe:
    """The recipe with bits and steps that pictures of so many components take, for a training of this length."""
    bits = min(max(round(_BITS_PER_COMPONENT * components), _LEAST_BITS), _MOST_BITS)
    steps = round(settings.recipe.steps * length * max(1.0, components / _FEW_COMPONENTS))
    architecture = replace(settings.recipe.architecture, bits=bits)
    return replace(settings.recipe, seed=seed, architecture=architecture, steps=steps)


def make_trial(attempt: Attempt, seed: int, data: Weighed, settings: Settings, share: Callable[[float], None]) -> Trial:
    """Train, learn the actions, and judge both.

    `data`: of energy 1; `share` is told how much of the work, 0..1, is done.
    """
    with _one_thread():
        way = _counted if settings.method == "counted" else _end_to_end
        return way(attempt, seed, data.times(math.sqrt(attempt.weight)), settings, share)


def _counted(attempt: Attempt, seed: int, data: Weighed, settings: Settings, share: Callable[[float], None]) -> Trial:
    started = time.monotonic()
    recipe = recipe_for(data.before.shape[1], settings, seed, attempt.length)
    steps = recipe.steps
    network = train(*data.learnt_from, data.subspace, recipe, progress=lambda step, loss: share(step / steps / 2))
    trial = _with_counted_actions(network.coder(), attempt, attempt.weight, seed, data, settings, started)
    if trial.quality.restored >= _CLEAN:
        share(1.0)
        return trial
    # Once more, towards the pictures that the first one gives back, and with more weight on them.
    before, after = (trial.coder.decode(trial.coder.encode(pictures)) for pictures in (data.before, data.after))
    targets = data._replace(before=before, after=after).times(_CLEANED).learnt_from
    data = data.times(_CLEANED)
    recipe = replace(recipe, noise=recipe.noise * _CLEANED)
    network = train(
        *data.learnt_from,
        data.subspace,
        recipe,
        targets=targets,
        progress=lambda step, loss: share((1 + step / steps) / 2),
    )
    again = _with_counted_actions(network.coder(), attempt, attempt.weight * _CLEANED**2, seed, data, settings, started)
    return min(trial, again, key=lambda one: one.quality.nats)


def _with_counted_actions(
    coder: Coder, attempt: Attempt, energy: float, seed: int, data: Weighed, settings: Settings, started: float
) -> Trial:
    """The actions that pairs show, over the bits that ever change, and the quality of both."""
    coder = coder.shortened()
    before, after = coder.encode(data.before), coder.encode(data.after)
    constants = before[0].copy()
    used = np.flatnonzero((before != constants).any(0) | (after != constants).any(0))
    narrow = coder.narrowed(used, constants).shortened()
    before, after = narrow.encode(data.before), narrow.encode(data.after)
    restored = _restored(narrow, data, energy, data.choosing)

    def judged(extraction: Extraction) -> tuple[ActionModel, Quality]:
        actions = learn_actions(before[data.training], after[data.training], extraction)
        return actions, judge(actions.task, before[data.choosing], after[data.choosing], restored)

    # Preconditions explain no move that the bare effects do not.
    bare = judged(
        Extraction(least_seen=min(way.least_seen for way in settings.extractions), deepest=0, missed=math.inf)
    )
    if bare[1].explained < _HOPELESS:
        return Trial(attempt, energy, seed, narrow, *bare, time.monotonic() - started)
    actions, quality = min(map(judged, settings.extractions), key=lambda one: one[1].nats)
    share = overdue(actions.task, before[data.training], after[data.training])
    # A move that is overdue is as wrong as one that is not explained.
    quality = quality._replace(nats=quality.nats + UNEXPLAINED * share)
    return Trial(attempt, energy, seed, narrow, actions, quality, time.monotonic() - started, share)


def _end_to_end(
    attempt: Attempt, seed: int, data: Weighed, settings: Settings, share: Callable[[float], None]
) -> Trial:
    started = time.monotonic()
    assert settings.method != "counted"
    options = replace(settings.cube_space, kind=settings.method)
    recipe = recipe_for(data.before.shape[1], settings, seed, attempt.length)
    network = train_cube_space(
        *data.learnt_from, data.subspace, recipe, options, lambda step, loss: share(step / recipe.steps)
    )
    coder = network.states.coder().shortened()
    before, after = (coder.encode(pictures) for pictures in data.learnt_from)
    actions = labelled_actions(network, before, after, action_names(network, *data.learnt_from), options)
    quality = _quality(coder, actions, data, attempt.weight, data.choosing)
    return Trial(attempt, attempt.weight, seed, coder, actions, quality, time.monotonic() - started)


def reported_quality(trial: Trial, data: Weighed) -> Quality:
    """How well a trial explains pairs that it was neither learnt from nor chosen by.

    `data`: of energy 1.
    """
    larger = data.times(math.sqrt(trial.energy))
    return _quality(trial.coder, trial.actions, larger, trial.energy, data.reporting)


def _quality(coder: Coder, actions: ActionModel, data: Weighed, energy: float, held_out: slice) -> Quality:
    before, after = (coder.encode(pictures[held_out]) for pictures in (data.before, data.after))
    return judge(actions.task, before, after, _restored(coder, data, energy, held_out))


def _restored(coder: Coder, data: Weighed, energy: float, held_out: slice) -> float:
    """The share of the variance of held-out pictures that their bits give back."""
    after = data.after[held_out]
    return 1 - float(((coder.decode(coder.encode(after)) - after) ** 2).sum(1).mean()) / energy


@contextmanager
def _one_thread() -> Iterator[None]:
    """Networks this small train fastest on one thread; two of them, side by side, on two."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
