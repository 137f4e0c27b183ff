"""Which games a match consists of: pairs of players, openings in order, colours swapped within each pair of games."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Format: TypeAlias = Literal["round-robin", "gauntlet"]


@dataclass(frozen=True)
class ScheduledGame:
    """A game to play."""

    number: int
    """From 0; games 2n and 2n + 1 are a pair."""
    white: int
    """Index of the player."""
    black: int
    opening: int
    """Number of the opening; every pairing of players plays the same openings."""


def pairings(players: int, form: Format) -> list[tuple[int, int]]:
    """Who meets whom: everybody everybody, or in a gauntlet the first player each of the others; ValueError below 2."""
    if players < 2:
        raise ValueError("a match needs at least two players")
    if form == "gauntlet":
        return [(0, other) for other in range(1, players)]
    return [(one, other) for one in range(players) for other in range(one + 1, players)]


def schedule(players: int, form: Format, games: int) -> list[ScheduledGame]:
    """The games in order, `games` (rounded up to even) for each pairing; pairings take turns, pair by pair.

    A longer schedule of the same players begins with the shorter one, so a finished match can be prolonged.
    """
    met = pairings(players, form)
    planned: list[ScheduledGame] = []
    for opening in range((games + 1) // 2):
        for one, other in met:
            for white, black in ((one, other), (other, one)):
                planned.append(ScheduledGame(len(planned), white, black, opening))
    return planned


def pair_points(points: Sequence[float]) -> int:
    """The pentanomial place, 0 to 4, of a pair's two results from one player's view (0, ½ or 1 each)."""
    return round(2 * sum(points))
