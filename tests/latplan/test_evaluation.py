"""Plans are judged by the puzzle's rules, and noise is what it says it is."""

from __future__ import annotations

import numpy as np
import pytest

from latplan.domains import Instance, domain
from latplan.evaluation import Verdict, is_valid, summary
from latplan.noise import Noise
from latplan.planners import Outcome, PlanResult

HANOI = domain("hanoi")
#: Discs on pegs, the smallest first: the three moves that bring two discs from the first peg to the third.
WAY = [(0, 0, 0, 0), (1, 0, 0, 0), (1, 2, 0, 0), (2, 2, 0, 0)]
TASK = Instance(WAY[0], WAY[-1], 3)


def test_a_plan_by_the_rules_is_valid() -> None:
    assert is_valid(HANOI, TASK, HANOI.draw(WAY))


@pytest.mark.parametrize(
    "states",
    [
        WAY[:-1],  # not there
        WAY[1:],  # from elsewhere
        [WAY[0], *WAY[2:]],  # two moves at once
        [WAY[0], WAY[0], *WAY[1:]],  # a move that is none
        [WAY[0], (0, 1, 0, 0), *WAY[2:]],  # a larger disc from below a smaller one
    ],
)
def test_a_plan_against_the_rules_is_not(states: list[tuple[int, ...]]) -> None:
    assert not is_valid(HANOI, TASK, HANOI.draw(states))


def test_a_frame_that_shows_no_state_is_not_valid() -> None:
    frames = HANOI.draw(WAY)
    frames[1] = frames[1] // 2 + frames[2] // 2
    assert not is_valid(HANOI, TASK, frames)
    assert not is_valid(HANOI, TASK, frames[:0])


def test_verdicts_are_counted() -> None:
    def verdict(status: Outcome | None, steps: int, *, valid: bool) -> Verdict:
        result = None
        if status is not None:
            result = PlanResult(status=status, plan=tuple(range(steps)), expanded=10, seconds=0.1)
        return Verdict(instance=TASK, result=result, valid=valid, seconds=0.2 if result else 0.0)

    refused = verdict(None, 0, valid=False)

    counts = summary(
        [
            verdict(Outcome.SOLVED_OPTIMALLY, 3, valid=True),
            verdict(Outcome.SOLVED, 5, valid=True),
            verdict(Outcome.SOLVED_OPTIMALLY, 3, valid=False),
            verdict(Outcome.UNSOLVABLE, 0, valid=False),
            verdict(Outcome.LIMIT, 0, valid=False),
            *[refused] * 7,
        ]
    )
    expected = {"instances": 12, "refused": 7, "solved": 3, "valid": 2, "optimal": 1, "unsolvable": 1, "limit": 1}
    assert expected.items() <= counts.items()
    assert counts["median_seconds"] == 0.2  # of those that were not refused
    assert summary([refused])["median_seconds"] is None
    assert counts["median_expanded"] == 10


def test_noise_has_the_strength_that_was_asked_for() -> None:
    rng = np.random.default_rng(1)
    grey = np.full((20, 50, 50), 128, np.uint8)
    gaussian = Noise(gaussian=0.1)(grey, rng)
    assert gaussian.dtype == np.uint8
    assert gaussian.std() / 255 == pytest.approx(0.1, rel=0.02)
    salty = Noise(salt_and_pepper=0.06)(grey, rng)
    assert (salty == 0).mean() == pytest.approx(0.03, rel=0.1)
    assert (salty == 255).mean() == pytest.approx(0.03, rel=0.1)
    assert Noise()(grey, rng) is grey
    assert not Noise()
    with pytest.raises(ValueError, match="a share of pixels is in"):
        Noise(salt_and_pepper=6)
