"""What a match has shown so far: points, Elo with error, the sequential test, and how each player behaved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from selfplay.matches.elo import Estimate, estimate
from selfplay.matches.record import GameRecord, SideRecord
from selfplay.matches.schedule import ScheduledGame, pair_points
from selfplay.matches.sprt import Sprt


@dataclass(kw_only=True)
class Standing:
    """One player over all its games."""

    name: str
    games: int = 0
    wins: int = 0
    draws: int = 0
    losses: int = 0
    failures: dict[str, int] = field(
        default_factory=lambda: {"time": 0, "illegal move": 0, "crash": 0, "silence": 0, "start": 0}
    )
    """Games lost by its own failure, by the reason."""
    overrun: float = 0.0
    """The largest overstepping of its time, in seconds, of games lost by it."""
    moves: int = 0
    seconds: float = 0.0
    nodes: int = 0
    nodes_seconds: float = 0.0
    depth: int = 0
    depth_moves: int = 0

    @property
    def points(self) -> float:
        """Wins and half the draws."""
        return self.wins + self.draws / 2

    def add(self, side: SideRecord, record: GameRecord) -> None:
        """Count a game that it played as `side`."""
        points = record.points(self.name)
        self.games += 1
        self.wins += points == 1.0
        self.draws += points == 0.5
        self.losses += points == 0.0
        if record.loser == self.name and record.reason in self.failures:
            self.failures[record.reason] += 1
            self.overrun = max(self.overrun, record.overrun)
        self.moves += side.moves
        self.seconds += side.seconds
        self.nodes += side.nodes
        self.nodes_seconds += side.nodes_seconds
        self.depth += side.depth
        self.depth_moves += side.depth_moves

    def json(self) -> dict[str, Any]:
        """The documented keys (docs/matches.md)."""
        return {
            "name": self.name,
            "games": self.games,
            "wins": self.wins,
            "draws": self.draws,
            "losses": self.losses,
            "points": self.points,
            "time_losses": self.failures["time"],
            "illegal_moves": self.failures["illegal move"],
            "crashes": self.failures["crash"],
            "silences": self.failures["silence"],
            "failed_starts": self.failures["start"],
            "max_overrun_seconds": round(self.overrun, 4),
            "moves": self.moves,
            "mean_depth": round(self.depth / self.depth_moves, 2) if self.depth_moves else None,
            "nps": round(self.nodes / self.nodes_seconds) if self.nodes_seconds > 0 else None,
            "mean_move_seconds": round(self.seconds / self.moves, 4) if self.moves else None,
        }


@dataclass(frozen=True, kw_only=True)
class Duel:
    """Two players' games against each other, the first one's view."""

    first: str
    second: str
    trinomial: tuple[int, int, int]
    """Losses, draws, wins."""
    pentanomial: tuple[int, int, int, int, int]
    """Finished pairs of games by points: 0, ½, 1, 1½, 2."""
    sprt: Sprt | None = None

    @property
    def estimate(self) -> Estimate:
        """Elo from the pairs; from the games while there is no pair."""
        return estimate(self.pentanomial if sum(self.pentanomial) else self.trinomial)

    @property
    def score(self) -> float:
        """Points per game of the first, over all games, 0 to 1; 0.5 without games."""
        losses, draws, wins = self.trinomial
        total = losses + draws + wins
        return (wins + draws / 2) / total if total else 0.5

    def json(self) -> dict[str, Any]:
        """The documented keys (docs/matches.md); infinities are null, for JSON has none."""
        guess = self.estimate
        losses, draws, wins = self.trinomial
        values: dict[str, Any] = {
            "first": self.first,
            "second": self.second,
            "games": losses + draws + wins,
            "wins": wins,
            "draws": draws,
            "losses": losses,
            "score": round(self.score, 5),
            "pentanomial": list(self.pentanomial),
            "elo": _finite(guess.elo),
            "elo_low": _finite(guess.low),
            "elo_high": _finite(guess.high),
            "elo_margin": _finite(guess.margin),
            "los": round(guess.los, 5),
        }
        if self.sprt is not None:
            values["sprt"] = {
                "elo0": self.sprt.elo0,
                "elo1": self.sprt.elo1,
                "normalized": self.sprt.normalized,
                "llr": round(self.sprt.ratio(self.pentanomial), 4),
                "lower": round(self.sprt.lower, 4),
                "upper": round(self.sprt.upper, 4),
                "verdict": self.sprt.verdict(self.pentanomial),
            }
        return values


def standings(names: Sequence[str], records: Iterable[GameRecord]) -> list[Standing]:
    """Every player's standing, most points per game first, in the order of `names` among equals."""
    table = {name: Standing(name=name) for name in names}
    for record in records:
        for side in (record.white, record.black):
            table[side.name].add(side, record)
    return sorted(table.values(), key=lambda standing: -standing.points / max(1, standing.games))


def duels(
    names: Sequence[str], planned: Sequence[ScheduledGame], records: Iterable[GameRecord], sprt: Sprt | None = None
) -> list[Duel]:
    """The results of each two players who meet in `planned`, in the order they first meet."""
    by_number = {record.game: record for record in records}
    counts: dict[tuple[str, str], tuple[list[int], list[int]]] = {}
    for one, other in zip(planned[::2], planned[1::2], strict=True):
        met = (names[one.white], names[one.black])
        trinomial, pentanomial = counts.setdefault(met, ([0] * 3, [0] * 5))
        points = [by_number[game.number].points(met[0]) for game in (one, other) if game.number in by_number]
        for point in points:
            trinomial[round(2 * point)] += 1
        if len(points) == 2:
            pentanomial[pair_points(points)] += 1
    return [
        Duel(
            first=first,
            second=second,
            trinomial=(trinomial[0], trinomial[1], trinomial[2]),
            pentanomial=(pentanomial[0], pentanomial[1], pentanomial[2], pentanomial[3], pentanomial[4]),
            sprt=sprt,
        )
        for (first, second), (trinomial, pentanomial) in counts.items()
    ]


def _finite(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None
