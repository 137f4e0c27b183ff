"""Supervised training of a residual network for chess: from positions with best moves, and from games of people.

A run is a folder; it is saved now and then, whole or not at all, and goes on from there to the same end. What a step
learns from depends on the seed and the step's number alone, so nothing but the number need be kept. The folder::

    config.json              what is being trained, from what; it is the same when the run goes on, except for `steps`
                             and, with a constant rate, for what came in addition
    state.safetensors        network, moments of the optimiser, number of the step
    history.jsonl            a line of losses and accuracy for every so many steps
    NAME-HASH.safetensors    the network, when the run is finished or left
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save

from engine.encodings import chosen_encoding
from engine.games import game
from engine.network import config_for
from nets.checkpoint import Checkpoint, save_checkpoint
from nets.residual import ResidualNetwork
from search.whole_file import whole_file, write_whole
from selfplay.learning.beginning import begun_with
from selfplay.learning.chess_lessons import Games, lessons
from selfplay.learning.learner import Learner, LearnerConfig
from selfplay.learning.quiet_scores import QuietScores, blend
from selfplay.positions.shards import Positions

#: Of so many games, about one is held out: no network learns from it, and accuracy is measured on it.
HELD_OUT = 20
#: Positions in one forward pass of a measurement.
_MEASURED_AT_ONCE = 256


@dataclass(frozen=True, kw_only=True)
class SupervisedConfig:
    """A run of supervised training."""

    seed: int = 1
    steps: int = 10_000
    """More may be asked for later, unless the learning rate falls with them."""
    batch: int = 256
    """Positions in a step."""
    blocks: int = 5
    channels: int = 48
    squeeze: int = 0
    encoding: str = "chess-attacks-1"
    """What the network sees, by name."""
    score_share: float = 0.5
    """How much a score counts for the value, beside the result."""
    quiet_share: float = 0.0
    """Share of the policy to learn that is what a quiescence search thinks of all moves, beside the best move."""
    mirrored: bool = True
    """Whether half of the positions where nobody may castle are seen with left and right exchanged."""
    measured_every: int = 500
    """Steps between two measurements, after each of which the run is saved."""
    measured: int = 4096
    """Held-out positions that are measured on, at most."""
    learner: LearnerConfig = field(default_factory=LearnerConfig)

    def __post_init__(self) -> None:
        if min(self.steps, self.batch, self.measured_every, self.measured) < 1:
            raise ValueError(f"steps, batch and measurements must be at least 1: {self}")
        if not 0 <= self.score_share <= 1:
            raise ValueError(f"score_share must be in 0..1; it is {self.score_share}")
        if not 0 <= self.quiet_share <= 1:
            raise ValueError(f"quiet_share must be in 0..1; it is {self.quiet_share}")


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """How far a run is."""

    step: int
    policy_loss: float
    """In nats, of the steps since the last measurement."""
    value_loss: float
    """Likewise, of win, draw and loss."""
    accuracy: float
    """Share of held-out positions whose best move the network likes best; of games of people, the moves matched."""
    held_policy_loss: float
    held_value_loss: float
    seconds: float
    """Of the whole run so far."""

    @property
    def points(self) -> dict[str, float | None]:
        """Of its curves, by their names."""
        return {
            "loss/policy": self.policy_loss,
            "loss/value": self.value_loss,
            "held out/policy": self.held_policy_loss,
            "held out/value": self.held_value_loss,
            "held out/accuracy": self.accuracy,
        }


def files_as_facts(paths: Iterable[Path]) -> list[dict[str, str]]:
    """The name and the SHA-256 of each file; OSError if one cannot be read."""
    facts = []
    for path in paths:
        with path.open("rb") as file:
            facts.append({"name": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()})
    return facts


class SupervisedRun:
    """A run in a folder, new or to go on with."""

    def __init__(
        self,
        games: Games,
        config: SupervisedConfig,
        folder: Path,
        facts: dict[str, Any],
        *,
        start: Path | None = None,
        device: str = "cpu",
    ) -> None:
        """`facts`, JSON, say what `games` are, for the folder and the network's file; a run begins with the network in
        the file `start`.

        ValueError if the folder is of another run, or of other facts, or that network is of another size. Where the
        learning rate is constant, lists among the facts may have grown since the run was left.
        """
        self.config = config
        self.folder = folder
        self.facts = facts
        self.encoding = chosen_encoding(game("chess"), config.encoding)
        self.training, held = games.split(HELD_OUT)
        if len(games.lengths) < HELD_OUT or not len(self.training) or not len(held):
            raise ValueError(
                f"{len(games.lengths)} games are too few, or too much alike: "
                f"one in {HELD_OUT} is held out to measure on; take more"
            )
        self.sizes = {"games": len(games.lengths), "positions": len(games.positions)}
        chosen = np.random.default_rng(config.seed).permutation(len(held))[: config.measured]
        self.held: Positions = held[np.sort(chosen)]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            sizes = {"blocks": config.blocks, "channels": config.channels, "squeeze": config.squeeze}
            network = ResidualNetwork(config_for(self.encoding, **sizes))
        self.parent = ""
        if start is not None:
            begun = begun_with(start, self.encoding.name, network.config)
            network, self.parent = begun.network, begun.digest
        self.learner = Learner(network, self.encoding, config.learner, device=device)
        self._quiet = QuietScores() if config.quiet_share else None
        self.history: list[Measurement] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._open()

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.learner.step_number >= self.config.steps

    def steps(self) -> Iterator[Measurement | None]:
        """Learn to the end: yields after every step, the measurement after those that end in one."""
        threads = torch.get_num_threads()
        # Networks this small are slower on several threads, and far slower where these have to wait.
        torch.set_num_threads(1)
        try:
            yield from self._steps()
        finally:
            torch.set_num_threads(threads)

    def _steps(self) -> Iterator[Measurement | None]:
        losses: list[tuple[float, float]] = []
        begun = time.monotonic()
        before = self.history[-1].seconds if self.history else 0.0
        while not self.finished:
            losses.append(self._step())
            number = self.learner.step_number
            if number % self.config.measured_every and not self.finished:
                yield None
                continue
            policy, value = np.mean(losses, axis=0)
            accuracy, held_policy, held_value = self.measure()
            measurement = Measurement(
                step=number,
                policy_loss=float(policy),
                value_loss=float(value),
                accuracy=accuracy,
                held_policy_loss=held_policy,
                held_value_loss=held_value,
                seconds=before + time.monotonic() - begun,
            )
            self.history.append(measurement)
            losses = []
            self._save()
            yield measurement

    def _step(self) -> tuple[float, float]:
        rng = np.random.default_rng((self.config.seed, self.learner.step_number))
        chosen = rng.integers(0, len(self.training), self.config.batch)
        flips = rng.random(self.config.batch) < (0.5 if self.config.mirrored else 0.0)
        samples, _ = lessons(self.training[chosen], self.config.score_share, flips)
        if self._quiet is not None:
            blend(samples, self._quiet.policy(samples), self.config.quiet_share)
        losses = self.learner.step(samples)
        return losses.policy, losses.value

    def measure(self) -> tuple[float, float, float]:
        """On the held-out positions: the share of best moves that the network likes best, and both losses."""
        matched = known = 0
        policy = value = 0.0
        for begin in range(0, len(self.held), _MEASURED_AT_ONCE):
            samples, chosen = lessons(self.held[begin : begin + _MEASURED_AT_ONCE], self.config.score_share)
            losses = self.learner.losses(samples)
            policy += losses.policy * len(samples)
            value += losses.value * len(samples)
            matched += int((self.learner.favourites(samples)[chosen >= 0] == chosen[chosen >= 0]).sum())
            known += int((chosen >= 0).sum())
        count = len(self.held)
        return matched / max(known, 1), policy / count, value / count

    def export(self, name: str) -> Path:
        """Write the network into the folder, instead of one from before; return its file."""
        provenance = {**self.facts, **self.sizes, **(asdict(self.history[-1]) if self.history else {})}
        checkpoint = Checkpoint(self.learner.player, self.encoding.name, asdict(self.config), provenance, self.parent)
        path = save_checkpoint(checkpoint, self.folder, name)
        for old in self.folder.glob(f"{name}-????????????.safetensors"):
            if old != path:
                old.unlink()
        return path

    # The folder.

    def _open(self) -> None:
        known = json.loads(json.dumps({**asdict(self.config), "start": self.parent, "from": self.facts}))
        path = self.folder / "config.json"
        if not path.exists():
            write_whole(path, json.dumps(known, indent=1) + "\n")
            return
        try:
            found = json.loads(path.read_text("utf-8"))
        except ValueError:
            raise ValueError(f"{path} cannot be read; choose another folder") from None
        again = "go on with the same, or choose another folder"
        if "from" not in found:
            raise ValueError(f"{path} does not say what the run learns from; choose another folder")
        if found["start"] != self.parent:
            raise ValueError(f"{self.folder} holds a run that began with another network; {again}")
        learnt_from = found["from"]
        for name in {**learnt_from, **known["from"]}:
            if not self._agrees(learnt_from.get(name), known["from"].get(name)):
                raise ValueError(f"{self.folder} holds a run that learns from other data ({name}); {again}")
        same = [name for name in known if name not in ("steps", "start", "from")]
        other = [name for name in same if found.get(name) != known[name]]
        if other:
            raise ValueError(
                f"{self.folder} holds a run with {other[0]} {found.get(other[0])}, not {known[other[0]]}; {again}"
            )
        write_whole(path, json.dumps(known, indent=1) + "\n")
        state = self.folder / "state.safetensors"
        if state.exists():
            self.learner.restore(load_file(state))
            lines = (self.folder / "history.jsonl").read_text("utf-8").splitlines()
            history = [Measurement(**json.loads(line)) for line in lines]
            self.history = [row for row in history if row.step <= self.learner.step_number]

    def _agrees(self, before: Any, now: Any) -> bool:
        """Whether a fact is what it was, or a list with more in it where the run may be given more."""
        if isinstance(before, list) and isinstance(now, list) and self.config.learner.steps == 0:
            return all(one in now for one in before)
        return bool(before == now)

    def _save(self) -> None:
        write_whole(self.folder / "history.jsonl", "".join(json.dumps(asdict(row)) + "\n" for row in self.history))
        tensors = {name: tensor.contiguous() for name, tensor in self.learner.state().items()}
        with whole_file(self.folder / "state.safetensors", "wb") as file:
            file.write(save(tensors))
