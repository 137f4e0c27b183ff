"""Elo from counts: known points of the curve, errors worked out by hand, and the symmetry of the two players."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfplay.matches.elo import elo_difference, estimate, expected_score

pentanomials = st.lists(st.integers(0, 500), min_size=5, max_size=5)


@pytest.mark.parametrize(("elo", "score"), [(0, 0.5), (400, 10 / 11), (-400, 1 / 11), (800, 100 / 101)])
def test_four_hundred_elo_are_odds_of_ten_to_one(elo: float, score: float) -> None:
    assert expected_score(elo) == pytest.approx(score, abs=1e-12)
    assert elo_difference(score) == pytest.approx(elo, abs=1e-9)


def test_trinomial_error_by_hand() -> None:
    # 20 losses, 40 draws, 40 wins: mean 0.6; E[x²] = 0.4 + 0.4/4 = 0.5; variance 0.5 - 0.36 = 0.14.
    result = estimate([20, 40, 40])
    assert result.observations == 100
    assert result.score == pytest.approx(0.6)
    assert result.error == pytest.approx(math.sqrt(0.14 / 100))
    assert result.elo == pytest.approx(400 * math.log10(0.6 / 0.4))
    edge = 0.6 + 1.959964 * math.sqrt(0.14 / 100)
    assert result.high == pytest.approx(400 * math.log10(edge / (1 - edge)), abs=1e-3)
    # 0.1 / 0.0374166 = 2.67261 deviates; the normal table gives 0.99624.
    assert result.los == pytest.approx(0.99624, abs=1e-5)


def test_pairs_that_split_their_points_shrink_the_error() -> None:
    """Fifty openings that White always wins: as single games 50 losses and 50 wins, as pairs no spread at all."""
    assert estimate([50, 0, 50]).error == pytest.approx(0.05)
    assert estimate([0, 0, 50, 0, 0]).error == 0.0


def test_pentanomial_of_independent_games_agrees_with_the_trinomial() -> None:
    # Each game is won, drawn or lost with 1/4, 1/2, 1/4; two independent ones make pairs 1:4:6:4:1.
    pairs, games = estimate([100, 400, 600, 400, 100]), estimate([800, 1600, 800])
    assert pairs.error == pytest.approx(games.error)


def test_nothing_is_known_without_games() -> None:
    result = estimate([0, 0, 0, 0, 0])
    assert (result.score, result.los, result.low, result.high) == (0.5, 0.5, -math.inf, math.inf)


def test_winning_everything_is_an_unbounded_difference() -> None:
    result = estimate([0, 0, 0, 0, 7])
    assert (result.elo, result.low, result.margin, result.los) == (math.inf, -math.inf, math.inf, 1.0)


@pytest.mark.parametrize("counts", [[1, 2], [1, 2, 3, 4], [1, -1, 0]])
def test_other_counts_are_refused(counts: list[int]) -> None:
    with pytest.raises(ValueError, match=r"three .* or five"):
        estimate(counts)


@given(pentanomials)
def test_swapping_the_players_negates_the_difference(counts: list[int]) -> None:
    one, other = estimate(counts), estimate(counts[::-1])
    assert one.elo == pytest.approx(-other.elo, abs=1e-6)
    assert one.los == pytest.approx(1 - other.los, abs=1e-9)
    assert one.low <= one.elo <= one.high


@given(pentanomials.filter(lambda counts: sum(map(bool, counts)) > 1))
def test_four_times_the_games_halve_the_error(counts: list[int]) -> None:
    assert estimate([4 * count for count in counts]).error == pytest.approx(estimate(counts).error / 2)
