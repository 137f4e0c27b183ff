"""A plan as pictures: a strip, an animation, and single frames, each at the size of the puzzle's pictures."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image

from latplan.picture import Picture
from search.whole_file import whole_file

#: Frames side by side in a row of the strip, pixels between them, and their grey.
_ACROSS, _GAP, _GAP_GREY = 8, 4, 160
#: Milliseconds of a frame of the animation, and of its last.
_FRAME, _LAST_FRAME = 500, 2_000


def strip(frames: Picture) -> Picture:
    """All frames [n, *shape] in rows of eight, with gaps, as one picture."""
    count, height, width = frames.shape[:3]
    across = min(count, _ACROSS)
    down = -(-count // across)
    sheet = np.full(
        (down * (height + _GAP) + _GAP, across * (width + _GAP) + _GAP, *frames.shape[3:]), _GAP_GREY, np.uint8
    )
    for number, frame in enumerate(frames):
        top, left = (
            _GAP + place * size
            for place, size in zip(divmod(number, across), (height + _GAP, width + _GAP), strict=True)
        )
        sheet[top : top + height, left : left + width] = frame
    return sheet


def save_picture(picture: Picture, path: Path) -> None:
    """Write a PNG, whole or not at all."""
    with whole_file(path, "wb") as file:
        Image.fromarray(picture).save(file, "PNG")


def save_animation(frames: Picture, path: Path) -> None:
    """Write an endless GIF, whole or not at all."""
    images = [Image.fromarray(frame) for frame in frames]
    with whole_file(path, "wb") as file:
        images[0].save(
            file,
            "GIF",
            save_all=True,
            append_images=images[1:],
            duration=[_FRAME] * (len(images) - 1) + [_LAST_FRAME],
            loop=0,
        )


def save_plan(frames: Picture, folder: Path) -> None:
    """Write `strip.png`, `plan.gif`, and `frames/000.png`, `frames/001.png`, … into a folder."""
    (folder / "frames").mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames):
        save_picture(frame, folder / "frames" / f"{number:03}.png")
    save_picture(strip(frames), folder / "strip.png")
    save_animation(frames, folder / "plan.gif")


def remove_plan(folder: Path) -> None:
    """Remove what `save_plan` wrote into a folder, and nothing else."""
    for name in ("strip.png", "plan.gif"):
        (folder / name).unlink(missing_ok=True)
    for frame in (folder / "frames").glob("*.png"):
        if re.fullmatch("[0-9]{3,}", frame.stem):
            frame.unlink()
