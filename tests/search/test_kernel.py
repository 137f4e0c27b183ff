"""The cache of compiled kernels: no edit runs old code, a second start compiles nothing, no folder is no crash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples import tictactoe
from search import kernel
from search.searcher import MATE

pytestmark = pytest.mark.skipif(kernel.INTERPRETED, reason="there is no cache without the compiler")

#: A package of its own: an outer kernel in one module, what it calls and a constant in others.
OUTER = """
from search.kernel import kernel, cache_warning
from engine.callee import inner
from engine.constants import OFFSET

@kernel
def outer(x):
    return inner(x) + OFFSET

print(outer(1), sum(outer.stats.cache_hits.values()), sum(outer.stats.cache_misses.values()))
print(cache_warning)
"""
CALLEE = """
from search.kernel import kernel

@kernel
def inner(x):
    return 10 * x
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with this project's `search.kernel` and the package above."""
    root = tmp_path / "house"
    for package in ("search", "engine"):
        (root / package).mkdir(parents=True)
        (root / package / "__init__.py").touch()
    shutil.copy(kernel.__file__, root / "search")
    (root / "engine" / "outer.py").write_text(OUTER)
    (root / "engine" / "callee.py").write_text(CALLEE)
    (root / "engine" / "constants.py").write_text("OFFSET = 100\n")
    return root


def run(house: Path, cache: Path, **variables: str) -> tuple[str, str]:
    """Run the outer kernel in a new process; what it prints: result, cache hits and misses; and the warning."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {"MATCHBOX_CACHE": str(cache), "PYTHONPATH": str(house), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    done = subprocess.run(
        [sys.executable, "-m", "engine.outer"], cwd=house, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    first, _, warning = done.stdout.partition("\n")
    return first, warning.strip()


def test_a_second_start_compiles_nothing(house: Path, tmp_path: Path) -> None:
    assert run(house, tmp_path / "cache") == ("110 0 1", "")
    assert run(house, tmp_path / "cache") == ("110 1 0", "")


def test_an_edit_to_a_callee_in_another_module_is_seen(house: Path, tmp_path: Path) -> None:
    assert run(house, tmp_path / "cache") == ("110 0 1", "")
    (house / "engine" / "callee.py").write_text(CALLEE.replace("10 * x", "20 * x"))
    assert run(house, tmp_path / "cache") == ("120 0 1", "")


def test_an_edit_to_an_imported_constant_is_seen(house: Path, tmp_path: Path) -> None:
    assert run(house, tmp_path / "cache") == ("110 0 1", "")
    (house / "engine" / "constants.py").write_text("OFFSET = 200\n")
    assert run(house, tmp_path / "cache") == ("210 0 1", "")


def test_an_edit_to_a_game_outside_the_packages_is_seen_by_the_searches(tmp_path: Path) -> None:
    """The searches' sources stay as they are, so their cache does, too; the game's digest tells the types apart."""
    game = tmp_path / "game.py"
    ours = Path(tictactoe.__file__).read_text()
    code = """
import game
from search.minimax import Minimax, explore
from search.searcher import Limits, Root
print(Minimax(game.PACKING).search(Root(state=game.new_game()), Limits()).score, end=" ")
print(sum(explore.explore.stats.cache_misses.values()))
"""

    def score(source: str) -> str:
        game.write_text(source)
        environment = os.environ | {
            "MATCHBOX_CACHE": str(tmp_path / "cache"),
            "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert score(ours) == "0 1"
    assert score(ours) == "0 0"
    # A full board loses for the player to move: the first player wins with the ninth move at the latest.
    assert score(ours.replace("    return DRAW\n", "    return LOSS\n")) == f"{MATE - 9} 1"
    assert score(ours) == "0 0"


def test_going_back_finds_the_old_kernels_again(house: Path, tmp_path: Path) -> None:
    run(house, tmp_path / "cache")
    (house / "engine" / "constants.py").write_text("OFFSET = 200\n")
    run(house, tmp_path / "cache")
    (house / "engine" / "constants.py").write_text("OFFSET = 100\n")
    (house / "engine" / "outer.py").touch()
    assert run(house, tmp_path / "cache")[0].startswith("110 ")


def test_the_same_sources_in_another_folder_are_another_cache(house: Path, tmp_path: Path) -> None:
    """Numba looks for kernels by the path of their source; what one folder has compiled, another does not find."""
    run(house, tmp_path / "cache")
    moved = house.rename(tmp_path / "moved")
    assert run(moved, tmp_path / "cache") == ("110 0 1", "")
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_other_settings_of_the_compiler_are_another_cache(house: Path, tmp_path: Path) -> None:
    assert run(house, tmp_path / "cache") == ("110 0 1", "")
    assert run(house, tmp_path / "cache", NUMBA_BOUNDSCHECK="1") == ("110 0 1", "")


def test_a_cache_folder_that_cannot_be_written_is_a_sentence_and_not_a_crash(house: Path, tmp_path: Path) -> None:
    """A file stands where the folder should be: that refuses even the superuser."""
    blocked = tmp_path / "cache"
    blocked.write_text("not a folder")
    first, warning = run(house, blocked)
    assert first == "110 0 1"
    assert warning.startswith(f"cannot write compiled kernels to {blocked}")
    assert warning.endswith("set MATCHBOX_CACHE to a folder that can be written")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only for the superuser")
def test_a_read_only_cache_folder_is_a_sentence_and_not_a_crash(house: Path, tmp_path: Path) -> None:
    locked = tmp_path / "cache"
    locked.mkdir(mode=0o500)
    first, warning = run(house, locked)
    assert first == "110 0 1"
    assert "cannot write compiled kernels" in warning


def test_the_digest_knows_every_byte_and_every_name(tmp_path: Path) -> None:
    one, two = tmp_path / "one.py", tmp_path / "two.py"
    one.write_text("a = 1\n")
    two.write_text("b = 2\n")
    digest = kernel.source_digest([one, two])
    assert digest == kernel.source_digest([two, one])
    assert digest != kernel.source_digest([one])
    two.write_text("b = 3\n")
    assert digest != kernel.source_digest([one, two])
    two.write_text("b = 2\n")
    assert digest == kernel.source_digest([one, two])
    assert digest != kernel.source_digest([one, two.rename(tmp_path / "three.py")])


def test_every_package_with_kernels_is_in_the_digest() -> None:
    root = Path(kernel.__file__).parent.parent
    sources = set(kernel.kernel_sources())
    using = {
        file
        for package in ("cli", "engine", "latplan", "nets", "search", "selfplay")
        for file in (root / package).rglob("*.py")
        if "search.kernel import" in (text := file.read_text()) and ("@kernel" in text or "@inlined" in text)
    }
    assert {file.relative_to(root).parts[0] for file in using} >= {"search", "engine", "nets"}
    assert using <= sources
