"""Pictures of tiles: handwritten digits, and pieces of a photograph."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from latplan.picture import Picture

_DATA = files("latplan.domains") / "data"


def digit_tiles(count: int, side: int) -> Picture:
    """`count` tiles that show 0, 1, 2, … in handwriting, uint8 [count, side, side]; from 10 on with two digits."""
    with Image.open(BytesIO((_DATA / "digits.png").read_bytes())) as strip:
        digits = [strip.crop((8 * digit, 0, 8 * digit + 8, 8)) for digit in range(10)]
    tiles = np.zeros((count, side, side), np.uint8)
    for number, tile in enumerate(tiles):
        text = str(number)
        across = side // len(text)
        for place, digit in enumerate(text):
            picture = digits[int(digit)].resize((across, side), Image.Resampling.BICUBIC)
            tile[:, place * across : (place + 1) * across] = np.asarray(picture)
    return tiles


def photograph_tiles(across: int, side: int, photograph: Path | None = None) -> Picture:
    """A photograph cut in across x across pieces, uint8 [across^2, side, side]; the first is the hole, black.

    The middle square of `photograph` is used; ValueError if it is no picture. Without one, a picture of a flower.
    """
    try:
        with Image.open(
            BytesIO((_DATA / "photograph.png").read_bytes()) if photograph is None else photograph
        ) as image:
            grey = image.convert("L")
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{photograph} is not a picture that can be read: {error}") from None
    width, height = grey.size
    least = min(width, height)
    left, top = (width - least) // 2, (height - least) // 2
    square = grey.crop((left, top, left + least, top + least))
    pixels = np.asarray(square.resize((across * side, across * side), Image.Resampling.LANCZOS))
    tiles = pixels.reshape(across, side, across, side).swapaxes(1, 2).reshape(across * across, side, side).copy()
    tiles[0] = 0
    return tiles
