"""The state autoencoder: pictures become bits through a Binary Concrete bottleneck, and bits become pictures again.

(E. Jang, S. Gu, B. Poole, "Categorical Reparameterization with Gumbel-Softmax", and C. Maddison, A. Mnih, Y. W. Teh,
"The Concrete Distribution", both ICLR 2017; as state encoder: M. Asai, A. Fukunaga, "Classical Planning in Deep Latent
Space", AAAI 2018.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from latplan.coder import Coder, Convolution, Perceptron, PictureEncoder, pixel_map
from latplan.subspace import Floats, Subspace

Sampling = Literal["soft", "straight-through", "hard"]
EncoderKind = Literal["full", "convolutional", "patch"]

#: Channels and sizes of the two convolutions of the convolutional encoder, each with a stride of 2.
_CHANNELS, _SIZES = (16, 32), (5, 3)


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The kind and the size of the network."""

    bits: int = 100
    """Bits of the code, of which training leaves many unused; a patch encoder has the next multiple of its patches."""
    hidden: int = 256
    """Width of the hidden layer on each side."""
    encoder: EncoderKind = "full"
    """Of components, or, of the picture that they stand for, convolutional or patch by patch."""
    patch: int = 14
    """Pixels along the side of a patch."""

    def __post_init__(self) -> None:
        if min(self.bits, self.hidden, self.patch) < 1 or self.encoder not in ("full", "convolutional", "patch"):
            raise ValueError(f"not a network: {self}")


class StateAutoencoder(nn.Module):
    """Weighed components [n, components] -> logits [n, bits], and bits -> components."""

    def __init__(self, architecture: Architecture, subspace: Subspace) -> None:
        """`subspace`: whose components it takes."""
        super().__init__()
        hidden, inputs = architecture.hidden, subspace.components
        self.bits = architecture.bits
        if architecture.encoder == "full":
            self.encoder = nn.Sequential(
                nn.Linear(inputs, hidden), nn.ReLU(), nn.BatchNorm1d(hidden), nn.Linear(hidden, self.bits)
            )
        else:
            self.encoder = self._of_pictures(architecture, subspace)
        self.decoder = nn.Sequential(
            nn.BatchNorm1d(self.bits), nn.Linear(self.bits, hidden), nn.ReLU(), nn.BatchNorm1d(hidden),
            nn.Linear(hidden, inputs),
        )  # fmt: skip

    def _of_pictures(self, architecture: Architecture, subspace: Subspace) -> nn.Sequential:
        patches = architecture.encoder == "patch"
        stride = architecture.patch if patches else 2
        pixels, shape = pixel_map(subspace, stride)
        back: list[nn.Module] = [_Pictures(torch.from_numpy(pixels), shape)]
        if patches:
            count = (shape[1] // stride) * (shape[2] // stride)
            each = -(-architecture.bits // count)
            self.bits = each * count
            width = architecture.hidden
            layers = [nn.Conv2d(shape[0], width, stride, stride), nn.ReLU(), nn.BatchNorm2d(width)]
            return nn.Sequential(*back, *layers, nn.Conv2d(width, each, 1), nn.Flatten())
        channels = (shape[0], *_CHANNELS)
        layers = []
        for before, after, size in zip(channels, channels[1:], _SIZES, strict=False):
            layers += [nn.Conv2d(before, after, size, 2), nn.ReLU(), nn.BatchNorm2d(after)]
        with torch.inference_mode():
            numbers = nn.Sequential(*back, *layers).eval()(torch.zeros(1, subspace.components)).numel()
        return nn.Sequential(*back, *layers, nn.Flatten(), nn.Linear(numbers, self.bits))

    def encode(self, components: Tensor) -> Tensor:
        """Logits of the bits; a bit is set where its logit is above 0."""
        return self._through(self.encoder, components)

    def decode(self, bits: Tensor) -> Tensor:
        """Components that the bits stand for."""
        return self._through(self.decoder, bits)

    def _through(self, side: nn.Sequential, numbers: Tensor) -> Tensor:
        """While a side is trained, with products of half the length where the processor has them: twice as fast."""
        with torch.autocast("cpu", torch.bfloat16, enabled=side.training and _has_short_products()):
            result: Tensor = side(numbers)
        return result.float()

    def coder(self) -> Coder:
        """The same function, as it is after training, with each normalisation folded into the layer behind it."""
        code, back_into, _, back_units, back_out = self.decoder
        decoder = Perceptron(*_folded(code, back_into), *_folded(back_units, back_out))
        if not isinstance(self.encoder[0], _Pictures):
            into, _, units, out = self.encoder
            return Coder(Perceptron(*_folded(None, into), *_folded(units, out)), decoder)
        pictures = self.encoder[0]
        convolutions: list[Convolution] = []
        last = None
        normalisation = None
        for layer in self.encoder:
            if isinstance(layer, nn.BatchNorm2d):
                normalisation = layer
            elif isinstance(layer, nn.Conv2d):
                convolutions.append(Convolution(*_folded(normalisation, layer), layer.stride[0]))
            elif isinstance(layer, nn.Linear):
                last = _folded(normalisation, layer)
        every = np.arange(self.bits)
        return Coder(PictureEncoder(pictures.pixels.numpy(), pictures.shape, tuple(convolutions), last, every), decoder)


class _Pictures(nn.Module):
    """Components [n, components] as the pictures that they stand for, [n, channels, height, width]."""

    pixels: Tensor

    def __init__(self, pixels: Tensor, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.register_buffer("pixels", pixels)
        self.shape = shape

    def forward(self, components: Tensor) -> Tensor:
        """See the class."""
        return (components @ self.pixels).reshape(-1, *self.shape)


def _has_short_products() -> bool:
    """Whether the processor multiplies numbers of 16 bits (bfloat16) itself."""
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _folded(normalisation: nn.Module | None, layer: nn.Module) -> tuple[Floats, Floats]:
    """Weights and bias of a linear layer or a convolution behind a normalisation, as one."""
    assert isinstance(layer, nn.Linear | nn.Conv2d)
    assert layer.bias is not None
    weight, bias = layer.weight.detach().double(), layer.bias.detach().double()
    if normalisation is not None:
        assert isinstance(normalisation, nn.BatchNorm1d | nn.BatchNorm2d)
        assert normalisation.running_var is not None
        assert normalisation.running_mean is not None
        scale = normalisation.weight.detach().double() / (normalisation.running_var.double() + normalisation.eps).sqrt()
        shift = normalisation.bias.detach().double() - normalisation.running_mean.double() * scale
        # A layer behind flattened channels has several columns for each.
        repeats = weight.shape[1] // len(scale)
        scale, shift = scale.repeat_interleave(repeats), shift.repeat_interleave(repeats)
        spread = (1, -1) + (1,) * (weight.dim() - 2)
        bias = bias + (weight * shift.reshape(spread)).flatten(1).sum(1)
        weight = weight * scale.reshape(spread)
    return weight.float().numpy(), bias.float().numpy()


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
    divergence = chance * (logits - log_odds) - nn.functional.softplus(logits) - torch.log1p(-torch.tensor(prior))
    return divergence.sum(1)
