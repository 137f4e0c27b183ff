"""How a network is asked: as it is, or as a frozen copy that computes faster, on a processor or a GPU.

A frozen copy has the batch normalisation folded into the convolutions and its memory in the order that the processor's
convolutions like. It may compute with 16 bits (bfloat16: 8 bits of precision), and may be compiled for a few sizes of
batch, to which smaller ones are filled up.
"""

from __future__ import annotations

import copy
import itertools
from abc import ABC, abstractmethod
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from nets.device import torch_device
from nets.residual import Output, ResidualNetwork

Precision = Literal["auto", "float32", "bfloat16"]
PRECISIONS: tuple[Precision, ...] = ("auto", "float32", "bfloat16")
#: Sizes of batches that a compiled network is compiled for, besides the largest that is asked for.
_SIZES = (1, 8, 32, 128)


class Answers(NamedTuple):
    """What a network says of n states."""

    logits: npt.NDArray[np.float32]
    """[n, moves]: of the actions that were asked for."""
    wdl: npt.NDArray[np.float32]
    """[n, 3]: probabilities."""
    moves_left: npt.NDArray[np.float32] | None
    """[n]: plies; None without that head."""


class Backend(ABC):
    """Something that computes a network."""

    name: str

    @abstractmethod
    def answer(self, planes: npt.NDArray[np.float32], actions: npt.NDArray[np.int32]) -> Answers:
        """The answers for `planes` [n, planes, ranks, files]; `actions` [n, moves]: those whose logits are wanted."""


class LiveNetwork(Backend):
    """The network itself: what is learnt meanwhile counts at once."""

    def __init__(self, network: ResidualNetwork, *, device: str = "cpu") -> None:
        self.name = "network"
        self.device = torch_device(device)
        self.network = network.eval().to(self.device)

    def answer(self, planes: npt.NDArray[np.float32], actions: npt.NDArray[np.int32]) -> Answers:
        with torch.inference_mode():
            return _answers(self.network(torch.from_numpy(planes).to(self.device)), actions)


class FrozenNetwork(Backend):
    """A copy of a network as it is now, made to be fast."""

    def __init__(
        self, network: ResidualNetwork, *, device: str = "cpu", precision: Precision = "auto", compiled: bool = False
    ) -> None:
        """`precision` auto is bfloat16 where the device computes it in hardware, else float32; `compiled`: by
        `torch.compile`, which needs a C++ compiler on a processor. ValueError for a device that is not there.
        """
        self.device = torch_device(device)
        if precision not in PRECISIONS:
            raise ValueError(f"the precision is one of {', '.join(PRECISIONS)}; {precision!r} is not")
        half = precision == "bfloat16" or (precision == "auto" and fast_bfloat16(self.device))
        self.precision = "bfloat16" if half else "float32"
        self.name = f"torch {self.precision}{', compiled' if compiled else ''} on {self.device.type}"
        self._dtype = torch.bfloat16 if half else torch.float32
        frozen = folded(network).to(self.device, self._dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._compiled = compiled
        self._run: Any = torch.compile(frozen, dynamic=False) if compiled else frozen

    def answer(self, planes: npt.NDArray[np.float32], actions: npt.NDArray[np.int32]) -> Answers:
        n = len(planes)
        size = next((size for size in _SIZES if size >= n), -(-n // _SIZES[-1]) * _SIZES[-1]) if self._compiled else n
        with torch.inference_mode():
            asked = torch.from_numpy(planes)
            if size > n:
                asked = torch.cat([asked, asked.new_zeros(size - n, *planes.shape[1:])])
            asked = asked.to(self.device, self._dtype).contiguous(memory_format=torch.channels_last)
            output = Output(*self._run(asked))
            kept = Output(*(None if part is None else part[:n] for part in output))  # type: ignore[arg-type]
            return _answers(kept, actions)


def _answers(output: Output, actions: npt.NDArray[np.int32]) -> Answers:
    legal = torch.from_numpy(actions).long().to(output.policy.device)
    logits = output.policy.gather(1, legal)
    return Answers(
        logits.float().cpu().numpy(),
        torch.softmax(output.wdl.float(), 1).cpu().numpy(),
        None if output.moves_left is None else output.moves_left.float().cpu().numpy(),
    )


def fast_bfloat16(device: torch.device) -> bool:
    """Whether a device computes with bfloat16 in hardware."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def folded(network: ResidualNetwork) -> ResidualNetwork:
    """A copy of a network with its batch normalisation folded into the convolutions before."""
    frozen = copy.deepcopy(network).eval()
    for module in list(frozen.modules()):
        names = list(module._modules)
        for first, second in itertools.pairwise(names):
            convolution, normalisation = module._modules[first], module._modules[second]
            if isinstance(convolution, nn.Conv2d) and isinstance(normalisation, nn.BatchNorm2d):
                module._modules[first] = fuse_conv_bn_eval(convolution, normalisation)
                module._modules[second] = nn.Identity()
    for parameter in frozen.parameters():
        parameter.requires_grad_(False)
    return frozen


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Of the rows of `logits` [n, m]."""
    shares = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(shares / shares.sum(1, keepdims=True), np.float32)


def as_tensors(network: ResidualNetwork, states: int) -> Tensor:
    """Zero planes for so many states."""
    config = network.config
    return torch.zeros(states, config.planes, config.ranks, config.files)
