"""Gradient steps on samples: cross-entropy of policy and outcome, over legal moves only."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from engine.encoding import Encoding
from nets.device import torch_device
from nets.residual import ResidualNetwork
from selfplay.learning.samples import Samples

Precision: TypeAlias = Literal["float32", "bfloat16"]


@dataclass(frozen=True, kw_only=True)
class LearnerConfig:
    """How a network learns."""

    learning_rate: float = 2e-3
    """At its highest."""
    warmup: int = 50
    """Steps over which it rises from 0."""
    steps: int = 0
    """Steps over which it falls to 0 along half a cosine; 0 keeps it."""
    weight_decay: float = 1e-4
    policy_weight: float = 1.0
    value_weight: float = 1.0
    clip: float = 1.0
    """The gradient's norm is at most so large."""
    averaging: float = 0.0
    """Each step the averaged network keeps so much of itself; 0 for no averaging. It plays better than the one that
    learns, whose last steps are noise."""
    mirror: bool = True
    """Half of each batch is mirrored, where the game is the same in a mirror."""
    precision: Precision = "float32"
    """Of products: `bfloat16` is several times as fast on processors and devices made for it; sums have 32 bits."""

    def __post_init__(self) -> None:
        if self.precision not in get_args(Precision):
            raise ValueError(f"precision {self.precision!r} is not one of {', '.join(get_args(Precision))}")
        if min(self.learning_rate, self.clip) <= 0:
            raise ValueError(f"learning_rate and clip must be above 0; they are {self.learning_rate} and {self.clip}")
        if min(self.warmup, self.steps, self.weight_decay, self.policy_weight, self.value_weight) < 0:
            raise ValueError(f"no number may be negative: {self}")
        if not 0 <= self.averaging < 1:
            raise ValueError(f"averaging is {self.averaging}; it must be at least 0 and below 1")


class Losses(NamedTuple):
    """Means over a batch, in nats."""

    policy: float
    value: float
    """Of the outcome."""


class Learner:
    """A network in training, on one device."""

    def __init__(
        self, network: ResidualNetwork, encoding: Encoding, config: LearnerConfig, *, device: str = "cpu"
    ) -> None:
        self.device = torch_device(device)
        self.network = network.to(self.device)
        if config.precision == "bfloat16":
            self.network = self.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.encoding = encoding
        self.config = config
        self.step_number = 0
        self.player = copy.deepcopy(self.network).eval() if config.averaging else self.network
        """The network that plays: the averaged one, or the one that learns."""
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
        )

    def step(self, samples: Samples) -> Losses:
        """Learn from a batch of samples."""
        self.network.train()
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        policy, value = self._losses(self.network, samples)
        loss = self.config.policy_weight * policy + self.config.value_weight * value
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self._optimizer.step()
        self.step_number += 1
        self._average()
        return Losses(float(policy.detach()), float(value.detach()))

    def losses(self, samples: Samples) -> Losses:
        """The losses of the network that plays on samples, which are not learnt from."""
        self.player.eval()
        with torch.inference_mode():
            policy, value = self._losses(self.player, samples)
        return Losses(float(policy), float(value))

    def favourites(self, samples: Samples) -> npt.NDArray[np.int64]:
        """The number of the legal move that the policy likes best, [n], in the order of `legal`."""
        self.player.eval()
        with torch.inference_mode():
            logits, _ = self._logits(self.player, samples)
        favourites: npt.NDArray[np.int64] = logits.argmax(1).cpu().numpy()
        return favourites

    @torch.no_grad()
    def _average(self) -> None:
        """Move the averaged network towards the one that learns; statistics of the batches as well."""
        if self.player is self.network:
            return
        # The first steps count for more, or the average would long be of random numbers.
        kept = min(self.config.averaging, self.step_number / (self.step_number + 10))
        learning = self.network.state_dict()
        for name, tensor in self.player.state_dict().items():
            if tensor.is_floating_point():
                tensor.lerp_(learning[name], 1 - kept)
            else:
                tensor.copy_(learning[name])

    def _rate(self) -> float:
        config = self.config
        rate = config.learning_rate * min(1.0, (self.step_number + 1) / max(config.warmup, 1))
        if config.steps:
            rate *= (1 + math.cos(math.pi * min(self.step_number / config.steps, 1.0))) / 2
        return rate

    def _logits(self, network: ResidualNetwork, samples: Samples) -> tuple[Tensor, Tensor]:
        """Of the legal moves [n, max_moves], minus infinity beyond their number; and of win, draw and loss [n, 3]."""
        n = len(samples)
        planes = np.zeros((n, *self.encoding.shape), np.float32)
        actions = np.zeros((n, self.encoding.rules.max_moves), np.int32)
        self.encoding.write_batch(samples, planes)
        self.encoding.write_all_actions(samples.states, actions)
        mirrored = self.encoding.mirrored_actions
        if self.config.mirror and mirrored is not None and network.training:
            # Every second one: which samples these are is left to whoever draws the batch.
            planes[::2] = planes[::2, :, :, ::-1].copy()
            actions[::2] = mirrored[actions[::2]]
        low = self.config.precision == "bfloat16"
        inputs = torch.from_numpy(planes).to(self.device)
        if low:
            inputs = inputs.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=low):
            output = network(inputs)
        legal = torch.arange(actions.shape[1])[None] < torch.from_numpy(samples.counts)[:, None]
        logits = output.policy.float().gather(1, torch.from_numpy(actions).long().to(self.device))
        return logits.masked_fill(~legal.to(self.device), -torch.inf), output.wdl.float()

    def _losses(self, network: ResidualNetwork, samples: Samples) -> tuple[Tensor, Tensor]:
        logits, outcome = self._logits(network, samples)
        target = torch.from_numpy(samples.policy).to(self.device)
        # Where the share is 0 the logarithm may be minus infinity, which shall not count.
        log_policy = nn.functional.log_softmax(logits, 1).masked_fill(target == 0, 0)
        policy = -(target * log_policy).sum(1).mean()
        wdl = torch.from_numpy(samples.wdl).to(self.device)
        value = -(wdl * nn.functional.log_softmax(outcome, 1)).sum(1).mean()
        return policy, value

    def state(self) -> dict[str, Tensor]:
        """Everything that a later learner needs to go on, beside the configuration, by name."""
        tensors = {f"network.{name}": tensor for name, tensor in self.network.state_dict().items()}
        for number, moments in self._optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{number}.{name}": tensor for name, tensor in moments.items()}
        if self.player is not self.network:
            tensors |= {f"player.{name}": tensor for name, tensor in self.player.state_dict().items()}
        return tensors | {"step_number": torch.tensor(self.step_number)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from `state`."""
        network: dict[str, Tensor] = {}
        player: dict[str, Tensor] = {}
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in state.items():
            kind, _, rest = name.partition(".")
            if kind == "network":
                network[rest] = tensor
            elif kind == "player":
                player[rest] = tensor
            elif kind == "optimizer":
                number, _, moment = rest.partition(".")
                moments.setdefault(int(number), {})[moment] = tensor
        self.network.load_state_dict(network)
        if player:
            self.player.load_state_dict(player)
        groups = self._optimizer.state_dict()["param_groups"]
        self._optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.step_number = int(state["step_number"])
