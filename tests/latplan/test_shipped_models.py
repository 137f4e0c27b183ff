"""What the models of the package take for a picture of their puzzle, and what not."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from latplan.domains import Picture, domain
from latplan.model import Model, load_model
from latplan.planners import SearchLimits, planner
from latplan.planning import UnknownPictureError, plan_pictures
from latplan.shipped import model_file

PUZZLE = domain("8-puzzle")
GOAL = (0, 1, 2, 3, 4, 5, 6, 7, 8)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(model_file("8-puzzle"))


def steps_from(model: Model, start: Picture) -> int:
    """The length of a plan to GOAL, whose hole is in the first cell."""
    return plan_pictures(model, start, PUZZLE.render(GOAL), planner("bidirectional"), SearchLimits()).result.cost


def as_jpeg(picture: Picture) -> Picture:
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file))


def brighter(picture: Picture) -> Picture:
    return np.minimum(picture, 253) + np.uint8(2)


def test_what_a_person_does_not_see_is_no_reason_to_refuse_a_picture(model: Model) -> None:
    start = PUZZLE.render((1, 0, 2, 3, 4, 5, 6, 7, 8))
    for changed in (as_jpeg(start), brighter(start)):
        assert not np.array_equal(changed, start)
        assert steps_from(model, changed) == 1


def test_what_a_person_sees_is(model: Model) -> None:
    twice = PUZZLE.render((1, 0, 2, 3, 4, 5, 6, 7, 7))
    marked = PUZZLE.render((1, 0, 2, 3, 4, 5, 6, 7, 8))
    marked[5:8, 20:23] = 255  # in the hole, which is black
    for picture in (twice, marked, as_jpeg(marked)):
        with pytest.raises(UnknownPictureError, match="the start picture is not of this puzzle"):
            steps_from(model, picture)
