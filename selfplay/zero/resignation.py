"""When to give a game up: where the search says that it is lost, as long as that was right often enough.

In a share of the games nobody may resign. They tell how often somebody who would have resigned did not lose after all,
and the threshold is moved until that is rare enough. (D. Silver and others, "Mastering the game of Go without human
knowledge", Nature 550, 2017, methods.)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ResignationConfig:
    """Whether and when games are given up."""

    enabled: bool = False
    highest: float = -0.9
    """Value, win minus loss, from which on nobody resigns, -1..0."""
    moves: int = 3
    """Own moves in a row whose values must be at or below the threshold."""
    played_on: float = 0.1
    """Share of the games that are played to their ends all the same."""
    most_false: float = 0.05
    """Share of false resignations that is put up with."""
    least: int = 20
    """Would-be resignations that must have been seen before anybody may resign."""
    kept: int = 500
    """Newest would-be resignations that count."""

    def __post_init__(self) -> None:
        if not (-1 <= self.highest <= 0 and 0 < self.played_on <= 1 and 0 <= self.most_false <= 1):
            raise ValueError(f"highest must be in -1..0, played_on and most_false in 0..1: {self}")
        if min(self.moves, self.least) < 1 or self.kept < self.least:
            raise ValueError(f"moves and least must be at least 1, kept at least as many as least: {self}")


def lowest_in_a_row(values: Sequence[float], moves: int) -> float:
    """The lowest value that so many values in a row were at or below; 1 where there are fewer."""
    rows = (max(values[first : first + moves]) for first in range(len(values) - moves + 1))
    return min(rows, default=1.0)


def gives_up(values: Sequence[float], moves: int, threshold: float | None) -> bool:
    """Whether somebody whose own moves had these values, newest last, resigns."""
    return threshold is not None and len(values) >= moves and max(values[-moves:]) <= threshold


@dataclass(frozen=True)
class WouldBe:
    """Somebody who could have resigned in a game that was played on."""

    lowest: float
    """By `lowest_in_a_row`."""
    lost: bool


class Resignation:
    """What the games that were played on say about resigning."""

    def __init__(self, config: ResignationConfig, seen: Iterable[WouldBe] = ()) -> None:
        self.config = config
        self.seen = list(seen)
        """Oldest first."""

    def add(self, would_be: WouldBe) -> None:
        """Learn from one player of a game that was played on."""
        if would_be.lowest <= self.config.highest:
            self.seen = [*self.seen, would_be][-self.config.kept :]

    def false_share(self, threshold: float) -> float:
        """Of those who would have resigned at a threshold, the share that did not lose; 0 if there are none."""
        resigned = [one for one in self.seen if one.lowest <= threshold]
        return sum(not one.lost for one in resigned) / max(len(resigned), 1)

    @property
    def threshold(self) -> float | None:
        """The highest value at which resigning is right often enough; None where nobody should resign."""
        config = self.config
        if not config.enabled or len(self.seen) < config.least:
            return None
        lowest = sorted(one.lowest for one in self.seen)
        for threshold in [config.highest, *reversed(lowest)]:
            enough = sum(value <= threshold for value in lowest) >= config.least
            if not enough:
                return None
            if self.false_share(threshold) <= config.most_false:
                return threshold
        return None
