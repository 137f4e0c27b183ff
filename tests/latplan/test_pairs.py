"""Pairs of pictures from folders and files: what is read, and one sentence for everything that cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latplan import pairs
from latplan.domains import Picture, domain
from latplan.pairs import load_pairs, read_picture


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
    save(pre=before[[0] * 6], suc=after)
    refused(path, "all pre pictures are the same")
    save(pre=np.array([{"a": 1}] * 6), suc=after)
    refused(path, "no .npz file .* Object arrays")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    refused(path, "no .npz file with arrays")
