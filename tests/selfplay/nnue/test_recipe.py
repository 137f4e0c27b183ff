"""The recipe of a network: what it needs, and every stage of it, small."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nets.nnue.file import load_network
from selfplay.nnue.recipe import Recipe, main
from selfplay.programs import find_program


@pytest.mark.parametrize("sizes", [{"size": 0}, {"passes": -1}, {"games": 0}, {"processes": 0}])
def test_sizes_must_be_above_0(sizes: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Recipe(tmp_path, **sizes)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no `true`")
@pytest.mark.parametrize(("program", "sentence"), [("true", "exports no network"), ("no-such-fish", "no program")])
def test_without_a_teacher_nothing_is_begun(
    program: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["recipe", "--out", str(tmp_path), "--stockfish", program])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_stage_and_again(tmp_path: Path) -> None:
    try:
        find_program("stockfish")
    except ValueError:
        pytest.skip("needs Stockfish")
    command = [sys.executable, "-m", "selfplay.nnue.recipe", "--out", str(tmp_path)]
    command += ["--size", "0.0005", "--passes", "1", "--games", "2", "--tc", "0.5+0.01"]
    first = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    networks = {}
    for name in ("first", "second", "third"):
        assert json.loads((tmp_path / f"match-{name}.json").read_text())
        networks[name] = load_network(Path(json.loads((tmp_path / f"{name}.json").read_text())["network"]))
    shards = {name: {source["shard"] for source in network.provenance["sources"]} for name, network in networks.items()}
    assert all("visited" in shard for shard in shards["second"])
    assert shards["second"] < shards["third"]
    assert networks["third"].parent == networks["second"].digest
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.s*")}
    again = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert again.splitlines()[-2:] == first.splitlines()[-2:]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.s*")} == files
