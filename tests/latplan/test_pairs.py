"""Pairs of pictures from folders and files: what is read, and one sentence for everything that cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latplan import pairs
from latplan.domains import Picture, domain
from latplan.pairs import load_pairs
from latplan.picture_file import read_picture


@pytest.fixture(autouse=True)
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "LEAST_PAIRS", 6)


def transitions(name: str = "hanoi", count: int = 6) -> tuple[Picture, Picture]:
    return domain(name).sample_transitions(count, np.random.default_rng(1))


def folder_of(before: Picture, after: Picture, folder: Path) -> Path:
    for number, pair in enumerate(zip(before, after, strict=True)):
        for kind, picture in zip(("pre", "suc"), pair, strict=True):
            Image.fromarray(picture).save(folder / f"{number:03}-{kind}.png")
    return folder


@pytest.mark.parametrize("name", ["hanoi", "sokoban"])
def test_a_folder_and_a_file_hold_the_same_pairs(name: str, tmp_path: Path) -> None:
    before, after = transitions(name)
    np.savez(tmp_path / "pairs.npz", pre=before, suc=after)
    for path in (folder_of(before, after, tmp_path), tmp_path / "pairs.npz"):
        read = load_pairs(path)
        assert np.array_equal(read.before, before)
        assert np.array_equal(read.after, after)


def test_one_picture_in_colours_makes_all_so(tmp_path: Path) -> None:
    before, after = transitions()
    folder_of(before, after, tmp_path)
    Image.fromarray(before[2]).convert("RGB").save(tmp_path / "002-pre.png")
    read = load_pairs(tmp_path)
    assert read.before.shape == (*before.shape, 3)
    assert np.array_equal(read.after[..., 1], after)
    assert read_picture(tmp_path / "002-pre.png").ndim == 3
    assert read_picture(tmp_path / "001-pre.png").ndim == 2


def ink(ground: int) -> Image.Image:
    """A black square, value 0 of a palette, on ground of some grey, value 1."""
    values = np.full((12, 12), 1, np.uint8)
    values[4:8, 4:8] = 0
    image = Image.fromarray(values, "L").convert("P")
    image.putpalette([0, 0, 0, *[ground] * 3])
    return image


def layered(mode: str) -> Image.Image:
    """The square on nothing, below whose transparency all is black."""
    opacity = Image.fromarray(np.where(np.asarray(ink(0)) == 0, 255, 0).astype(np.uint8))
    return Image.merge(mode, [*[Image.new("L", (12, 12), 0)] * (len(mode) - 1), opacity])


def sixteen(order: str) -> Image.Image:
    """The square on white, in 16 bits a pixel."""
    return Image.fromarray((65535 * (np.asarray(ink(0)) > 0)).astype(f"{order}u2"))


@pytest.mark.parametrize(
    ("image", "options", "colours"),
    [
        (layered("RGBA"), {}, True),
        (layered("LA"), {}, False),
        (ink(0), {"transparency": 1}, True),
        (ink(255), {}, True),
        (ink(255).convert("L"), {}, False),
        (ink(255).convert("1"), {}, False),
        (sixteen("<"), {}, False),
    ],
    ids=["RGBA", "LA", "palette with a hole", "palette", "grey", "black and white", "16 bits"],
)
def test_black_on_white_is_read_as_such(
    image: Image.Image, options: dict[str, int], colours: bool, tmp_path: Path
) -> None:
    image.save(tmp_path / "ink.png", **options)
    picture = read_picture(tmp_path / "ink.png")
    assert picture.dtype == np.uint8
    assert picture.shape == ((12, 12, 3) if colours else (12, 12))
    assert (picture[4:8, 4:8] == 0).all()
    assert (picture[:4] == 255).all()


def test_sixteen_bits_are_scaled_and_half_transparent_ink_is_grey(tmp_path: Path) -> None:
    grey = np.linspace(0, 65535, 144).astype(np.uint16).reshape(12, 12)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(read_picture(tmp_path / "grey.png"), grey // 256)
    Image.new("LA", (12, 12), (0, 128)).save(tmp_path / "thin.png")
    assert (read_picture(tmp_path / "thin.png") == 127).all()


@pytest.mark.parametrize("kind", [np.int32, np.float32])
def test_numbers_without_a_scale_are_refused(kind: type, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((12, 12), kind)).save(tmp_path / "numbers.tif")
    with pytest.raises(ValueError, match=r"numbers\.tif has .* numbers of 32 bits, which have no white"):
        read_picture(tmp_path / "numbers.tif")


def test_more_pictures_than_fit_into_memory_are_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = transitions()
    np.savez(tmp_path / "pairs.npz", pre=before, suc=after)
    folder = tmp_path / "folder"
    folder.mkdir()
    folder_of(before, after, folder)
    monkeypatch.setattr(pairs, "MOST_BYTES", 1000)
    monkeypatch.setattr(pairs, "read_picture", lambda path: pytest.fail(f"{path} was read"))
    for path in (folder, tmp_path / "pairs.npz"):
        refused(path, f"{path.name}: the pictures take .* GiB of memory, and .* is the most; take fewer pairs")


def refused(path: Path, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        load_pairs(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_folders_that_hold_no_pairs(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere", "does not exist; give a folder")
    refused(tmp_path, "holds no pictures that are called NAME-pre.png")
    before, after = transitions()
    folder_of(before, after, tmp_path)
    (tmp_path / "004-suc.png").rename(tmp_path / "hidden.png")
    refused(tmp_path, r"004-pre\.png has no partner 004-suc\.png")
    (tmp_path / "hidden.png").rename(tmp_path / "004-suc.png")
    whole = (tmp_path / "003-pre.png").read_bytes()
    (tmp_path / "003-pre.png").write_bytes(whole[: len(whole) // 2])
    refused(tmp_path, r"003-pre\.png is not a picture that can be read")
    Image.fromarray(before[3][:-1]).save(tmp_path / "003-pre.png")
    refused(tmp_path, r"003-pre\.png is 66x29 pixels large and .*000-pre\.png is 66x30; all must have one size")


def test_arrays_that_are_no_pairs(tmp_path: Path) -> None:
    path = tmp_path / "pairs.npz"
    before, after = transitions()

    def save(**arrays: np.ndarray) -> None:
        np.savez(path, **arrays)

    path.write_text("nothing")
    refused(path, "no .npz file with arrays")
    save(pre=before)
    refused(path, "has no array 'suc'")
    save(pre=before.astype(float), suc=after)
    refused(path, "pre is float64")
    save(pre=before, suc=after[:, :-1])
    refused(path, "they must agree")
    save(pre=before[:4], suc=after[:4])
    refused(path, "has 4 pairs of pictures, which are too few; it takes 6")
    save(pre=before[:, :5], suc=after[:, :5])
    refused(path, "pictures of 66x5 pixels")
    save(pre=before, suc=before)
    refused(path, "no picture differs from its partner")
    save(pre=before, suc=np.concatenate([after[:5], before[5:]]))
    refused(path, "has 5 pairs of pictures that differ, which are too few; it takes 6")
    save(pre=before[[0] * 6], suc=after)
    refused(path, "all pre pictures are the same")
    save(pre=np.array([{"a": 1}] * 6), suc=after)
    refused(path, "no .npz file .* Object arrays")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(path, "no .npz file with arrays")
