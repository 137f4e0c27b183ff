"""The clock: budgets obey their laws, and games played by them are never lost on time."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.clock import LEAST, allot

seconds = st.floats(0.0, 1e6, allow_nan=False)


@given(seconds, st.floats(0.0, 1e4), st.none() | st.integers(1, 500), st.floats(0.0, 5.0))
def test_soft_is_within_hard_and_hard_within_the_clock(
    remaining: float, increment: float, moves_to_go: int | None, overhead: float
) -> None:
    budget = allot(remaining, increment, moves_to_go, overhead=overhead)
    assert 0 < budget.soft <= budget.hard
    assert budget.hard <= max(remaining - overhead, LEAST)


@given(st.floats(0.5, 1e4), st.none() | st.integers(1, 100))
def test_more_time_never_means_thinking_less(remaining: float, moves_to_go: int | None) -> None:
    less, more = (allot(clock, 0.1, moves_to_go, overhead=0.02) for clock in (remaining, remaining * 1.5))
    assert more.soft >= less.soft
    assert more.hard >= less.hard


@given(st.floats(0.1, 1e3), st.floats(0.0, 10.0))
def test_an_increment_is_used(remaining: float, increment: float) -> None:
    assert allot(remaining, increment).soft >= allot(remaining).soft


@pytest.mark.parametrize("remaining", [-5.0, 0.0, 0.001, 0.01])
def test_a_clock_that_has_run_out_still_gets_a_move(remaining: float) -> None:
    budget = allot(remaining, overhead=0.02)
    assert budget.soft == budget.hard == LEAST


def test_the_last_move_before_the_clock_is_filled_up_may_take_nearly_all() -> None:
    assert allot(10.0, moves_to_go=1).hard > 9.0
    assert allot(10.0, moves_to_go=2).hard < 6.0


def simulated(
    clock: float, increment: float, moves_to_go: int | None, overhead: float, seed: int, moves: int = 300
) -> float:
    """The least that is left on the clock in a game of so many moves.

    One move in six takes the hard limit, and the programs between take up to `overhead` for each."""
    generator = random.Random(seed)
    left, least = clock, clock
    for number in range(moves):
        to_go = None if moves_to_go is None else moves_to_go - number % moves_to_go
        if to_go == moves_to_go and number and moves_to_go is not None:
            left += clock
        budget = allot(left, increment, to_go, overhead=overhead)
        spent = budget.hard if generator.random() < 1 / 6 else generator.uniform(0.3, 1.4) * budget.soft
        left -= min(spent, budget.hard) + generator.uniform(0.0, overhead)
        least = min(least, left)
        left += increment
    return least


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("clock", "increment", "moves_to_go"),
    [(1.0, 0.01, None), (5.0, 0.05, None), (60.0, 0.0, 40), (300.0, 3.0, None), (1.0, 0.0, 5), (7200.0, 0.0, 40)],
)
def test_no_game_is_lost_on_time(clock: float, increment: float, moves_to_go: int | None, seed: int) -> None:
    assert simulated(clock, increment, moves_to_go, 0.005, seed) > 0


@pytest.mark.parametrize("seed", range(5))
def test_a_busy_moment_late_in_a_game_of_a_second_is_survived(seed: int) -> None:
    """A move takes some milliseconds whatever is planned, as much as comes in, and once the machine stalls."""
    generator = random.Random(seed)
    left = 1.0
    for move in range(160):
        budget = allot(left, 0.01, overhead=0.02)
        left -= max(generator.uniform(0.3, 1.4) * budget.soft, 0.001) + generator.uniform(0.004, 0.014)
        left -= 0.085 if move == 150 else 0.0
        assert left > 0
        left += 0.01


def test_a_long_game_without_increment_leaves_time_for_every_move() -> None:
    assert simulated(60.0, 0.0, None, 0.0, 1, moves=120) > 0
