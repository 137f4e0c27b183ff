"""Training of a network: passes over positions in random order, a rate that falls, and a folder to go on from.

A run is a folder: `config.json`, `history.jsonl` (a line for each report), and the last two checkpoints, each written
whole or not at all. The order of a pass depends on the seed and its number alone, so a run that was interrupted goes
on to the same end.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from nets.nnue.batch import Batch
from nets.nnue.config import NnueConfig
from nets.nnue.kernel_steps import KernelSteps, Steps
from nets.nnue.parameters import ARRAYS, fresh_parameters, real_network
from nets.nnue.quantise import IntegerNetwork, in_real_numbers, quantise
from search.whole_file import whole_file, write_whole
from selfplay.nnue.positions import Features, Positions
from selfplay.positions.content import content_hashes, lowest


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """How a network is trained."""

    network: NnueConfig = field(default_factory=NnueConfig)
    seed: int = 1
    passes: float = 20.0
    """How often a position is learnt from."""
    batch: int = 8192
    """Positions in a step."""
    rate: float = 2e-3
    """Of Adam, at its highest."""
    last_rate: float = 1e-5
    """At the end, along half a cosine."""
    warmup: int = 100
    """Steps over which the rate rises."""
    decay: float = 0.0
    """Weight decay of the first layer."""
    entropy: bool = False
    """Whether the loss is the cross-entropy of the points, in place of their squared error."""
    teacher_scale: float = 110.0
    """Centipawns of the teacher at which it expects 73 % of the points."""
    result_share: float = 0.0
    """Share of the game's result in the target, where it is known."""
    most_score: int = 4000
    """Positions with a larger score are left out, centipawns."""
    held_out: int = 50_000
    """About how many positions to judge by that are not learnt from, at most a twentieth of all. A hash of what stands
    where decides, so of equal positions none is learnt from if one is held out."""

    def __post_init__(self) -> None:
        if min(self.passes, self.batch, self.rate, self.last_rate, self.teacher_scale, self.most_score) <= 0:
            raise ValueError(f"passes, batch, rates, scale and scores must be above 0: {self}")
        if min(self.warmup, self.decay, self.held_out) < 0 or not 0 <= self.result_share <= 1:
            raise ValueError(f"no number may be negative, and the result's share is in 0..1: {self}")


@dataclass(frozen=True, kw_only=True)
class Report:
    """How far a training is."""

    step: int
    passes: float
    loss: float
    """Mean over the steps since the last report."""
    held_out: float
    """Mean squared error of the points of the positions that are held out."""
    rate: float
    positions_per_second: float
    seconds: float
    """Of the whole run so far."""

    @property
    def points(self) -> dict[str, float | None]:
        """Of its curves, by their names."""
        return {
            "loss/learnt": self.loss,
            "loss/held out": self.held_out,
            "rate": self.rate,
            "speed/positions a second": self.positions_per_second,
        }


class Training:
    """A run in a folder, new or to go on with."""

    def __init__(
        self,
        config: TrainingConfig,
        positions: Positions,
        folder: Path,
        *,
        steps: Steps | None = None,
        threads: int = 1,
        parent: IntegerNetwork | None = None,
    ) -> None:
        """ValueError if the folder holds a run with another configuration or other positions.

        `parent`: a network of the same shape to begin with; further layers may be given to one without.
        """
        self.config = config
        self.parent = parent
        self.positions = positions
        self.folder = folder
        self.step = 0
        self.history: list[Report] = []
        self.steps: Steps = steps or KernelSteps(
            config.network, seed=config.seed, threads=threads, entropy=config.entropy, decay=config.decay
        )
        if parent is not None:
            known_shape = replace(
                parent.config,
                scale=config.network.scale,
                hidden=parent.config.hidden or config.network.hidden,
                last=parent.config.last or config.network.last,
            )
            if known_shape != config.network:
                raise ValueError(f"{parent.name} is a network of another shape: {parent.config}")
            real = in_real_numbers(parent)
            known = {name: np.asarray(getattr(real, name), np.float32) for name in ARRAYS}
            fresh = fresh_parameters(config.network, config.seed)
            self.steps.start_from({name: known[name] if known[name].size else fresh[name] for name in ARRAYS})
        # Not by the seed, so that a network that begins with another one is judged by what neither learnt from.
        held = lowest(content_hashes(positions.packed), min(config.held_out, len(positions) // 20) / len(positions))
        self._held = np.flatnonzero(held).astype(np.uint32)
        self._learnt = np.flatnonzero(~held).astype(np.uint32)
        self.batch = min(config.batch, len(self._learnt))
        self.steps_per_pass = max(len(self._learnt) // self.batch, 1)
        self.total = max(round(config.passes * self.steps_per_pass), 1)
        self._features = Features(config.network, positions)
        self._batches = [Batch(config.network, self.batch) for _ in range(2)]
        self._pass = (-1, self._learnt)
        folder.mkdir(parents=True, exist_ok=True)
        self._open()

    @property
    def finished(self) -> bool:
        """Whether all passes are done."""
        return self.step >= self.total

    def rate(self, step: int) -> float:
        """The rate of a step, counted from 0."""
        config = self.config
        if step < config.warmup:
            return config.rate * (step + 1) / config.warmup
        share = (step - config.warmup) / max(self.total - config.warmup, 1)
        return config.last_rate + (config.rate - config.last_rate) * (1 + math.cos(math.pi * min(share, 1.0))) / 2

    def _order(self, number: int) -> npt.NDArray[np.uint32]:
        if self._pass[0] != number:
            generator = np.random.default_rng((self.config.seed, number))
            self._pass = (number, generator.permutation(self._learnt))
        return self._pass[1]

    def _fill(self, step: int) -> int:
        order = self._order(step // self.steps_per_pass)
        first = step % self.steps_per_pass * self.batch
        return self._features.fill(self._batches[step % 2], order, first, first + self.batch)

    def run(self, *, report_steps: int = 0, on_step: Callable[[int], None] | None = None) -> Report:
        """Learn until the next report (after `report_steps`, a pass if 0, or at the end), save, and report."""
        until = min(self.step + (report_steps or self.steps_per_pass), self.total)
        began, first, losses = time.monotonic(), self.step, []
        # The features of the next batch are found while this one is learnt.
        with ThreadPoolExecutor(1, "features") as ahead:
            coming = ahead.submit(self._fill, self.step)
            while self.step < until:
                size = coming.result()
                if self.step + 1 < until:
                    coming = ahead.submit(self._fill, self.step + 1)
                losses.append(self.steps.step(self._batches[self.step % 2], size, self.rate(self.step)))
                self.step += 1
                if on_step is not None:
                    on_step(self.step)
        seconds = time.monotonic() - began
        report = Report(
            step=self.step,
            passes=self.step / self.steps_per_pass,
            loss=float(np.mean(losses)),
            held_out=self.held_out_error(),
            rate=self.rate(self.step - 1),
            positions_per_second=(self.step - first) * self.batch / seconds,
            seconds=(self.history[-1].seconds if self.history else 0.0) + seconds,
        )
        self.history.append(report)
        self._save()
        return report

    def held_out_error(self) -> float:
        """The mean squared error of the points of the positions that are held out; 0 if none are."""
        total = 0.0
        for first in range(0, len(self._held), self.batch):
            last = min(first + self.batch, len(self._held))
            size = self._features.fill(self._batches[0], self._held, first, last)
            points = 1 / (1 + np.exp(-self.steps.answers(self._batches[0], size).astype(np.float64)))
            total += float(np.sum((points - self._batches[0].targets[:size]) ** 2))
        return total / max(len(self._held), 1)

    def network(self) -> IntegerNetwork:
        """The network so far, in integers."""
        return quantise(
            real_network(self.config.network, self.steps.parameters()),
            recipe=asdict(self.config),
            parent=self.parent.digest if self.parent is not None else "",
            provenance={
                "positions": len(self.positions),
                "sources": list(self.positions.sources),
                "passes": self.step / self.steps_per_pass,
                "held_out_error": self.history[-1].held_out if self.history else None,
            },
        )

    # The folder.

    def _facts(self) -> dict[str, Any]:
        parent = self.parent.digest if self.parent is not None else ""
        shards = [[source["shard"], source["digest"]] for source in self.positions.sources]
        return {"config": asdict(self.config), "positions": len(self.positions), "shards": shards, "parent": parent}

    def _open(self) -> None:
        file = self.folder / "config.json"
        known = json.loads(json.dumps(self._facts()))
        if not file.exists():
            write_whole(file, json.dumps(known, indent=2) + "\n")
        elif json.loads(file.read_text("utf-8")) != known:
            raise ValueError(
                f"{self.folder} holds a training with other settings or other positions; take a new folder"
            )
        for path in sorted(self.folder.glob("checkpoint-*.safetensors"), reverse=True):
            try:
                state = load_file(path)
            except (SafetensorError, OSError):
                continue
            self.steps.restore(state)
            self.step = int(path.stem.split("-")[1])
            lines = (self.folder / "history.jsonl").read_text("utf-8").splitlines()
            self.history = [Report(**json.loads(line)) for line in lines]
            self.history = [report for report in self.history if report.step <= self.step]
            break

    def _save(self) -> None:
        write_whole(
            self.folder / "history.jsonl", "".join(json.dumps(asdict(report)) + "\n" for report in self.history)
        )
        state = {name: np.ascontiguousarray(array) for name, array in self.steps.state().items()}
        with whole_file(self.folder / f"checkpoint-{self.step:08}.safetensors", "wb") as file:
            file.write(save(state))
        for old in sorted(self.folder.glob("checkpoint-*.safetensors"))[:-2]:
            old.unlink()
