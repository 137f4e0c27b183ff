"""From pairs of pictures to a model: several autoencoders are trained, and the one that explains most is kept.

No labels are needed to choose. A good model predicts the code after a move as one of few successors, and restores the
pictures; `Quality.nats` adds both up as the length of a description.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from latplan.action_model import ActionModel, Bits, Extraction, learn_actions
from latplan.autoencoder import StateAutoencoder
from latplan.model import Model
from latplan.pairs import Pairs
from latplan.problem import Task
from latplan.subspace import Floats, Measure, find_subspace
from latplan.training import Recipe, decode, encode, train

#: Pairs that are held out to judge by, as a share and at most.
_HELD_OUT, _MOST_HELD_OUT = 0.1, 1_000
#: Bits for each component of the pictures, and their least and most.
_BITS_PER_COMPONENT, _LEAST_BITS, _MOST_BITS = 1.5, 100, 320
#: Components beyond which training takes longer in proportion.
_FEW_COMPONENTS = 64
#: What a held-out pair costs that no action explains, and what it costs to restore nothing of a picture, in nats.
_UNEXPLAINED, _UNRESTORED = 30.0, 300.0
#: How much larger pictures are made, times, for the training on cleaned ones.
_CLEANED = np.float32(2)
#: A picture is not of the puzzle when its error is larger than that of this share of the pictures, times this.
_USUAL_SHARE, _UNUSUAL = 0.999, 2.0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a puzzle is learnt. The defaults are meant for every puzzle."""

    seed: int = 1
    energies: tuple[float, ...] = (1000.0, 150.0)
    """Weights of the pictures against their codes, all of which are tried."""
    retries: int = 1
    """More trainings, from other random beginnings, with the weight that did best."""
    recipe: Recipe = field(default_factory=Recipe)
    """The seed, the bits and the steps are set to what the puzzle takes."""
    measure: Measure = field(default_factory=Measure)
    extraction: Extraction = field(default_factory=Extraction)
    processes: int = 2


class Quality(NamedTuple):
    """How well a model explains pairs that it was not learnt from."""

    explained: float
    """Share of the pairs whose second state is a successor of the first."""
    branching: float
    """Geometric mean of the number of distinct successors; the puzzle's own for a perfect model."""
    restored: float
    """Share of the variance of the pictures, as they are weighed, that their bits give back."""
    nats: float
    """Length of a description of the second picture given the first: the less the better."""


class Trial(NamedTuple):
    """One training and what came of it."""

    weight: float
    """Of the pictures, which was asked for."""
    energy: float
    """Mean squared length of the pictures that the network takes: the weight, or more if it saw cleaned ones."""
    seed: int
    network: StateAutoencoder
    used: npt.NDArray[np.int64]
    constants: Bits
    actions: ActionModel
    quality: Quality
    seconds: float


#: Called when a training ends, with it and the number of trainings in all.
Report = Callable[[Trial, int], None]


def learn(pairs: Pairs, settings: Settings | None = None, report: Report | None = None) -> Model:
    """The model that explains the pairs best; ValueError if nothing was learnt that could be planned with."""
    settings = settings or Settings()
    started = time.monotonic()
    order = np.random.default_rng(settings.seed).permutation(len(pairs.before))
    held_out = min(int(_HELD_OUT * len(order)), _MOST_HELD_OUT)
    subspace = find_subspace(pairs, settings.measure, settings.seed)
    before, after = (subspace.project(pictures)[order] for pictures in pairs)
    every = len(settings.energies) + settings.retries
    jobs = [(energy, settings.seed) for energy in settings.energies]
    trials = _run(jobs, before, after, held_out, settings, report, every)
    best = min(trials, key=lambda trial: trial.quality.nats)
    again = [(best.weight, settings.seed + 1 + number) for number in range(settings.retries)]
    best = min([best, *_run(again, before, after, held_out, settings, report, every)], key=lambda one: one.quality.nats)
    if not best.actions.task.actions:
        raise ValueError(
            "no action was learnt: no change between the pictures of a pair was seen often enough; "
            "more pairs may help, or pictures in which less varies by itself"
        )
    model = Model(
        subspace=subspace.with_energy(best.energy),
        network=best.network,
        used=best.used,
        constants=best.constants,
        task=best.actions.task,
        farthest=math.inf,
        facts={
            "pairs": len(pairs.before),
            "energy": best.energy,
            "seed": best.seed,
            "bits": len(best.used),
            "actions": len(best.actions.task.actions),
            "effects": best.actions.effects,
            "effects seen too seldom": best.actions.dropped,
            "coverage": best.actions.coverage,
            "pairs without a change": best.actions.unchanged,
            "held out": held_out,
            **{name: float(value) for name, value in best.quality._asdict().items()},
            "seconds": time.monotonic() - started,
            "settings": asdict(settings),
        },
    )
    some = np.concatenate([pictures[order[:_MOST_HELD_OUT]] for pictures in pairs])
    return replace(model, farthest=_UNUSUAL * float(np.quantile(model.error(some), _USUAL_SHARE)))


def recipe_for(components: int, settings: Settings, seed: int) -> Recipe:
    """The recipe with bits and steps that pictures of so many components take."""
    bits = min(max(round(_BITS_PER_COMPONENT * components), _LEAST_BITS), _MOST_BITS)
    longer = max(1.0, components / _FEW_COMPONENTS)
    return replace(settings.recipe, seed=seed, bits=bits, steps=round(settings.recipe.steps * longer))


def _run(
    jobs: Sequence[tuple[float, int]], before: Floats, after: Floats, held_out: int, settings: Settings,
    report: Report | None, every: int,
) -> list[Trial]:  # fmt: skip
    """All trainings, in processes of their own if there are to be several."""
    if not jobs:
        return []
    trials = []
    if settings.processes == 1 or len(jobs) == 1:
        for energy, seed in jobs:
            trials.append(_try(energy, seed, before, after, held_out, settings))
            if report is not None:
                report(trials[-1], every)
        return trials
    with ProcessPoolExecutor(min(settings.processes, len(jobs)), get_context("spawn")) as pool:
        futures = [pool.submit(_try, energy, seed, before, after, held_out, settings) for energy, seed in jobs]
        for future in as_completed(futures):
            trials.append(future.result())
            if report is not None:
                report(trials[-1], every)
    return trials


def _try(weight: float, seed: int, before: Floats, after: Floats, held_out: int, settings: Settings) -> Trial:
    """Train, learn the actions, and judge them; the first `held_out` pairs are only judged by."""
    started = time.monotonic()
    scale = np.float32(math.sqrt(weight))
    before, after = before * scale, after * scale
    recipe = recipe_for(before.shape[1], settings, seed)
    with _one_thread():
        network = train(before[held_out:], after[held_out:], recipe)
    trial = _judged(network, weight, weight, seed, before, after, held_out, settings, time.monotonic() - started)
    # Once more, towards the pictures that the first one gives back, and with more weight on them.
    cleaned = [decode(network, encode(network, pictures)) * _CLEANED for pictures in (before, after)]
    before, after, energy = before * _CLEANED, after * _CLEANED, weight * float(_CLEANED) ** 2
    recipe = replace(recipe, noise=recipe.noise * float(_CLEANED))
    with _one_thread():
        targets = (cleaned[0][held_out:], cleaned[1][held_out:])
        network = train(before[held_out:], after[held_out:], recipe, targets=targets)
    again = _judged(network, weight, energy, seed, before, after, held_out, settings, time.monotonic() - started)
    return min(trial, again, key=lambda one: one.quality.nats)


def _judged(
    network: StateAutoencoder, weight: float, energy: float, seed: int, before: Floats, after: Floats, held_out: int,
    settings: Settings, seconds: float,
) -> Trial:  # fmt: skip
    """Learn the actions of a trained network, and judge them by the first `held_out` pairs."""
    codes = [encode(network, pictures) for pictures in (before, after)]
    constants = codes[0][0].copy()
    used = np.flatnonzero((codes[0] != constants).any(0) | (codes[1] != constants).any(0))
    first, second = (code[:, used] for code in codes)
    actions = learn_actions(first[held_out:], second[held_out:], settings.extraction)
    restored = 1 - float(((decode(network, codes[1][:held_out]) - after[:held_out]) ** 2).sum(1).mean()) / energy
    quality = judge(actions.task, first[:held_out], second[:held_out], restored)
    return Trial(weight, energy, seed, network, used, constants, actions, quality, seconds)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Networks this small train fastest on one thread; two of them, side by side, on two."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def judge(task: Task, before: Bits, after: Bits, restored: float) -> Quality:
    """How well a task explains `before` -> `after`, [pairs, bits] each."""
    generator = Successors(task)
    explained, logs, nats = 0, 0.0, 0.0
    for state, following in zip(before, after, strict=True):
        successors = generator(state)
        count = math.log(max(len(successors), 1))
        found = bool((successors == following).all(1).any())
        explained += found
        logs += count
        nats += count if found else _UNEXPLAINED
    pairs = max(len(before), 1)
    return Quality(
        explained / pairs, math.exp(logs / pairs), restored, nats / pairs + _UNRESTORED * (1 - max(restored, 0.0))
    )


class Successors:
    """The distinct successors of states as bit vectors."""

    def __init__(self, task: Task) -> None:
        shape = (len(task.actions), task.bits)
        self._wanted, self._unwanted, self._add, self._delete = (np.zeros(shape, bool) for _ in range(4))
        for number, action in enumerate(task.actions):
            self._wanted[number, list(action.positive)] = True
            self._unwanted[number, list(action.negative)] = True
            self._add[number, list(action.add)] = True
            self._delete[number, list(action.delete)] = True

    def __call__(self, state: Bits) -> Bits:
        """[successors, bits] of one state [bits]."""
        ready = ~((self._wanted & ~state) | (self._unwanted & state)).any(1)
        after: Bits = np.unique((state & ~self._delete[ready]) | self._add[ready], axis=0)
        return after
