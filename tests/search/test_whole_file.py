"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from search.whole_file import whole_file, write_whole


def test_a_file_gets_its_content_and_the_usual_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "first ü\n")
    write_whole(path, "second ü\n")
    assert path.read_text("utf-8") == "second ü\n"
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    assert path.stat().st_mode == ordinary.stat().st_mode
    assert sorted(tmp_path.iterdir()) == [path, ordinary]


def test_after_an_error_the_old_content_is_there_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail() -> None:
        with whole_file(path, "wb") as file:
            file.write(b"ne")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "a.txt", tmp_path / "link"
    path.write_text("old")
    link.symlink_to(path)
    write_whole(link, "new")
    assert link.is_symlink()
    assert path.read_text() == "new"


def test_a_device_is_written_as_it_is() -> None:
    write_whole(Path(os.devnull), "lost")
    assert not Path(os.devnull).is_file()


def test_the_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.txt"
    with pytest.raises(FileNotFoundError) as caught:
        write_whole(path, "x")
    assert caught.value.filename == str(path)
