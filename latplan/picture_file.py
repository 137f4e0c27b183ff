"""Pictures in files of any kind that Pillow reads: as bytes, grey or in colours; what is transparent shows white."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError

from latplan.picture import Picture

#: Pillow's modes without colours, and those whose numbers have no scale that a byte could be read off.
_GREY = ("1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I;16N")
_UNSCALED = ("I", "F")
#: Modes with transparency; of others, a file may say which value is transparent.
_TRANSPARENT = ("RGBA", "RGBa", "LA", "La", "PA")


class Header(NamedTuple):
    """What a file says of its picture before it is read."""

    width: int
    height: int
    grey: bool


def read_header(path: Path) -> Header:
    """ValueError if the file is no picture that can be read."""
    with _opened(path) as image:
        return Header(*image.size, image.mode in _GREY)


def read_picture(path: Path) -> Picture:
    """One picture, uint8, grey [height, width] or [height, width, 3]; ValueError if it cannot be read."""
    with _opened(path) as image:
        if image.mode.startswith("I;16"):
            return (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
        wanted = "L" if image.mode in _GREY else "RGB"
        if image.mode in _TRANSPARENT or "transparency" in image.info:
            white = Image.new("RGBA", image.size, "white")
            return np.asarray(Image.alpha_composite(white, image.convert("RGBA")).convert(wanted))
        return np.asarray(image.convert(wanted))


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path) as image:
            if image.mode in _UNSCALED:
                raise ValueError(
                    f"{path} has {'whole' if image.mode == 'I' else 'real'} numbers of 32 bits, which have no white; "
                    "8 or 16 bits are wanted"
                )
            yield image
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, SyntaxError) as error:
        raise ValueError(f"{path} is not a picture that can be read: {error}") from None
