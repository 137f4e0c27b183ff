"""The sequential test that decides a match: is the first player elo1 stronger rather than elo0?

The generalised sequential probability ratio test on pentanomial counts: the log-likelihood ratio of the most likely
distributions under each hypothesis, stopped at Wald's bounds.

Sources: A. Wald, "Sequential Tests of Statistical Hypotheses" (Annals of Mathematical Statistics 16, 1945) for the
bounds; M. Van den Bergh, "A Practical Introduction to the GSPRT" (2020), Proposition 1.1, for the ratio;
M. Van den Bergh, "Comments on Normalized Elo" (2020), §4.1, for hypotheses about the normalised Elo. For the
constrained maximum: A. Owen, Empirical Likelihood (2001), §2.9.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from selfplay.matches.elo import SCALE, expected_score

Verdict: TypeAlias = Literal["H0", "H1", "open"]
#: Stands for an outcome not seen yet: with a probability of 0 no distribution could be tilted towards it, and the
#: ratio would be infinite after the first pairs. Small enough to vanish once pairs come by the hundred.
UNSEEN = 1e-3


@dataclass(frozen=True, kw_only=True)
class Sprt:
    """A test of `elo1` (H1) against `elo0` (H0) with the error rates `alpha` and `beta`."""

    elo0: float = 0.0
    """Elo difference of H0."""
    elo1: float = 5.0
    """Elo difference of H1, above `elo0`."""
    alpha: float = 0.05
    """Probability of accepting H1 where H0 holds."""
    beta: float = 0.05
    """Probability of accepting H0 where H1 holds."""
    normalized: bool = False
    """Whether the differences are normalised Elo (score over spread), independent of draws and openings."""

    def __post_init__(self) -> None:
        if not self.elo0 < self.elo1:
            raise ValueError(f"elo1 ({self.elo1:g}) must be above elo0 ({self.elo0:g})")
        if not (0 < self.alpha < 0.5 and 0 < self.beta < 0.5):
            raise ValueError("alpha and beta must lie between 0 and 0.5")

    @property
    def lower(self) -> float:
        """The log-likelihood ratio at or below which H0 is accepted."""
        return math.log(self.beta / (1.0 - self.alpha))

    @property
    def upper(self) -> float:
        """The log-likelihood ratio at or above which H1 is accepted."""
        return math.log((1.0 - self.beta) / self.alpha)

    def ratio(self, counts: Sequence[int]) -> float:
        """The log-likelihood ratio of H1 to H0 given `counts` (pairs by points, or losses, draws, wins); 0 if none."""
        total = sum(counts)
        if total == 0:
            return 0.0
        filled = [max(float(count), UNSEEN) for count in counts]
        shares = [count / sum(filled) for count in filled]
        points = [place / (len(counts) - 1) for place in range(len(counts))]
        fit = _fit_normalized if self.normalized else _fit_logistic
        null, alternative = fit(points, shares, self.elo0), fit(points, shares, self.elo1)
        # Summed over the filled counts: each pair adds the log of how much likelier H1 makes it.
        return sum(count * math.log(q1 / q0) for count, q0, q1 in zip(filled, null, alternative, strict=True))

    def verdict(self, counts: Sequence[int]) -> Verdict:
        """Which hypothesis `counts` accept, or `open` while neither."""
        ratio = self.ratio(counts)
        return "H1" if ratio >= self.upper else "H0" if ratio <= self.lower else "open"


def _fit_logistic(points: Sequence[float], shares: Sequence[float], elo: float) -> list[float]:
    """The most likely distribution given `shares` whose mean is the score expected at `elo`."""
    mean = expected_score(elo)
    return _tilt([point - mean for point in points], shares)


def _fit_normalized(points: Sequence[float], shares: Sequence[float], elo: float) -> list[float]:
    """The most likely distribution given `shares` whose (mean - ½) / spread is that of the normalised `elo`.

    The spread makes the constraint non-linear. Around a distribution with mean m and spread d, to first order
    d' = (d + E'[(x - m)²] / d) / 2, which makes it linear in the new distribution; repeated until nothing moves.
    """
    # Normalised Elo speaks of single games; a pair's mean of two games spreads √2 times less. The unit is chosen such
    # that near equality, without draws (a spread of ½), it is the logistic Elo: hence 2 · SCALE.
    per_observation = elo / (2.0 * SCALE) * (math.sqrt(2.0) if len(points) == 5 else 1.0)
    # Not from `shares`: with one outcome seen they have next to no spread, and the first step would leave the range.
    fitted = [1.0 / len(shares)] * len(shares)
    for _ in range(100):
        mean = sum(share * point for share, point in zip(fitted, points, strict=True))
        spread = math.sqrt(sum(share * (point - mean) ** 2 for share, point in zip(fitted, points, strict=True)))
        gaps = [point - 0.5 - per_observation * (spread + (point - mean) ** 2 / spread) / 2.0 for point in points]
        before, fitted = fitted, _tilt(gaps, shares)
        if max(abs(new - old) for new, old in zip(fitted, before, strict=True)) < 1e-12:
            break
    return fitted


def _tilt(gaps: Sequence[float], shares: Sequence[float]) -> list[float]:
    """The distribution q nearest to `shares` in likelihood with mean gap 0: q = share / (1 + t · gap) for one t.

    Some gap must be negative and some positive, and every share positive.
    """

    def slope(t: float) -> float:
        return sum(share * gap / (1.0 + t * gap) for share, gap in zip(shares, gaps, strict=True))

    # q stays positive for t strictly between these poles, and the slope falls from +∞ to -∞ from one to the other.
    # The factor keeps rounding from landing on a pole.
    low, high = -(1.0 - 1e-12) / max(gaps), -(1.0 - 1e-12) / min(gaps)
    t = _falling_root(slope, low, high)
    return [share / (1.0 + t * gap) for share, gap in zip(shares, gaps, strict=True)]


def _falling_root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where `function`, falling all the way from `low` to `high` (both excluded), is zero; by bisection."""
    for _ in range(200):
        middle = (low + high) / 2.0
        if middle in (low, high):
            break
        if function(middle) > 0.0:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0
