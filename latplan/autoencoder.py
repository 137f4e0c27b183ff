"""The state autoencoder: pictures become bits through a Binary Concrete bottleneck, and bits become pictures again.

(E. Jang, S. Gu, B. Poole, "Categorical Reparameterization with Gumbel-Softmax", and C. Maddison, A. Mnih, Y. W. Teh,
"The Concrete Distribution", both ICLR 2017; as state encoder: M. Asai, A. Fukunaga, "Classical Planning in Deep Latent
Space", AAAI 2018.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

Sampling = Literal["soft", "straight-through", "hard"]


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The size of the network."""

    inputs: int
    """Components of a picture."""
    bits: int = 100
    """Bits of the code, of which training leaves many unused."""
    hidden: int = 256
    """Width of the hidden layer on each side."""

    def __post_init__(self) -> None:
        if min(self.inputs, self.bits, self.hidden) < 1:
            raise ValueError(f"not a network: {self}")


class StateAutoencoder(nn.Module):
    """Components [n, inputs] -> logits [n, bits], and bits -> components."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        inputs, bits, hidden = architecture.inputs, architecture.bits, architecture.hidden
        self.encoder = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.BatchNorm1d(hidden), nn.Linear(hidden, bits)
        )
        self.decoder = nn.Sequential(
            nn.BatchNorm1d(bits), nn.Linear(bits, hidden), nn.ReLU(), nn.BatchNorm1d(hidden), nn.Linear(hidden, inputs)
        )

    def encode(self, components: Tensor) -> Tensor:
        """Logits of the bits; a bit is set where its logit is above 0."""
        logits: Tensor = self.encoder(components)
        return logits

    def decode(self, bits: Tensor) -> Tensor:
        """Components that the bits stand for."""
        components: Tensor = self.decoder(bits)
        return components


def binary_concrete(logits: Tensor, temperature: float, sampling: Sampling = "soft") -> Tensor:
    """A sample of bits whose gradient passes through, in 0..1; the lower the temperature, the nearer to 0 or 1.

    `straight-through` gives whole bits with the gradient of soft ones; `hard` gives whole bits without noise.
    """
    if sampling == "hard":
        soft = torch.sigmoid(logits / temperature)
    else:
        uniform = torch.rand_like(logits).clamp_(1e-6, 1 - 1e-6)
        soft = torch.sigmoid((logits + torch.log(uniform) - torch.log1p(-uniform)) / temperature)
    if sampling == "soft":
        return soft
    return (soft > 0.5).to(soft.dtype) + soft - soft.detach()


def bernoulli_divergence(logits: Tensor, prior: float) -> Tensor:
    """KL divergence, nats [n], of bits with these logits from bits that are set with probability `prior`."""
    chance = torch.sigmoid(logits)
    log_odds = torch.log(torch.tensor(prior)) - torch.log1p(-torch.tensor(prior))
    # q log(q/p) + (1-q) log((1-q)/(1-p)) = q (logit q - logit p) + log(1-q) - log(1-p)
    divergence = chance * (logits - log_odds) + nn.functional.logsigmoid(-logits) - torch.log1p(-torch.tensor(prior))
    return divergence.sum(1)
