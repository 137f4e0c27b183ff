"""A network in training on a device of torch, such as a graphics card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from nets.device import torch_device
from nets.nnue.batch import Batch
from nets.nnue.config import MOST_MEN, NnueConfig
from nets.nnue.network import NnueNetwork
from nets.nnue.parameters import ARRAYS, LIMITS, Floats


class TorchSteps:
    """See `nets.nnue.kernel_steps.Steps`. On a graphics card the sums of the rows are computed in bfloat16."""

    def __init__(
        self, config: NnueConfig, *, seed: int = 1, device: str = "cuda", entropy: bool = False, decay: float = 0.0
    ) -> None:
        """ValueError if the device is none, or not there."""
        self.device = torch_device(device)
        self.config = config
        self.entropy = entropy
        self.network = NnueNetwork(config, seed=seed).to(self.device)
        first_layer = [self.network.rows.weight, self.network.shared.weight]
        rest = [getattr(self.network, name) for name in ARRAYS[1:]]
        self.optimizer = torch.optim.AdamW(
            [{"params": first_layer, "weight_decay": decay}, {"params": rest, "weight_decay": 0.0}]
        )

    def start_from(self, parameters: Mapping[str, Floats]) -> None:
        self.network.load(dict(parameters))

    def _on_device(self, batch: Batch, size: int) -> tuple[torch.Tensor, ...]:
        features = batch.features[:size].astype(np.int64)
        features[np.broadcast_to(np.arange(MOST_MEN) >= batch.counts[:size, None, None], features.shape)] = (
            self.config.feature_set.count
        )
        arrays = (features, batch.buckets[:size].astype(np.int64))
        return tuple(torch.from_numpy(array).to(self.device) for array in arrays)

    def _logits(self, batch: Batch, size: int) -> torch.Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            logits: torch.Tensor = self.network(*self._on_device(batch, size))
        return logits.float()

    def step(self, batch: Batch, size: int, rate: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        targets = torch.from_numpy(batch.targets[:size].copy()).to(self.device)
        logits = self._logits(batch, size)
        if self.entropy:
            own = targets * targets.clamp_min(1e-9).log() + (1 - targets) * (1 - targets).clamp_min(1e-9).log()
            loss = binary_cross_entropy_with_logits(logits, targets) + own.mean()
        else:
            loss = (torch.sigmoid(logits) - targets).square().mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        with torch.no_grad():
            # A row of the integers is the sum of an own and a shared one.
            for part in (self.network.rows, self.network.shared):
                part.weight.clamp_(-LIMITS["rows"] / 2, LIMITS["rows"] / 2)
            for name in ARRAYS[1:]:
                getattr(self.network, name).clamp_(-LIMITS[name], LIMITS[name])
        return float(loss.detach())

    def answers(self, batch: Batch, size: int) -> Floats:
        with torch.inference_mode():
            return np.asarray(self._logits(batch, size).cpu().numpy(), np.float32)

    def parameters(self) -> dict[str, Floats]:
        return self.network.parameters_by_name()

    def state(self) -> dict[str, Any]:
        found = {name: tensor.cpu().numpy() for name, tensor in self.network.state_dict().items()}
        for number, moments in self.optimizer.state_dict()["state"].items():
            for name, value in moments.items():
                found[f"adam/{number}/{name}"] = value.cpu().numpy().reshape(value.shape or (1,))
        return found

    def restore(self, state: Mapping[str, Any]) -> None:
        own = {name: torch.from_numpy(array) for name, array in state.items() if not name.startswith("adam/")}
        self.network.load_state_dict(own)
        known = self.optimizer.state_dict()
        for name, array in state.items():
            if name.startswith("adam/"):
                _, number, part = name.split("/")
                tensor = torch.from_numpy(array)
                known["state"].setdefault(int(number), {})[part] = tensor.reshape(()) if part == "step" else tensor
        self.optimizer.load_state_dict(known)
