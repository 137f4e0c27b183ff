"""From two pictures to a plan in pictures."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from latplan.model import Model
from latplan.picture import Picture
from latplan.planners.planner import Planner, PlanResult, SearchLimits
from latplan.problem import Problem

#: Errors up to this are nothing that a person sees, such as JPEG of quality 90 makes; clean drawings have less by far,
#: a board with a tile that is there twice has more (8-puzzle: 0.012 and 0.027).
_UNSEEN = 0.02


class UnknownPictureError(ValueError):
    """A picture is not of the puzzle that the model learnt."""


class WrongSizeError(UnknownPictureError):
    """A picture has not the size of those that the model learnt from."""


@dataclass(frozen=True)
class Answer:
    """A plan, if there is one, and how it looks."""

    problem: Problem
    result: PlanResult
    frames: Picture
    """Pictures of the states, uint8 [actions + 1, *shape], from the start to the goal; empty without a plan."""
    seconds: dict[str, float]
    """Of the phases `encode`, `plan` and `draw`."""


def plan_pictures(
    model: Model, start: Picture, goal: Picture, planner: Planner, limits: SearchLimits, *, check: bool = True
) -> Answer:
    """A plan from the puzzle as one picture shows it to that of another.

    UnknownPictureError for a picture that is not of this puzzle; without `check`, only WrongSizeError.
    """
    began = time.monotonic()
    for name, picture in (("start", start), ("goal", goal)):
        _check(model, name, picture, check)
    problem = model.problem(start, goal)
    encoded = time.monotonic()
    result = planner.solve(problem, limits)
    if result.solved and not problem.solved_by(result.plan):
        raise RuntimeError(f"the planner {planner.name} gave a plan that does not reach the goal")
    planned = time.monotonic()
    frames = model.frames(problem.trace(result.plan) if result.solved else [])
    seconds = {"encode": encoded - began, "plan": planned - encoded, "draw": time.monotonic() - planned}
    return Answer(problem, result, frames, seconds)


def _check(model: Model, name: str, picture: Picture, closely: bool) -> None:
    shape = model.subspace.shape
    if picture.shape != shape:
        raise WrongSizeError(
            f"the {name} picture is {_size(picture.shape)}, and those of this puzzle are {_size(shape)}"
        )
    if not closely:
        return
    error, most = float(model.error(picture[None])[0]), max(model.farthest, _UNSEEN)
    if error > most:
        raise UnknownPictureError(
            f"the {name} picture is not of this puzzle: its reconstruction is off by {error:.3f}, and those of its own "
            f"pictures by at most about {most:.3f}"
        )


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}x{shape[0]} pixels in {'colours' if len(shape) == 3 else 'grey'}"


def as_learnt(model: Model, picture: Picture) -> Picture:
    """The picture in colours or in grey, as the model knows pictures."""
    if picture.ndim == 2 and len(model.subspace.shape) == 3:
        return np.repeat(picture[..., None], 3, -1)
    if picture.ndim == 3 and len(model.subspace.shape) == 2:
        # ITU-R 601-2 luma, as Pillow's conversion to "L".
        grey: Picture = (picture @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)
        return grey
    return picture
