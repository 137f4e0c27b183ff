"""Pairs of pictures, before a move and after it, read from a folder or an `.npz` file, and checked."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.lib.npyio import NpzFile
from PIL import Image

from latplan.picture import Picture
from latplan.picture_file import read_header, read_picture
from search.whole_file import whole_file

#: Fewer pairs than this teach nothing that could be trusted.
LEAST_PAIRS = 2_000
#: Pictures are at least and at most so many pixels high and wide.
LEAST_SIDE, MOST_SIDE = 8, 512
#: Bytes that all pictures take at most; the rest of learning takes little beside them.
MOST_BYTES = 8 << 30
#: Names in a folder, and in an `.npz` file.
BEFORE, AFTER = "pre", "suc"


class Pairs(NamedTuple):
    """Pictures of all pairs, uint8 [pairs, height, width] (grey) or [pairs, height, width, 3] (red, green, blue)."""

    before: Picture
    after: Picture


def load_pairs(path: Path) -> Pairs:
    """The pairs in a folder of `NAME-pre.png` and `NAME-suc.png`, or in an `.npz` file with arrays `pre` and `suc`.

    ValueError, in one sentence, for what cannot be learnt from.
    """
    if path.is_dir():
        return checked(_from_folder(path), str(path))
    if not path.exists():
        raise ValueError(
            f"{path} does not exist; give a folder of NAME-{BEFORE}.png and NAME-{AFTER}.png, or an .npz file"
        )
    check_memory(_bytes_of_npz(path), str(path))
    return checked(_from_npz(path), str(path))


def checked(pairs: Pairs, what: str) -> Pairs:
    """The same pairs; ValueError, which begins with `what`, if nothing can be learnt from them."""
    before, after = pairs
    for name, pictures in ((BEFORE, before), (AFTER, after)):
        if pictures.dtype != np.uint8 or not (pictures.ndim == 3 or (pictures.ndim == 4 and pictures.shape[3] == 3)):
            raise ValueError(
                f"{what}: {name} is {pictures.dtype} {list(pictures.shape)}; pictures are uint8 [pairs, height, width] "
                "or [pairs, height, width, 3]"
            )
    if before.shape != after.shape:
        raise ValueError(
            f"{what}: {BEFORE} is {list(before.shape)} and {AFTER} is {list(after.shape)}; they must agree"
        )
    if len(before) < LEAST_PAIRS:
        raise ValueError(
            f"{what} has {len(before)} pairs of pictures, which are too few; it takes {LEAST_PAIRS} or more"
        )
    height, width = before.shape[1:3]
    if not (LEAST_SIDE <= height <= MOST_SIDE and LEAST_SIDE <= width <= MOST_SIDE):
        raise ValueError(
            f"{what}: pictures of {width}x{height} pixels; they are {LEAST_SIDE} to {MOST_SIDE} pixels a side"
        )
    moves = int(changing(pairs).sum())
    if not moves:
        raise ValueError(f"{what}: no picture differs from its partner, so there is no action to learn")
    if moves < LEAST_PAIRS:
        raise ValueError(
            f"{what} has {moves} pairs of pictures that differ, which are too few; it takes {LEAST_PAIRS} or more"
        )
    if all(np.array_equal(picture, before[0]) for picture in before):
        raise ValueError(f"{what}: all {BEFORE} pictures are the same, so there is no state to learn")
    return pairs


def check_memory(taken: int, what: str) -> None:
    """ValueError, which begins with `what`, if pictures of so many bytes are more than can be learnt from."""
    if taken > MOST_BYTES:
        raise ValueError(
            f"{what}: the pictures take {taken / (1 << 30):.1f} GiB of memory, and {MOST_BYTES >> 30} is the most; "
            "take fewer pairs, or smaller pictures"
        )


def changing(pairs: Pairs) -> npt.NDArray[np.bool_]:
    """Whether the pictures of each pair, [pairs], differ at all."""
    return np.array([not np.array_equal(before, after) for before, after in zip(*pairs, strict=True)], bool)


def save_pairs(pairs: Pairs, path: Path) -> None:
    """Write what `load_pairs` reads: an `.npz` file, whole or not at all, or a new folder of pictures.

    ValueError if a folder holds something already.
    """
    if path.suffix == ".npz":
        with whole_file(path, "wb") as file:
            np.savez_compressed(file, pre=pairs.before, suc=pairs.after)
        return
    path.mkdir(parents=True, exist_ok=True)
    if any(path.iterdir()):
        raise ValueError(f"{path} is not empty; pairs go into a new folder")
    digits = len(str(len(pairs.before) - 1))
    for kind, pictures in zip((BEFORE, AFTER), pairs, strict=True):
        for number, picture in enumerate(pictures):
            Image.fromarray(picture).save(path / f"{number:0{digits}}-{kind}.png")


def _from_folder(folder: Path) -> Pairs:
    names = {
        kind: {file.name[: -len(file.suffix) - len(kind) - 1]: file for file in folder.glob(f"*-{kind}.*")}
        for kind in (BEFORE, AFTER)
    }
    if not any(names.values()):
        raise ValueError(f"{folder} holds no pictures that are called NAME-{BEFORE}.png and NAME-{AFTER}.png")
    for kind, other in ((BEFORE, AFTER), (AFTER, BEFORE)):
        lonely = sorted(names[kind].keys() - names[other].keys())
        if lonely:
            raise ValueError(f"{names[kind][lonely[0]]} has no partner {lonely[0]}-{other}.png")
    files = [names[kind][name] for kind in (BEFORE, AFTER) for name in sorted(names[BEFORE])]
    pictures = _same_size(files, folder)
    half = len(pictures) // 2
    return Pairs(pictures[:half], pictures[half:])


def _same_size(files: Sequence[Path], folder: Path) -> Picture:
    """All pictures in one array; in colours if any of them has colours."""
    first, *others = headers = [read_header(file) for file in files]
    for file, header in zip(files[1:], others, strict=True):
        if header[:2] != first[:2]:
            sizes = [f"{one.width}x{one.height}" for one in (header, first)]
            raise ValueError(f"{file} is {sizes[0]} pixels large and {files[0]} is {sizes[1]}; all must have one size")
    colours = not all(header.grey for header in headers)
    shape = (len(files), first.height, first.width, *((3,) if colours else ()))
    check_memory(math.prod(shape), str(folder))
    pictures = np.empty(shape, np.uint8)
    for made, file in zip(pictures, files, strict=True):
        picture = read_picture(file)
        made[:] = picture[..., None] if colours and picture.ndim == 2 else picture
    return pictures


def _bytes_of_npz(path: Path) -> int:
    """What the pairs in a file take in memory; 0 if it is no file of arrays, which is refused when it is read."""
    if not zipfile.is_zipfile(path):
        return 0
    with zipfile.ZipFile(path) as arrays:
        return sum(part.file_size for part in arrays.infolist() if part.filename in (f"{BEFORE}.npy", f"{AFTER}.npy"))


def _from_npz(path: Path) -> Pairs:
    try:
        arrays = np.load(path, allow_pickle=False)
        if not isinstance(arrays, NpzFile):
            raise ValueError("it holds one array, not two")
        with arrays:
            missing = [name for name in (BEFORE, AFTER) if name not in arrays]
            if missing:
                raise ValueError(f"it has no array {missing[0]!r}, only {arrays.files}")
            return Pairs(arrays[BEFORE], arrays[AFTER])
    except (OSError, EOFError, zipfile.BadZipFile, ValueError) as error:
        raise ValueError(f"{path} is no .npz file with arrays '{BEFORE}' and '{AFTER}': {error}") from None
