"""How good a model is at planning, by the rules of the puzzle: the tables of the papers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from latplan.domains import ImageDomain, Instance, Picture
from latplan.model import Model
from latplan.noise import Noise
from latplan.planners import Outcome, Planner, PlanResult, SearchLimits
from latplan.planning import UnknownPictureError, plan_pictures


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of one task, in pictures."""

    instance: Instance
    result: PlanResult | None
    """None where a picture was refused."""
    valid: bool
    """Every frame of the plan shows a state, each step is a move of the puzzle, and both ends are right."""
    seconds: float
    """From the two pictures to the pictures of the plan; 0 where a picture was refused, which no summary counts."""

    @property
    def solved(self) -> bool:
        """Whether the planner found a plan."""
        return self.result is not None and self.result.solved

    @property
    def optimal(self) -> bool:
        """Whether the plan is valid and no shorter one exists."""
        return self.valid and self.result is not None and self.result.cost == self.instance.steps


def evaluate(
    model: Model, puzzle: ImageDomain, planner: Planner, *, instances: int, steps: int, seed: int,
    limits: SearchLimits, noise: Noise | None = None,
) -> Iterator[Verdict]:  # fmt: skip
    """Plan for `instances` random tasks of so many steps, the same ones for a seed, and judge each.

    With noise on the start and goal pictures, these are not refused for it.
    """
    noise = noise or Noise()
    for child in np.random.SeedSequence(seed).spawn(instances):
        rng = np.random.default_rng(child)
        instance = puzzle.instance(steps, rng)
        start, goal = noise(puzzle.draw([instance.start, instance.goal], rng), rng)
        try:
            answer = plan_pictures(model, start, goal, planner, limits, check=not noise)
        except UnknownPictureError:
            yield Verdict(instance=instance, result=None, valid=False, seconds=0.0)
            continue
        valid = answer.result.solved and is_valid(puzzle, instance, answer.frames)
        yield Verdict(instance=instance, result=answer.result, valid=valid, seconds=sum(answer.seconds.values()))


def is_valid(puzzle: ImageDomain, instance: Instance, frames: Picture) -> bool:
    """Whether pictures [n, *shape] show a plan that the rules of the puzzle allow, from the start to the goal."""
    states = [puzzle.parse(frame) for frame in frames]
    if not states or states[0] != instance.start or states[-1] != instance.goal:
        return False
    return all(one is not None and other in puzzle.successors(one) for one, other in itertools.pairwise(states))


def summary(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Counts and times of verdicts, of which there is at least one."""
    results = [verdict.result for verdict in verdicts if verdict.result is not None]
    seconds = [verdict.seconds for verdict in verdicts if verdict.result is not None]
    expanded = [result.expanded for result in results if result.solved and result.expanded is not None]
    return {
        "instances": len(verdicts),
        "refused": len(verdicts) - len(results),
        "solved": sum(verdict.solved for verdict in verdicts),
        "valid": sum(verdict.valid for verdict in verdicts),
        "optimal": sum(verdict.optimal for verdict in verdicts),
        "unsolvable": sum(result.status is Outcome.UNSOLVABLE for result in results),
        "limit": sum(result.status is Outcome.LIMIT for result in results),
        "steps": float(np.mean([verdict.instance.steps for verdict in verdicts])),
        "median_seconds": round(float(np.median(seconds)), 4) if seconds else None,
        "median_expanded": float(np.median(expanded)) if expanded else None,
    }
