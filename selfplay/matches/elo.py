"""Elo differences from match results, with their error, from single games or from pairs of games.

A *pair* is one opening played twice with colours swapped. Its two games are not independent (a lopsided opening gives
each player one win), so the pair, not the game, is the observation: five outcomes, 0, ½, 1, 1½ and 2 points, counted
in a *pentanomial*. Counting single games (*trinomial*: losses, draws, wins) overstates the error of paired matches.

Sources: A. Elo, The Rating of Chessplayers, Past and Present (1978), §1.4 with the logistic curve in place of the
normal one; M. Van den Bergh, "Comments on Normalized Elo" (2020).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: Points per Elo of the logistic curve: 400 Elo are odds of ten to one.
SCALE = 400.0 / math.log(10.0)
#: The standard normal deviate that 2.5 % exceed, so that ± this many standard errors hold 95 %.
DEVIATE = 1.959963984540054


def expected_score(elo: float) -> float:
    """The points per game, 0 to 1, expected of a player `elo` stronger than its opponent."""
    return 1.0 / (1.0 + math.exp(-elo / SCALE))


def elo_difference(score: float) -> float:
    """The Elo difference at which `score` points per game, 0 to 1, are expected; infinite at 0 and at 1."""
    if score <= 0.0:
        return -math.inf
    if score >= 1.0:
        return math.inf
    return SCALE * math.log(score / (1.0 - score))


def normal_probability(deviate: float) -> float:
    """The probability that a standard normal variable is below `deviate`."""
    return 0.5 * math.erfc(-deviate / math.sqrt(2.0))


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a match says about the strength of its first player against the second."""

    observations: int
    """Independent results: pairs for a pentanomial, games for a trinomial."""
    score: float
    """Points per game, 0 to 1; 0.5 where there is no result yet."""
    error: float
    """The standard error of `score`."""
    elo: float
    """The difference in logistic Elo; infinite when every point went one way."""
    low: float
    """The lower end of its 95 % interval."""
    high: float
    """The upper end of its 95 % interval."""
    los: float
    """Likelihood of superiority: the probability, 0 to 1, that the first player is the stronger one."""

    @property
    def margin(self) -> float:
        """Half the width of the 95 % interval in Elo, as in `+12.3 ± 4.5`; infinite where the interval is."""
        return (self.high - self.low) / 2.0 if math.isfinite(self.high) and math.isfinite(self.low) else math.inf


def estimate(counts: Sequence[int]) -> Estimate:
    """The estimate from `counts`, how often each result came, results evenly spaced from all points lost to all won.

    Three counts (losses, draws, wins) are a trinomial, five a pentanomial. ValueError for another number of counts or
    for negative ones.
    """
    if len(counts) not in (3, 5) or min(counts) < 0:
        raise ValueError("counts must be three (losses, draws, wins) or five (pairs by points), none negative")
    total = sum(counts)
    if total == 0:
        return Estimate(observations=0, score=0.5, error=math.inf, elo=0.0, low=-math.inf, high=math.inf, los=0.5)
    top = len(counts) - 1
    score = sum(count * place / top for place, count in enumerate(counts)) / total
    variance = sum(count * (place / top - score) ** 2 for place, count in enumerate(counts)) / total
    error = math.sqrt(variance / total)
    if error > 0.0:
        low, high = elo_difference(score - DEVIATE * error), elo_difference(score + DEVIATE * error)
        los = normal_probability((score - 0.5) / error)
    else:
        # All results alike: the sample has no spread to judge an error by, so the interval stays open.
        low, high = -math.inf, math.inf
        los = 0.5 if score == 0.5 else float(score > 0.5)
    return Estimate(
        observations=total, score=score, error=error, elo=elo_difference(score), low=low, high=high, los=los
    )
