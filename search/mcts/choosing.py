"""Which move to play once a search is over: the most visited, or one drawn by visits, more boldly early in a game."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, kw_only=True)
class Temperature:
    """How the move is drawn from the visits, over the course of a game; without a change it is the most visited one.

    The chance of a move is its visits to the power of 1 / temperature (Silver and others, 2018; the schedule is Lc0's).
    """

    start: float = 0.0
    """At the beginning of a game; 0 plays the most visited move."""
    hold: int = 0
    """Plies of the game over which it stays as it is."""
    fall: int = 0
    """Plies over which it then falls to `end`, evenly; 0 never."""
    cutoff: int = 0
    """Ply of the game from which on it is `end`; 0 for none."""
    end: float = 0.0
    """What it falls to."""
    value_cutoff: float = 2.0
    """A move is not drawn if its value, in -1..1, is further below that of the most visited one."""
    visit_offset: float = 0.0
    """Added to the visits of every move that was visited, before the power; below 0, moves with few visits fall out."""

    def __post_init__(self) -> None:
        if min(self.start, self.end) < 0 or min(self.hold, self.fall, self.cutoff) < 0 or self.value_cutoff < 0:
            raise ValueError(f"only visit_offset may be negative in {self}")

    def at(self, ply: int) -> float:
        """The temperature at a ply of the game, from 0."""
        if self.cutoff and ply >= self.cutoff:
            return self.end
        if not self.fall or ply <= self.hold:
            return self.start
        fallen = min((ply - self.hold) / self.fall, 1.0)
        return self.start + (self.end - self.start) * fallen

    def draw(
        self,
        visits: npt.NDArray[np.float64],
        values: npt.NDArray[np.float64],
        ply: int,
        rng: np.random.Generator,
    ) -> int:
        """The index of the move to play; `visits` and `values` [n], the best first. `rng` is used only if need be."""
        temperature = self.at(ply)
        if temperature == 0 or len(visits) < 2:
            return 0
        weights = np.where(visits > 0, np.maximum(visits + self.visit_offset, 0.0), 0.0)
        weights[1:][~(values[1:] >= values[0] - self.value_cutoff)] = 0.0
        if weights.max() <= 0:
            return 0
        chances = (weights / weights.max()) ** (1 / temperature)
        return int(rng.choice(len(visits), p=chances / chances.sum()))
