"""Residual networks with a policy and a value, as AlphaZero and Lc0 have them.

(D. Silver and others, "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play",
Science 362, 2018; squeeze-and-excitation: J. Hu, L. Shen, G. Sun, CVPR 2018; win, draw and loss, and moves left: Lc0.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn


@dataclass(frozen=True, kw_only=True)
class ResidualConfig:
    """The size of a network."""

    planes: int
    """Of the input."""
    ranks: int
    files: int
    action_planes: int
    """Actions are numbered by plane, then rank, then file."""
    blocks: int = 4
    """Residual blocks of two convolutions each."""
    channels: int = 64
    squeeze: int = 0
    """Width of the squeeze-and-excitation in every block; 0 for none."""
    value_channels: int = 8
    """Channels of the value head before its first layer."""
    value_hidden: int = 64
    """Width of the hidden layer of the value head."""
    moves_left: bool = False
    """Whether there is a head for the plies that the game will still last."""

    def __post_init__(self) -> None:
        sizes = (self.planes, self.ranks, self.files, self.action_planes, self.channels, self.value_channels)
        if min(*sizes, self.value_hidden) < 1 or min(self.blocks, self.squeeze) < 0:
            raise ValueError(f"not a network: {self}")

    @property
    def actions(self) -> int:
        """The number of actions."""
        return self.action_planes * self.ranks * self.files


class Output(NamedTuple):
    """What a network says of n states."""

    policy: Tensor
    """[n, actions]: logits."""
    wdl: Tensor
    """[n, 3]: logits of win, draw and loss, the mover's view."""
    moves_left: Tensor | None
    """[n]: plies until the end; None without that head."""


class ResidualNetwork(nn.Module):
    """Planes [n, planes, ranks, files] in, `Output` out."""

    def __init__(self, config: ResidualConfig) -> None:
        super().__init__()
        self.config = config
        width, squares = config.channels, config.ranks * config.files
        self.stem = _convolution(config.planes, width)
        self.tower = nn.Sequential(*(ResidualBlock(width, config.squeeze) for _ in range(config.blocks)))
        self.policy = nn.Sequential(_convolution(width, width), nn.Conv2d(width, config.action_planes, 1), nn.Flatten())
        self.value = _head(width, config, squares, 3)
        self.moves_left = _head(width, config, squares, 1) if config.moves_left else None

    def forward(self, planes: Tensor) -> Output:
        """See the class."""
        hidden = self.tower(self.stem(planes))
        left = None if self.moves_left is None else nn.functional.softplus(self.moves_left(hidden)).squeeze(1)
        return Output(self.policy(hidden), self.value(hidden), left)

    @property
    def parameter_count(self) -> int:
        """Trained numbers."""
        return sum(parameter.numel() for parameter in self.parameters())


class ResidualBlock(nn.Module):
    """Two convolutions beside a way around them; the second one's channels are weighed by what the whole board says."""

    def __init__(self, channels: int, squeeze: int) -> None:
        super().__init__()
        self.first = _convolution(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.normalise = nn.BatchNorm2d(channels)
        self.excite: nn.Module | None = None
        if squeeze:
            self.excite = nn.Sequential(
                nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, squeeze), nn.ReLU(),
                nn.Linear(squeeze, 2 * channels),
            )  # fmt: skip

    def forward(self, hidden: Tensor) -> Tensor:
        """[n, channels, ranks, files] to the same."""
        added: Tensor = self.normalise(self.second(self.first(hidden)))
        if self.excite is not None:
            scale, shift = self.excite(added)[:, :, None, None].chunk(2, 1)
            added = torch.sigmoid(scale) * added + shift
        return nn.functional.relu(hidden + added)


def _convolution(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def _head(width: int, config: ResidualConfig, squares: int, outputs: int) -> nn.Sequential:
    channels, hidden = config.value_channels, config.value_hidden
    return nn.Sequential(
        nn.Conv2d(width, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(inplace=True), nn.Flatten(),
        nn.Linear(channels * squares, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, outputs),
    )  # fmt: skip
