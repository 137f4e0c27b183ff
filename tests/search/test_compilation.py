"""Compiling ahead of use: what is noted, what is told of a failure, and which old caches go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from search.compilation import CompilationError, EntryPoint, compile_all, missing, prune
from search.kernel import CACHE_VARIABLE, INTERPRETED, cache_folder

pytestmark = pytest.mark.skipif(INTERPRETED, reason="nothing is compiled")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for this process and those that it starts."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    """One that compiles, and one that fails."""
    source = "def good() -> None: pass\n\ndef bad() -> None: raise RuntimeError('no such instruction')\n"
    (tmp_path / "made_up_points.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    return [EntryPoint("good one", "made_up_points:good"), EntryPoint("bad one", "made_up_points:bad")]


def test_what_is_compiled_is_noted_and_not_done_again(cache: Path, points: list[EntryPoint]) -> None:
    good = points[:1]
    told: list[str] = []
    assert missing(good) == good
    compile_all(good, on_compiled=lambda point: told.append(point.name))
    assert missing(good) == []
    compile_all(good, on_compiled=lambda point: told.append(point.name))
    assert told == ["good one"]


def test_a_failure_says_which_and_why(cache: Path, points: list[EntryPoint]) -> None:
    with pytest.raises(CompilationError, match=r"(?s)compiling bad one failed .*no such instruction"):
        compile_all(points[1:])
    assert missing(points[1:]) == points[1:]


def test_caches_that_nobody_used_for_an_hour_go(cache: Path) -> None:
    mine = cache_folder()
    old, used, foreign = (cache / name for name in ("0" * 16 + "-" + "0" * 8, "1" * 16 + "-" + "0" * 8, "of-another"))
    for folder in (mine, old, used, foreign):
        folder.mkdir(parents=True)
        if folder is not used:
            os.utime(folder, (1, 1))
    assert prune() == [old]
    assert {folder.name for folder in cache.iterdir()} == {mine.name, used.name, foreign.name}
