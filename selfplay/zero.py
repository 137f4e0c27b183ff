"""Learning a game from nothing but its rules: self-play, a window of samples, a network that learns from it.

(D. Silver and others, "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play",
Science 362, 2018.) A run is a folder; it is saved after every iteration, whole or not at all, and goes on from there.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from engine.encoding import Encoding
from engine.game import Game, Position
from engine.network import NetworkEvaluator, config_for
from nets.checkpoint import Checkpoint, save_checkpoint
from nets.residual import ResidualNetwork
from search.whole_file import write_whole
from selfplay.learner import Learner, LearnerConfig
from selfplay.lockstep import Lockstep, PlayedGame, SelfPlayConfig
from selfplay.replay import Replay, power_law_window
from selfplay.samples import Samples


@dataclass(frozen=True, kw_only=True)
class ZeroConfig:
    """A run of self-play."""

    seed: int = 1
    iterations: int = 40
    games: int = 64
    """Played side by side."""
    games_per_iteration: int = 128
    passes: float = 4.0
    """How often a sample is learnt from, on average."""
    batch: int = 256
    """Samples in a step."""
    capacity: int = 200_000
    """Samples that are kept at most."""
    least_window: int = 4_000
    """Newest samples that are learnt from at first; see `power_law_window`."""
    blocks: int = 2
    channels: int = 32
    play: SelfPlayConfig = field(default_factory=SelfPlayConfig)
    learner: LearnerConfig = field(default_factory=LearnerConfig)

    def __post_init__(self) -> None:
        counts = (self.iterations, self.games, self.games_per_iteration, self.batch, self.capacity, self.least_window)
        if min(*counts, self.passes) <= 0:
            raise ValueError(f"every number of a run must be above 0: {self}")


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What an iteration brought."""

    iteration: int
    games: int
    """Of the whole run so far."""
    samples: int
    """Of the whole run so far."""
    first_wins: float
    """Share of this iteration's games that the first to move won; draws are halves."""
    plies: float
    """Of this iteration's games, on average."""
    policy_loss: float
    value_loss: float
    seconds: float
    """Of the whole run so far."""


class ZeroRun:
    """A run in a folder, new or to go on with."""

    def __init__(
        self, game: Game, encoding: Encoding, config: ZeroConfig, folder: Path, *, device: str = "cpu"
    ) -> None:
        """ValueError if the folder holds a run of another game or with another configuration."""
        self.game = game
        self.encoding = encoding
        self.config = config
        self.folder = folder
        self.history: list[Progress] = []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            network = ResidualNetwork(config_for(encoding, blocks=config.blocks, channels=config.channels))
        self.learner = Learner(network, encoding, config.learner, device=device)
        self.replay = Replay(game.rules, config.capacity)
        self.evaluator = NetworkEvaluator(network, encoding, device=device)
        self._lockstep = Lockstep(lambda: Position(game).state, self.evaluator, config.play, games=config.games)
        folder.mkdir(parents=True, exist_ok=True)
        self._open()

    @property
    def finished(self) -> bool:
        """Whether all iterations are done."""
        return len(self.history) >= self.config.iterations

    def iterate(self, on_progress: Callable[[float], None] | None = None) -> Progress:
        """Play, learn and save; `on_progress` is told the share of the iteration that is done.

        One thread of torch: networks this small are slower on several, and far slower where these have to wait.
        """
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return self._iterate(on_progress)
        finally:
            torch.set_num_threads(threads)

    def _iterate(self, on_progress: Callable[[float], None] | None) -> Progress:
        started = time.monotonic()
        config = self.config
        tell = on_progress or (lambda done: None)
        self.learner.network.eval()
        wanted = config.games_per_iteration
        rng = np.random.default_rng((config.seed, len(self.history)))
        played: list[PlayedGame] = []
        fresh = 0
        while fresh == 0:  # few short games may have no move from which is learnt
            played += self._lockstep.play(wanted, int(rng.integers(1 << 62)), lambda ended: tell(ended / wanted / 2))
            fresh = sum(len(game.samples) for game in played)
        for game in played:
            self.replay.add(game.samples)
        steps = max(round(config.passes * fresh / config.batch), 1)
        window = power_law_window(self.replay.added, config.least_window)
        losses = []
        for step in range(steps):
            losses.append(self.learner.step(self.replay.draw(config.batch, rng, window=window)))
            tell(0.5 + (step + 1) / steps / 2)
        self.learner.network.eval()
        before = self.history[-1] if self.history else None
        progress = Progress(
            iteration=len(self.history) + 1,
            games=(before.games if before else 0) + len(played),
            samples=self.replay.added,
            first_wins=float(np.mean([(game.result + 1) / 2 for game in played])),
            plies=float(np.mean([len(game.moves) for game in played])),
            policy_loss=float(np.mean([loss.policy for loss in losses])),
            value_loss=float(np.mean([loss.value for loss in losses])),
            seconds=(before.seconds if before else 0.0) + time.monotonic() - started,
        )
        self.history.append(progress)
        self._save(played)
        return progress

    def export(self, name: str) -> Path:
        """Write the network into the folder; return its file."""
        recipe = _plain(asdict(self.config))
        provenance = {"game": self.game.name, **asdict(self.history[-1])} if self.history else {"game": self.game.name}
        return save_checkpoint(
            Checkpoint(self.learner.network, self.encoding.name, recipe, provenance), self.folder, name
        )

    # The folder.

    def _open(self) -> None:
        known = {"game": self.game.name, "encoding": self.encoding.name, "config": _plain(asdict(self.config))}
        file = self.folder / "config.json"
        if not file.exists():
            write_whole(file, json.dumps(known, indent=2) + "\n")
            return
        found = json.loads(file.read_text("utf-8"))
        if {**found, "config": {**found["config"], "iterations": 0}} != {
            **known, "config": {**known["config"], "iterations": 0}
        }:  # fmt: skip
            raise ValueError(
                f"{self.folder} holds a run of another game, or with another configuration; take a new one"
            )
        saved = sorted(self.folder.glob("iteration-??????"))
        if saved:
            self._load(saved[-1])

    def _save(self, played: list[PlayedGame]) -> None:
        """Under another name first, then renamed; then the one before goes."""
        name = f"iteration-{len(self.history):06}"
        making = self.folder / f"{name}.tmp"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        save_file(
            {key: tensor.contiguous() for key, tensor in self.learner.state().items()}, making / "learner.safetensors"
        )
        size = len(self.replay)
        arrays = {part.name: getattr(self.replay.samples, part.name)[:size] for part in fields(Samples)}
        arrays["states"] = np.asarray(arrays["states"]).view(np.uint8).reshape(size, -1)
        np.savez(making / "replay.npz", **arrays)
        facts = {
            "history": [asdict(progress) for progress in self.history],
            "added": self.replay.added,
        }
        (making / "facts.json").write_text(json.dumps(facts), "utf-8")
        making.rename(self.folder / name)
        write_whole(self.folder / "games.txt", "".join(self._text(game) + "\n" for game in played[:20]))
        for old in self.folder.glob("iteration-*"):
            if old.name != name:
                shutil.rmtree(old)

    def _load(self, saved: Path) -> None:
        facts = json.loads((saved / "facts.json").read_text("utf-8"))
        self.history = [Progress(**progress) for progress in facts["history"]]
        self.learner.restore(load_file(saved / "learner.safetensors"))
        with np.load(saved / "replay.npz", allow_pickle=False) as arrays:
            size = len(arrays["counts"])
            for part in fields(Samples):
                array = arrays[part.name]
                into = getattr(self.replay.samples, part.name)[:size]
                if part.name == "states":
                    array = np.ascontiguousarray(array).view(self.game.rules.dtype).reshape(size)
                into[:] = array
        self.replay.added = facts["added"]

    def _text(self, game: PlayedGame) -> str:
        """Moves in coordinates, and the result."""
        position = Position(self.game)
        words = []
        for move in game.moves:
            words.append(self.game.move_text(position.state, move))
            position.push(move)
        return " ".join([*words, {1: "1-0", 0: "1/2-1/2", -1: "0-1"}[game.result]])


def _plain(value: Any) -> Any:
    """As it comes back from JSON."""
    return json.loads(json.dumps(value))
