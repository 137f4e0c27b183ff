"""A trained autoencoder as it is used: bits from the weighed components of pictures, and back, in NumPy alone.

Planning needs a few products of small matrices, which do not wait for torch to be imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from latplan.problem import Bits
from latplan.subspace import Floats, Subspace, blocks, shortened

Arrays: TypeAlias = Mapping[str, npt.NDArray[Any]]

#: Pictures that are encoded at a time, at most, and how often a convolution's windows repeat a pixel, about.
_BLOCK, _REPEATED = 2_000, 8


class Perceptron(NamedTuple):
    """Two layers with rectified units between them."""

    first: Floats
    """[hidden, inputs]: weights."""
    first_bias: Floats
    """[hidden]."""
    second: Floats
    """[outputs, hidden]: weights."""
    second_bias: Floats
    """[outputs]."""

    def __call__(self, inputs: Floats) -> Floats:
        """[n, outputs] of [n, inputs]."""
        hidden = inputs @ self.first.T + self.first_bias
        outputs: Floats = np.maximum(hidden, 0, out=hidden) @ self.second.T + self.second_bias
        return outputs

    def of_outputs(self, used: npt.NDArray[np.int64]) -> Perceptron:
        """The same with these outputs only."""
        return self._replace(second=self.second[used], second_bias=self.second_bias[used])

    def shortened(self) -> Perceptron:
        """The same with `shortened` numbers."""
        return Perceptron(*map(shortened, self))

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> Perceptron:
        """From a file's arrays; KeyError or ValueError if they do not fit together."""
        made = cls(*(arrays[name].astype(np.float32) for name in cls._fields))
        hidden, outputs = len(made.first), len(made.second)
        if [array.shape for array in made] != [
            (hidden, made.first.shape[-1]),
            (hidden,),
            (outputs, hidden),
            (outputs,),
        ]:
            raise ValueError(f"layers of shapes {[list(array.shape) for array in made]} do not follow each other")
        return made


class Convolution(NamedTuple):
    """A convolution without a border."""

    weight: Floats
    """[outputs, inputs, size, size]."""
    bias: Floats
    """[outputs]."""
    stride: int

    def shortened(self) -> Convolution:
        """The same with `shortened` numbers."""
        return Convolution(shortened(self.weight), shortened(self.bias), self.stride)

    def __call__(self, pictures: Floats) -> Floats:
        """[n, outputs, height', width'] of [n, inputs, height, width]."""
        size = self.weight.shape[-1]
        windows = sliding_window_view(pictures, (size, size), axis=(2, 3))[:, :, :: self.stride, :: self.stride]
        made = np.tensordot(windows, self.weight, ((1, 4, 5), (1, 2, 3))) + self.bias
        outputs: Floats = np.moveaxis(made, -1, 1)
        return outputs


class PictureEncoder(NamedTuple):
    """Two convolutions over the picture that components stand for, with rectified units between them, then a layer.

    With a stride as large as the first convolution, it looks at patches, each by itself; then there is no last layer.
    """

    pixels: Floats
    """[components, channels * height * width]: from components to pictures."""
    shape: tuple[int, int, int]
    """Channels, height and width of those."""
    convolutions: tuple[Convolution, ...]
    last: tuple[Floats, Floats] | None
    """Weights, [outputs, all numbers of the second convolution], and bias."""
    used: npt.NDArray[np.int64]
    """[bits]: which of the outputs are bits."""

    def __call__(self, inputs: Floats) -> Floats:
        """Logits, [n, bits], of components [n, components]."""
        pictures = (inputs @ self.pixels).reshape(-1, *self.shape)
        for number, convolution in enumerate(self.convolutions):
            pictures = convolution(np.maximum(pictures, 0) if number else pictures)
        outputs: Floats = pictures.reshape(len(pictures), -1)
        if self.last is not None:
            outputs = np.maximum(outputs, 0) @ self.last[0].T + self.last[1]
        return outputs[:, self.used]

    def of_outputs(self, used: npt.NDArray[np.int64]) -> PictureEncoder:
        """The same with these outputs only."""
        return self._replace(used=self.used[used])

    def shortened(self) -> PictureEncoder:
        """The same with `shortened` numbers."""
        last = None if self.last is None else (shortened(self.last[0]), shortened(self.last[1]))
        return self._replace(convolutions=tuple(layer.shortened() for layer in self.convolutions), last=last)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What a file keeps; the pixels follow from the subspace."""
        kept: dict[str, npt.NDArray[Any]] = {"used": self.used.astype(np.int32)}
        if self.last is not None:
            kept |= {"last": self.last[0], "last_bias": self.last[1]}
        for number, convolution in enumerate(self.convolutions):
            kept |= {
                f"weight{number}": convolution.weight,
                f"bias{number}": convolution.bias,
            }
        kept["strides"] = np.array([convolution.stride for convolution in self.convolutions], np.int32)
        return kept

    @classmethod
    def of_arrays(cls, arrays: Arrays, subspace: Subspace) -> PictureEncoder:
        """From a file's arrays; KeyError or ValueError if they do not fit together."""
        convolutions = tuple(
            Convolution(
                arrays[f"weight{number}"].astype(np.float32),
                arrays[f"bias{number}"].astype(np.float32),
                int(arrays["strides"][number]),
            )
            for number in range(2)
        )
        last = None
        if "last" in arrays:
            last = (arrays["last"].astype(np.float32), arrays["last_bias"].astype(np.float32))
        pixels, shape = pixel_map(subspace, convolutions[0].stride)
        made = cls(pixels, shape, convolutions, last, arrays["used"].astype(np.int64))
        made(np.zeros((1, subspace.components), np.float32))  # ValueError where shapes do not fit
        return made


def pixel_map(subspace: Subspace, stride: int) -> tuple[Floats, tuple[int, int, int]]:
    """The matrix from weighed components to pictures, less the mean one, and the shape of these.

    Channels come first, and height and width are filled up with zeros to multiples of `stride`.
    """
    height, width, channels = (*subspace.shape, 1)[:3]
    flat = np.zeros((subspace.components, height * width * channels), np.float32)
    flat[:, subspace.active] = (subspace.basis @ subspace.unweigh).T
    pictures = np.moveaxis(flat.reshape(-1, height, width, channels), 3, 1)
    pictures = np.pad(pictures, ((0, 0), (0, 0), (0, -height % stride), (0, -width % stride)))
    return np.ascontiguousarray(pictures.reshape(len(pictures), -1)), pictures.shape[1:]


Encoder: TypeAlias = Perceptron | PictureEncoder


class Coder(NamedTuple):
    """Pictures to bits and back."""

    encoder: Encoder
    """Components to logits; a bit is set where its logit is above 0."""
    decoder: Perceptron
    """Bits, 0 or 1, to components."""

    def encode(self, components: Floats) -> Bits:
        """The bits, [n, bits], of weighed components [n, components].

        They are those of the picture that the first bits give back: light and jitter are gone from it, so pictures of a
        state that lie on both sides of an edge between codes come to lie on the same side.
        """
        return self._bits(self.decode(self._bits(components)))

    def _bits(self, components: Floats) -> Bits:
        numbers = _REPEATED * self.encoder.pixels.shape[1] if isinstance(self.encoder, PictureEncoder) else 0
        parts = blocks(max(len(components), 1), numbers, most=_BLOCK)
        bits: Bits = np.concatenate([self.encoder(components[part]) > 0 for part in parts])
        return bits

    def decode(self, bits: Bits) -> Floats:
        """Weighed components, [n, components], of bits [n, bits]."""
        return self.decoder(bits.astype(np.float32))

    def shortened(self) -> Coder:
        """The same with `shortened` numbers: a file gives back the very bits that actions were read from."""
        return Coder(self.encoder.shortened(), self.decoder.shortened())

    def narrowed(self, used: npt.NDArray[np.int64], constants: Bits) -> Coder:
        """The same with the bits `used` only; all others always are what `constants`, [bits], says."""
        others = constants.astype(np.float32)
        others[used] = 0
        decoder = self.decoder._replace(
            first=np.ascontiguousarray(self.decoder.first[:, used]),
            first_bias=self.decoder.first_bias + self.decoder.first @ others,
        )
        return Coder(self.encoder.of_outputs(used), decoder)
