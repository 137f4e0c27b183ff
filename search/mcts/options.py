"""How Monte Carlo tree search weighs what it knows against what it has not tried."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

Selection = Literal["puct", "uct", "gumbel"]
FirstPlay = Literal["reduction", "absolute"]

_SELECTIONS: tuple[Selection, ...] = ("puct", "uct", "gumbel")
_FIRST_PLAYS: tuple[FirstPlay, ...] = ("reduction", "absolute")
PUCT, UCT, GUMBEL = range(3)
REDUCTION, ABSOLUTE = range(2)


@dataclass(frozen=True, kw_only=True)
class Options:
    """Numbers of the search. Values are in -1 (a loss) to 1 (a win)."""

    selection: Selection = "puct"
    """PUCT as in AlphaZero; UCT (Kocsis, Szepesvári, 2006), which needs no policy; Gumbel AlphaZero (Danihelka and
    others, "Policy improvement by planning with Gumbel", ICLR 2022)."""
    c_init: float = 1.25
    """PUCT: exploration at a state that was hardly visited."""
    c_base: float = 19_652.0
    """PUCT: visits over which exploration grows."""
    c_factor: float = 1.0
    """PUCT: how much it grows, times the logarithm of (visits + base + 1) / base."""
    c_uct: float = 1.0
    """UCT: exploration."""
    first_play: FirstPlay = "reduction"
    """What an untried move is worth: less than its state by a reduction, times the root of the policy that was tried;
    or always the same."""
    first_play_value: float = 0.3
    """The reduction, or the value."""
    root_first_play: FirstPlay = "reduction"
    """The same at the root."""
    root_first_play_value: float = 0.1
    policy_temperature: float = 1.0
    """Divides the logits of the policy before the softmax; above 1 it is flatter."""
    root_policy_temperature: float = 1.0
    """The same at the root, in its place."""
    noise_share: float = 0.0
    """Share of the root's policy that is Dirichlet noise, drawn once a search; 0 for none. To learn, not to play."""
    noise_alpha: float = 0.3
    """Concentration of that noise: the lower, the fewer moves get it."""
    forced_playouts: float = 0.0
    """PUCT, to learn: a move of the root that was tried gets at least the root of (this times its share of the policy
    times all visits); 2 in KataGo, 0 for none. What is learnt leaves out what was only forced (Wu, "Accelerating
    self-play learning in Go", 2019, section 3.2)."""
    moves_left_effect: float = 0.0
    """PUCT, only where the evaluator knows how long games last: how much a move can gain in value at most for
    shortening a won game or prolonging a lost one, as in Lc0 (about 0.03 there); 0 leaves it out."""
    moves_left_slope: float = 0.003
    """How much for each ply."""
    moves_left_threshold: float = 0.8
    """Only moves whose value is further from 0 than this, 0..1, and in proportion to how much further."""
    virtual_loss: float = 1.0
    """How far a visit that is under way counts as a loss, 0..1, so that a batch looks at different lines."""
    draw_score: float = 0.0
    """What a draw is worth to the player at the root; to the other, the opposite."""
    solver: bool = True
    """Propagate proven wins, draws and losses, and leave proven losses alone."""
    considered: int = 16
    """Gumbel: moves that are considered at the root."""
    gumbel_scale: float = 1.0
    """Gumbel: of the noise; 1 to learn, 0 to play."""
    c_visit: float = 50.0
    """Gumbel: visits that are added to the most visited move's, to weigh values against logits."""
    c_scale: float = 0.1
    """Gumbel: weight of values against logits; 1 without rescaling."""
    rescale_values: bool = True
    """Gumbel: stretch the values of a state's moves over 0..1, as in mctx; otherwise take them as they are."""

    def __post_init__(self) -> None:
        if self.selection not in _SELECTIONS:
            raise ValueError(f"selection {self.selection!r} is not one of {', '.join(_SELECTIONS)}")
        for name in ("first_play", "root_first_play"):
            if getattr(self, name) not in _FIRST_PLAYS:
                raise ValueError(f"{name} {getattr(self, name)!r} is not one of {', '.join(_FIRST_PLAYS)}")
        for name in ("c_base", "policy_temperature", "root_policy_temperature", "noise_alpha"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        for name in ("virtual_loss", "noise_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be in 0..1")
        if not 0 <= self.moves_left_threshold < 1:
            raise ValueError(f"moves_left_threshold is {self.moves_left_threshold}; it must be in 0..1 and below 1")
        for name in ("forced_playouts", "moves_left_effect", "moves_left_slope", "gumbel_scale"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must not be negative")
        if not -1 <= self.draw_score <= 1:
            raise ValueError(f"draw_score is {self.draw_score}; it must be in -1..1")
        if self.considered < 1:
            raise ValueError(f"{self.considered} moves cannot be considered; it takes at least 1")


OPTIONS = np.dtype([(field.name, np.float64) for field in fields(Options)])


def write_options(record: Any, options: Options) -> None:
    """Write `options` into a record of dtype OPTIONS; choices as their numbers."""
    for field in fields(Options):
        value = getattr(options, field.name)
        if field.name == "selection":
            value = _SELECTIONS.index(value)
        elif field.name in ("first_play", "root_first_play"):
            value = _FIRST_PLAYS.index(value)
        record[field.name] = float(value)
