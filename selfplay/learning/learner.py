"""Gradient steps on samples: cross-entropy of policy, over legal moves only, and of outcome; and plies to the end."""

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
from nets.residual import Output, ResidualNetwork
from selfplay.learning.samples import Samples

Precision: TypeAlias = Literal["float32", "bfloat16"]
#: Plies that count as one in the loss of the moves left, and as how many of these an error becomes linear (as in Lc0).
_PLIES, _LINEAR = 20.0, 0.5


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
    moves_left_weight: float = 0.2
    """Of the plies to the end, where the network has a head for them."""
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
        weights = (self.policy_weight, self.value_weight, self.moves_left_weight)
        if min(self.warmup, self.steps, self.weight_decay, *weights) < 0:
            raise ValueError(f"no number may be negative: {self}")
        if not 0 <= self.averaging < 1:
            raise ValueError(f"averaging is {self.averaging}; it must be at least 0 and below 1")


class Losses(NamedTuple):
    """Means over a batch, in nats."""

    policy: float
    value: float
    """Of the outcome."""
    divergence: float = 0.0
    """Of the policy from the one to learn: `policy` less the entropy of that, which no network can undercut."""
    moves_left: float | None = None
    """Huber loss of the plies to the end, where they are known; None without that head."""


class _Terms(NamedTuple):
    """The same as tensors."""

    policy: Tensor
    value: Tensor
    entropy: Tensor
    moves_left: Tensor | None

    def told(self) -> Losses:
        policy, value, entropy = (float(term.detach()) for term in (self.policy, self.value, self.entropy))
        left = None if self.moves_left is None else float(self.moves_left.detach())
        return Losses(policy, value, policy - entropy, left)


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
        terms = self._losses(self.network, samples)
        loss = self.config.policy_weight * terms.policy + self.config.value_weight * terms.value
        if terms.moves_left is not None:
            loss = loss + self.config.moves_left_weight * terms.moves_left
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip)
        self._optimizer.step()
        self.step_number += 1
        self._average()
        return terms.told()

    def losses(self, samples: Samples) -> Losses:
        """The losses of the network that plays on samples, which are not learnt from."""
        self.player.eval()
        with torch.inference_mode():
            return self._losses(self.player, samples).told()

    def favourites(self, samples: Samples) -> npt.NDArray[np.int64]:
        """The number of the legal move that the policy likes best, [n], in the order of `legal`."""
        self.player.eval()
        with torch.inference_mode():
            logits, _ = self._outputs(self.player, samples)
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

    def _outputs(self, network: ResidualNetwork, samples: Samples) -> tuple[Tensor, Output]:
        """Logits of the legal moves [n, max_moves], minus infinity beyond their number; and all that was said."""
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
        return logits.masked_fill(~legal.to(self.device), -torch.inf), output

    def _losses(self, network: ResidualNetwork, samples: Samples) -> _Terms:
        logits, output = self._outputs(network, samples)
        target = torch.from_numpy(samples.policy).to(self.device)
        # Where the share is 0 the logarithm may be minus infinity, which shall not count.
        log_policy = nn.functional.log_softmax(logits, 1).masked_fill(target == 0, 0)
        policy = -(target * log_policy).sum(1).mean()
        entropy = torch.special.entr(target).sum(1).mean()
        wdl = torch.from_numpy(samples.wdl).to(self.device)
        value = -(wdl * nn.functional.log_softmax(output.wdl.float(), 1)).sum(1).mean()
        if output.moves_left is None:
            return _Terms(policy, value, entropy, None)
        plies = torch.from_numpy(samples.moves_left).to(self.device)
        known = ~plies.isnan()
        said = output.moves_left.float()[known] / _PLIES
        left = nn.functional.huber_loss(said, plies[known] / _PLIES, delta=_LINEAR, reduction="sum")
        return _Terms(policy, value, entropy, left / known.sum().clamp(min=1))

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
