"""Boards and pieces as pictures, drawn from simple shapes at four times the size and scaled down.

Coordinates of shapes are in hundredths of a square, from its upper left corner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

#: Pixels of a square, and how much larger everything is drawn before it is scaled down.
SQUARE, OVERSAMPLING = 48, 4

LIGHT, DARK = (233, 220, 196), (158, 125, 96)
#: Squares of the last move.
LIGHT_MARKED, DARK_MARKED = (224, 208, 120), (176, 150, 66)
#: Fill and outline of the first player's pieces, and of the second's.
COLOURS = {True: ((250, 248, 242), (52, 44, 38)), False: ((62, 54, 50), (16, 13, 12))}
#: Lines inside a piece: dark on light, light on dark.
DETAILS = {True: (52, 44, 38), False: (205, 196, 184)}
_OUTLINE = 4

Polygon = tuple[tuple[float, float], ...]
Circle = tuple[float, float, float]

#: The foot that most pieces share.
_FOOT: Polygon = ((22, 88), (22, 80), (28, 76), (72, 76), (78, 80), (78, 88))

#: Shapes of each kind of piece: polygons and circles (x, y, radius), drawn in this order; later ones hide earlier.
_SHAPES: dict[str, tuple[Polygon | Circle, ...]] = {
    "p": (
        ((25, 88), (25, 81), (38, 70), (43, 52), (57, 52), (62, 70), (75, 81), (75, 88)),
        ((35, 54), (39, 48), (61, 48), (65, 54)),
        (50, 34, 14),
    ),
    "n": (
        (
            (30, 77), (32, 64), (45, 50), (47, 43), (36, 49), (28, 56), (21, 53), (19, 46), (31, 28), (33, 20),
            (38, 14), (43, 21), (56, 21), (67, 30), (74, 46), (75, 62), (72, 77),
        ),
        _FOOT,
    ),
    "b": (
        ((36, 77), (42, 62), (58, 62), (64, 77)),
        ((50, 18), (60, 30), (67, 42), (65, 53), (57, 60), (43, 60), (35, 53), (33, 42), (40, 30)),
        ((36, 65), (39, 59), (61, 59), (64, 65)),
        (50, 16, 6),
        _FOOT,
    ),
    "r": (
        ((31, 77), (35, 40), (65, 40), (69, 77)),
        (
            (27, 42), (27, 17), (37, 17), (37, 25), (45, 25), (45, 17), (55, 17), (55, 25), (63, 25), (63, 17),
            (73, 17), (73, 42),
        ),
        _FOOT,
    ),
    "q": (
        (
            (31, 77), (26, 60), (15, 30), (31, 46), (34, 22), (45, 44), (50, 18), (55, 44), (66, 22), (69, 46),
            (85, 30), (74, 60), (69, 77),
        ),
        (15, 27, 5), (34, 19, 5), (50, 15, 5), (66, 19, 5), (85, 27, 5),
        _FOOT,
    ),
    "k": (
        ((47, 8), (53, 8), (53, 14), (60, 14), (60, 20), (53, 20), (53, 32), (47, 32), (47, 20), (40, 20), (40, 14),
         (47, 14)),
        (
            (32, 77), (29, 64), (18, 54), (15, 43), (21, 34), (32, 31), (42, 36), (50, 46), (58, 36), (68, 31),
            (79, 34), (85, 43), (82, 54), (71, 64), (68, 77),
        ),
        ((50, 26), (57, 37), (50, 48), (43, 37)),
        _FOOT,
    ),
}  # fmt: skip

#: Lines inside the pieces: pairs of points.
_LINES: dict[str, tuple[Polygon, ...]] = {
    "p": (),
    "n": (((57, 29), (66, 42), (67, 58)), ((37, 31), (39, 30)), ((24, 48), (26, 49))),
    "b": (((50, 33), (50, 50)), ((43, 41), (57, 41))),
    "r": (((34, 44), (66, 44)), ((32, 71), (68, 71))),
    "q": (((29, 64), (71, 64)), ((31, 71), (69, 71))),
    "k": (((31, 66), (69, 66)), ((32, 72), (68, 72)), ((50, 48), (50, 64))),
}


@cache
def piece_picture(letter: str, square: int = SQUARE) -> Image.Image:
    """A piece by its letter as in a FEN, on a transparent ground, RGBA of `square` x `square` pixels."""
    scale = square * OVERSAMPLING / 100
    white = letter.isupper()
    fill, outline = COLOURS[white]
    width = round(_OUTLINE * scale)
    picture = Image.new("RGBA", (square * OVERSAMPLING,) * 2, (*outline, 0))
    draw = ImageDraw.Draw(picture)

    def scaled(points: Polygon) -> list[tuple[float, float]]:
        return [(x * scale, y * scale) for x, y in points]

    for shape in _SHAPES[letter.lower()]:
        if isinstance(shape[0], tuple):
            points = scaled(shape)
            draw.polygon(points, fill=(*fill, 255))
            # Twice round the first corner, so that every corner is a rounded joint.
            draw.line([*points, points[0], points[1]], fill=(*outline, 255), width=width, joint="curve")
        else:
            x, y, radius = (value * scale for value in shape)
            outer = radius + width / 2
            draw.ellipse((x - outer, y - outer, x + outer, y + outer), fill=(*outline, 255))
            inner = radius - width / 2
            draw.ellipse((x - inner, y - inner, x + inner, y + inner), fill=(*fill, 255))
    for line in _LINES[letter.lower()]:
        draw.line(scaled(line), fill=(*DETAILS[white], 255), width=round(0.8 * width), joint="curve")
    return picture.resize((square, square), Image.Resampling.LANCZOS)


def board_picture(
    files: int, ranks: int, pieces: Mapping[int, str], marked: Iterable[int] = (), square: int = SQUARE
) -> npt.NDArray[np.uint8]:
    """A board with the first player at the bottom, uint8 [ranks * square, files * square, 3].

    `pieces` maps squares (8 * rank + file) to letters as in a FEN; `marked` squares are highlighted.
    """
    marked = {int(one) for one in marked}
    picture = Image.new("RGB", (files * square, ranks * square))
    draw = ImageDraw.Draw(picture)
    for rank in range(ranks):
        for file in range(files):
            number = 8 * rank + file
            left, top = file * square, (ranks - 1 - rank) * square
            dark = (rank + file) % 2 == 0
            highlighted = number in marked
            colour = (DARK_MARKED if dark else LIGHT_MARKED) if highlighted else (DARK if dark else LIGHT)
            draw.rectangle((left, top, left + square - 1, top + square - 1), fill=colour)
            if number in pieces:
                piece = piece_picture(pieces[number], square)
                picture.paste(piece, (left, top), piece)
    return np.asarray(picture, np.uint8).copy()
