"""What a run of self-play is like, and what each iteration of it brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from nets.inference import PRECISIONS, Precision
from selfplay.learning.learner import LearnerConfig
from selfplay.zero.gating import GateConfig
from selfplay.zero.lockstep import SelfPlayConfig

Window = Literal["power-law", "fixed"]


@dataclass(frozen=True, kw_only=True)
class ZeroConfig:
    """A run of self-play."""

    seed: int = 1
    iterations: int = 40
    games: int = 64
    """Played side by side."""
    games_per_iteration: int = 128
    unit: int = 64
    """Games that an actor is given at a time. They depend on the seed, the iteration and the unit alone, so that it
    does not matter how many actors there are."""
    lag: int = 0
    """Iterations that the network that plays is behind the one that learns. With 1, actors play the games of the next
    iteration while the learner learns from those of this one."""
    passes: float = 4.0
    """How often a sample is learnt from, on average."""
    batch: int = 256
    """Samples in a step."""
    capacity: int = 200_000
    """Samples that are kept at most."""
    window: Window = "power-law"
    """Of the samples that are learnt from: `power-law` grows more slowly than what is there (`power_law_window`),
    `fixed` is always the newest `capacity`."""
    least_window: int = 4_000
    """Newest samples that are learnt from at first, with the power law."""
    history: int = 0
    """Earlier states that the network sees beside the one to move in."""
    encoding: str = ""
    """What the network sees, by name; empty for the planes of the game, with that history."""
    blocks: int = 2
    channels: int = 32
    squeeze: int = 0
    """Width of the squeeze-and-excitation; 0 for none."""
    moves_left: bool = False
    """Whether the network learns how many plies the game will still last."""
    precision: Precision = "float32"
    """What games are played with. `auto` takes 8-bit integers where the processor is fast at them: more than twice as
    many games, but a second more for each iteration, and other games on another kind of processor."""
    play: SelfPlayConfig = field(default_factory=SelfPlayConfig)
    learner: LearnerConfig = field(default_factory=LearnerConfig)
    gate: GateConfig = field(default_factory=GateConfig)

    def __post_init__(self) -> None:
        counts = (self.iterations, self.games, self.games_per_iteration, self.batch, self.capacity, self.least_window)
        if min(*counts, self.unit, self.passes) <= 0:
            raise ValueError(f"every number of a run must be above 0: {self}")
        if self.lag < 0:
            raise ValueError(f"lag is {self.lag}; it must not be negative")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision {self.precision!r} is not one of {', '.join(PRECISIONS)}")
        if self.window not in get_args(Window):
            raise ValueError(f"window {self.window!r} is not one of {', '.join(get_args(Window))}")

    @property
    def units(self) -> list[int]:
        """The games of each unit of an iteration."""
        whole, rest = divmod(self.games_per_iteration, self.unit)
        return [self.unit] * whole + [rest] * (rest > 0)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What an iteration brought."""

    iteration: int
    games: int
    """Of the whole run so far."""
    positions: int
    """Searched in the whole run so far: moves of its games that were not random."""
    samples: int
    """Of the whole run so far."""
    window: int
    """Newest samples that were learnt from."""
    first_wins: float
    """Share of this iteration's games that the first to move won; draws are halves."""
    plies: float
    """Of this iteration's games, on average."""
    resigned: float
    """Share of this iteration's games."""
    false_resignations: float
    """Of those in games played on who would have resigned, the share that did not lose."""
    policy_loss: float
    """Cross-entropy, in nats."""
    policy_divergence: float
    """The same less the entropy of the policies to learn, which no network can undercut."""
    value_loss: float
    moves_left_loss: float | None = None
    """None where the network does not say how long the game will last."""
    playing: int
    """Version of the network that played; versions count iterations."""
    elo: float | None
    """Of the newest network, or of the candidate that did best, against the first one, by way of those between; None
    where no games were played for it."""
    elo_error: float | None
    """The standard error of `elo`."""
    score: float | None
    """Its points a game against the one that it was measured against; of the games that decided about it."""
    promoted: bool
    """Whether such games made it, or an earlier one, the network that plays."""
    first_moves: dict[str, int]
    """Of this iteration's games that did not begin with random moves: how often each first move was played."""
    measures: dict[str, float]
    """What the run was asked to measure besides, such as how far the network agrees with a solution."""
    play_seconds: float
    """Waiting for this iteration's games."""
    learn_seconds: float
    """Learning from them."""
    seconds: float
    """Of the whole run so far."""

    @property
    def points(self) -> dict[str, float | None]:
        """Of its curves, by their names."""
        return {
            "loss/policy": self.policy_loss,
            "loss/policy divergence": self.policy_divergence,
            "loss/value": self.value_loss,
            "loss/moves left": self.moves_left_loss,
            "games/first wins": self.first_wins,
            "games/plies": self.plies,
            "games/resigned": self.resigned,
            "games/false resignations": self.false_resignations,
            "speed/positions a second": self.positions / max(self.seconds, 1e-9),
            "strength/elo": self.elo,
            "strength/elo error": self.elo_error,
            "strength/score": self.score,
            "window/samples": float(self.window),
            **{f"measured/{name}": value for name, value in self.measures.items()},
        }
