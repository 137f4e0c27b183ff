"""The sequential test against maximisation by brute force, simulated matches, and Wald's bounds."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfplay.matches.elo import expected_score
from selfplay.matches.sprt import Sprt

pentanomials = st.lists(st.integers(1, 300), min_size=5, max_size=5)


def best_likelihood(counts: list[int], spread_ratio: float | None, mean: float) -> float:
    """The largest log-likelihood of trinomial `counts` under a constraint, by scanning the one parameter left free.

    With `spread_ratio` None the mean is fixed; otherwise mean - ½ is `spread_ratio` times the spread.
    """
    best = -math.inf
    for step in range(1, 200_000):
        draws = step / 200_000
        if spread_ratio is None:
            wins = mean - draws / 2
        else:
            # Without draws' share the spread² is (1 - draws)/4 - (mean - ½)²; solve mean - ½ = r · spread for mean.
            gap = spread_ratio * math.sqrt((1 - draws) / 4 / (1 + spread_ratio**2))
            wins = 0.5 + gap - draws / 2
        losses = 1 - draws - wins
        if wins > 0 and losses > 0:
            shares = (losses, draws, wins)
            best = max(best, sum(count * math.log(share) for count, share in zip(counts, shares, strict=True)))
    return best


@pytest.mark.parametrize("counts", [[30, 50, 45], [400, 100, 380], [5, 5, 40]])
def test_logistic_ratio_is_that_of_brute_force(counts: list[int]) -> None:
    expected = best_likelihood(counts, None, expected_score(30)) - best_likelihood(counts, None, expected_score(-10))
    assert Sprt(elo0=-10, elo1=30).ratio(counts) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("counts", [[30, 50, 45], [400, 100, 380], [5, 5, 40]])
def test_normalized_ratio_is_that_of_brute_force(counts: list[int]) -> None:
    unit = 800 / math.log(10)
    expected = best_likelihood(counts, 40 / unit, 0) - best_likelihood(counts, -10 / unit, 0)
    assert Sprt(elo0=-10, elo1=40, normalized=True).ratio(counts) == pytest.approx(expected, abs=1e-4)


def test_ratio_is_close_to_the_normal_approximation() -> None:
    # For many observations: n · (s1 - s0) · (2·mean - s0 - s1) / (2·variance). Mean 0.525, variance 0.059375 here.
    counts = [200, 1800, 4300, 2400, 300]
    total = sum(counts)
    mean = sum(count * place / 4 for place, count in enumerate(counts)) / total
    variance = sum(count * (place / 4 - mean) ** 2 for place, count in enumerate(counts)) / total
    s0, s1 = expected_score(0), expected_score(5)
    assert Sprt(elo0=0, elo1=5).ratio(counts) == pytest.approx(
        total * (s1 - s0) * (2 * mean - s0 - s1) / (2 * variance), rel=0.02
    )


def test_bounds_are_walds() -> None:
    test = Sprt(alpha=0.05, beta=0.1)
    assert (test.lower, test.upper) == (pytest.approx(math.log(0.1 / 0.95)), pytest.approx(math.log(0.9 / 0.05)))


@pytest.mark.parametrize("normalized", [False, True])
def test_clear_matches_are_decided_and_empty_ones_are_open(normalized: bool) -> None:
    test = Sprt(elo0=0, elo1=20, normalized=normalized)
    assert test.verdict([0, 0, 0, 0, 0]) == "open"
    assert test.verdict([10, 40, 100, 180, 70]) == "H1"
    assert test.verdict([70, 180, 100, 40, 10]) == "H0"


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("counts", [[0, 0, 0, 0, 1], [0, 0, 3, 0, 0], [5, 0, 0, 0, 0], [0, 1, 0, 1, 0], [0, 0, 9]])
def test_outcomes_not_seen_yet_keep_the_ratio_finite(counts: list[int], normalized: bool) -> None:
    assert abs(Sprt(normalized=normalized).ratio(counts)) < 3


@given(pentanomials, st.booleans())
def test_swapping_players_and_hypotheses_negates_the_ratio(counts: list[int], normalized: bool) -> None:
    one = Sprt(elo0=-3, elo1=9, normalized=normalized).ratio(counts)
    other = Sprt(elo0=-9, elo1=3, normalized=normalized).ratio(counts[::-1])
    assert one == pytest.approx(-other, abs=1e-6)


@given(pentanomials, st.booleans())
def test_a_better_pair_speaks_more_for_the_better_hypothesis(counts: list[int], normalized: bool) -> None:
    test = Sprt(elo0=0, elo1=10, normalized=normalized)
    worse, better = list(counts), list(counts)
    worse[1] += 1
    better[3] += 1
    assert test.ratio(worse) < test.ratio(better)


def test_error_rates_hold_in_simulated_matches() -> None:
    """Of 200 matches between equal players, about 5 % may be decided for the stronger hypothesis."""
    test = Sprt(elo0=0, elo1=60, alpha=0.05, beta=0.05)
    rng = random.Random(7)
    decided = {"H0": 0, "H1": 0}
    for _ in range(200):
        counts = [0] * 5
        while (verdict := test.verdict(counts)) == "open":
            counts[rng.choices(range(5), [1, 4, 6, 4, 1])[0]] += 1
        decided[verdict] += 1
    assert decided["H1"] <= 20  # three standard deviations above 10
    assert decided["H0"] >= 180


@pytest.mark.parametrize(
    ("values", "sentence"),
    [({"elo0": 5, "elo1": 5}, "must be above"), ({"alpha": 0.0}, "between 0 and"), ({"beta": 0.5}, "between 0 and")],
)
def test_impossible_tests_are_refused(values: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Sprt(**values)
