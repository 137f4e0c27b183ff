"""Which network plays: the newest, or one that has shown in games that it is better than the one before."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from selfplay.zero.contest import ContestResult

Gate = Literal["none", "win", "best"]


@dataclass(frozen=True, kw_only=True)
class GateConfig:
    """When networks play against each other, and what follows."""

    gate: Gate = "none"
    """`none`: the newest network plays, and games only measure it. `win`: it must win `score` of the games against the
    one that plays (AlphaGo Zero). `best`: of the last few, the one that does best against the one that plays."""
    every: int = 5
    """Iterations from one contest to the next; 0 for none."""
    pairs: int = 32
    """Pairs of games, with colours swapped, of each contest."""
    score: float = 0.55
    """Points a game that `win` asks for."""
    candidates: int = 3
    """How many of the last networks `best` chooses from."""

    def __post_init__(self) -> None:
        if self.gate not in get_args(Gate):
            raise ValueError(f"gate {self.gate!r} is not one of {', '.join(get_args(Gate))}")
        if self.every < 0 or min(self.pairs, self.candidates) < 1 or not 0 <= self.score <= 1:
            raise ValueError(f"every must not be negative, pairs and candidates at least 1, score in 0..1: {self}")
        if self.gate != "none" and self.every == 0:
            raise ValueError(f"a gate {self.gate!r} needs contests: every must be at least 1")


@dataclass
class Standing:
    """Who plays, and how strong it is."""

    playing: int = 0
    """Version of the network that plays; versions count the iterations that were learnt from."""
    measured: int = 0
    """Version that the next contest is against."""
    elo: float = 0.0
    """Of the measured version; the first network's is 0."""
    error: float = 0.0
    """The standard error of `elo`, of all contests on the way."""
    recent: list[int] = field(default_factory=list)
    """Versions that `best` chooses from, oldest first."""

    def needed(self) -> set[int]:
        """Versions that must be kept."""
        return {self.playing, self.measured, *self.recent}


@dataclass(frozen=True)
class Verdict:
    """What a contest said."""

    elo: float
    """Of the candidate that did best; of one that was promoted, by games that had no part in that."""
    error: float
    """The standard error of `elo`."""
    score: float
    """Its points a game against the measured one, by which it was judged."""
    promoted: bool
    """Whether it plays from now on."""


def learnt(standing: Standing, version: int, config: GateConfig) -> None:
    """A new version is there."""
    if config.gate == "none":
        standing.playing = version
    elif config.gate == "best":
        standing.recent = [*standing.recent, version][-config.candidates :]


def contest_is_due(iteration: int, config: GateConfig) -> bool:
    """Whether networks meet after this iteration, which counts from 1."""
    return config.every > 0 and iteration % config.every == 0


def judge(
    standing: Standing, version: int, config: GateConfig, meet: Callable[[int, int, int], ContestResult]
) -> Verdict:
    """Let the newest version, or the last few, meet the measured one.

    `meet` plays the games of two versions from openings that depend on its third argument. Who is promoted for its
    points had luck more often than not, so its Elo comes from a second contest, from other openings.
    """
    against = standing.measured
    # Never back to an older one: who plays only ever gets newer snapshots.
    candidates: Sequence[int] = (
        [one for one in standing.recent if one > against] if config.gate == "best" else [version]
    )
    results = {candidate: meet(candidate, against, 0) for candidate in candidates}
    best = max(results, key=lambda candidate: (results[candidate].score, candidate))
    result = results[best]
    if config.gate == "none":
        promoted = True
    elif config.gate == "win":
        promoted = result.score >= config.score
    else:
        promoted = result.score > 0.5
    measured = meet(best, against, 1) if promoted and config.gate != "none" else result
    elo, error = standing.elo + measured.elo, math.hypot(standing.error, measured.elo_error)
    if promoted:
        standing.measured, standing.elo, standing.error = best, elo, error
        if config.gate != "none":
            standing.playing = best
    return Verdict(elo=elo, error=error, score=result.score, promoted=promoted)
