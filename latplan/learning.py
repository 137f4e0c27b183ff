"""From pairs of pictures to a model: several autoencoders are trained, and the one that explains most is kept.

No labels are needed to choose. A good model predicts the code after a move as one of few successors, and restores the
pictures; `Quality.nats` adds both up as the length of a description.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, replace
from multiprocessing import active_children, get_context
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from latplan.measure import find_subspace
from latplan.model import Model
from latplan.pairs import Pairs, changing
from latplan.quality import Quality
from latplan.trial import Attempt, Settings, Trial, Weighed, make_trial, reported_quality
from search.worker_pool import Shared, worker_pool

#: Pairs that are held out, as a share and at most; half of them to report on, at most so many, the others to choose by.
_HELD_OUT, _MOST_HELD_OUT, _MOST_REPORTED = 0.1, 5_000, 1_000
#: Pictures by which it is judged how far one may be from what its bits give back.
_USUAL = 2_000
#: A picture is unlike those of the puzzle when its error is larger than that of this share of them, times this.
_USUAL_SHARE, _UNUSUAL = 0.999, 2.0
#: Attempts that are made before it is asked whether more are needed: the same however many processes there are.
_SIDE_BY_SIDE = 2
#: With so much of the held-out moves explained, and of the pictures restored, more attempts gain nothing.
_ALMOST, _RESTORED = 0.9985, 0.99
#: Where less is restored, two states may have one code unless so much is explained.
_EXPLAINED = 0.9995
#: So many moves may be overdue, as a share of all, or states that differ look alike to the actions.
MOST_OVERDUE = 0.0005
#: Seconds between looks at what the trainings have done.
_GLANCE = 0.25


class Watcher(Protocol):
    """Who is told how learning goes on."""

    def progress(self, done: float) -> None:
        """The share of all the work that is done, 0..1."""

    def tried(self, trial: Trial) -> None:
        """A training has ended."""


class _Nobody:
    """Watches nothing."""

    def progress(self, done: float) -> None: ...

    def tried(self, trial: Trial) -> None: ...


def learn(pairs: Pairs, settings: Settings | None = None, watcher: Watcher | None = None) -> Model:
    """The model that explains the pairs best; ValueError if nothing was learnt that could be planned with."""
    settings = settings or Settings()
    started = time.monotonic()
    parts = split(pairs, settings.seed)
    subspace = find_subspace(pairs, settings.measure, settings.seed, parts.training)
    order = np.concatenate(parts)
    before, after = (subspace.project(pictures)[order] for pictures in pairs)
    chosen_by, held_out = len(parts.choosing), len(parts.choosing) + len(parts.reporting)
    slices = slice(0, chosen_by), slice(chosen_by, held_out), slice(held_out, None)
    data = Weighed(before, after, subspace, *slices)
    watcher = watcher or _Nobody()
    jobs = [(attempt, settings.seed) for attempt in settings.attempts]
    trials: list[Trial] = []
    for first in range(0, len(jobs), _SIDE_BY_SIDE):
        every = len(jobs) + settings.retries
        trials += _run(jobs[first : first + _SIDE_BY_SIDE], data, settings, watcher, (first, every))
        if any(_enough(trial.quality) for trial in trials):
            break
    explaining = [one for one in trials if _enough(one.quality) or one.quality.explained >= _EXPLAINED]
    if not any(trial.overdue <= MOST_OVERDUE for trial in explaining):
        best = min(explaining or trials, key=lambda trial: trial.quality.nats)
        jobs = [(best.attempt, settings.seed + 1 + number) for number in range(settings.retries)]
        trials += _run(jobs, data, settings, watcher, (len(trials), len(trials) + settings.retries))
    watcher.progress(1.0)
    best = min(trials, key=lambda trial: trial.quality.nats)
    if not best.actions.task.actions:
        raise ValueError(
            "no action was learnt: no change between the pictures of a pair was seen often enough; "
            "more pairs may help, or pictures in which less varies by itself"
        )
    model = Model(
        subspace=subspace.times(math.sqrt(best.energy)),
        coder=best.coder,
        task=best.actions.task,
        farthest=math.inf,
        facts={
            "pairs": len(order),
            "pairs of equal pictures": 1 - len(order) / len(pairs.before),
            "weight": best.attempt.weight,
            "length": best.attempt.length,
            "energy": best.energy,
            "seed": best.seed,
            "bits": best.actions.task.bits,
            "actions": len(best.actions.task.actions),
            "effects": best.actions.effects,
            "effects seen too seldom": best.actions.dropped,
            "coverage": best.actions.coverage,
            "pairs without a change": best.actions.unchanged,
            "overdue": best.overdue,
            "chosen by": len(parts.choosing),
            "held out": len(parts.reporting),
            **{name: float(value) for name, value in reported_quality(best, data)._asdict().items()},
            "seconds": time.monotonic() - started,
            "settings": asdict(settings),
        },
    )
    errors = [model.error(pictures[order[:_USUAL]]) for pictures in pairs]
    return replace(model, farthest=_UNUSUAL * float(np.quantile(np.concatenate(errors), _USUAL_SHARE)))


def _enough(quality: Quality) -> bool:
    """Whether no other attempt is needed."""
    return quality.explained >= _ALMOST and quality.restored >= _RESTORED


class Split(NamedTuple):
    """Numbers of the pairs that show a move, in three parts."""

    choosing: npt.NDArray[np.int64]
    """Ways to learn are compared by these."""
    reporting: npt.NDArray[np.int64]
    """What is said of the model is measured on these."""
    training: npt.NDArray[np.int64]


def split(pairs: Pairs, seed: int) -> Split:
    """The pairs in a random order, without those whose pictures are equal: they show no move; ValueError if all are."""
    moves = np.flatnonzero(changing(pairs))
    if not len(moves):
        raise ValueError("no picture differs from its partner, so there is no action to learn")
    order = moves[np.random.default_rng(seed).permutation(len(moves))]
    held_out = min(int(_HELD_OUT * len(order)), _MOST_HELD_OUT)
    reported = min(held_out // 2, _MOST_REPORTED)
    return Split(*np.split(order, [held_out - reported, held_out]))


#: In a process that trains: what all jobs have in common, and where each says how much of it is done.
_common: Any = None


def _begin(given: Shared[tuple[Weighed, Settings]], shares: Any) -> None:
    global _common
    _common = *given.copy(), shares


def _run(
    jobs: Sequence[tuple[Attempt, int]], data: Weighed, settings: Settings, watcher: Watcher, counted: tuple[int, int]
) -> list[Trial]:
    """Trainings of these attempts with these seeds, side by side if `settings` say so.

    `counted`: how many trainings were done before, and how many there are in all.
    """
    shares = get_context("spawn").Array("d", max(len(jobs), 1))
    before, every = counted
    trials: list[Trial] = []

    def told(*_: object) -> None:
        watcher.progress((before + sum(shares[:])) / every)

    if settings.processes == 1 or len(jobs) <= 1:
        for number, (attempt, seed) in enumerate(jobs):

            def share(done: float, number: int = number) -> None:
                shares[number] = done
                told()

            trials.append(make_trial(attempt, seed, data, settings, share))
            watcher.tried(trials[-1])
        return trials
    others = set(active_children())
    with worker_pool(min(settings.processes, len(jobs)), _begin, Shared((data, settings)), shares) as pool:
        try:
            pending = {pool.submit(_attempt_elsewhere, number, *job) for number, job in enumerate(jobs)}
            while pending:
                done, pending = wait(pending, timeout=_GLANCE, return_when=FIRST_COMPLETED)
                told()
                for future in done:
                    trials.append(future.result())
                    watcher.tried(trials[-1])
        except BrokenProcessPool:
            raise MemoryError(
                "a training was ended from outside, most often for want of memory; "
                "fewer of them side by side, or fewer pairs, take less"
            ) from None
        except BaseException:
            for process in set(active_children()) - others:
                process.terminate()
            raise
    return trials


def _attempt_elsewhere(number: int, attempt: Attempt, seed: int) -> Trial:
    """`make_trial` in a process of its own."""
    data, settings, shares = _common

    def share(done: float) -> None:
        shares[number] = done

    return make_trial(attempt, seed, data, settings, share)
