"""The commands `matchbox data` and `matchbox train supervised`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import run
from selfplay.positions.shards import read_shard, shard_files


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


GENERATE = ["data", "generate", "--nodes", "20", "--processes", "1", "--out", "positions"]


def test_positions_are_made_labelled_looked_at_and_learnt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*GENERATE, "--positions", "2000", "--json", "made.json"]) == 0
    made = json.loads((folder / "made.json").read_text())
    assert made["positions"] >= 2000
    assert made["positions_per_second"] > 0
    assert capsys.readouterr().out.startswith(
        f"{made['positions']} positions of {made['games']} games are in positions"
    )
    # The same command has nothing to do.
    assert run([*GENERATE, "--positions", "2000", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["new_positions"] == 0

    (file,) = shard_files([Path("positions")])
    assert run(["data", "label", "positions", "--out", "labelled", "--nodes", "3", "--json", "labelled.json"]) == 0
    facts = json.loads((folder / "labelled.json").read_text())
    assert facts["positions"] == len(read_shard(file).positions)
    assert facts["teacher"] == "alpha-beta with nnue"

    (Path("labelled") / "broken.shard").write_bytes(file.read_bytes()[:-40])
    capsys.readouterr()
    assert run(["data", "stats", "labelled", "--json", "stats.json"]) == 0
    captured = capsys.readouterr()
    assert "broken.shard is damaged or cut off" in captured.err
    stats = json.loads((folder / "stats.json").read_text())
    assert stats["positions"] == facts["positions"] == sum(stats["pieces"])
    assert stats["bytes_per_position"] < 40
    assert "bytes a position" in captured.out

    sizes = ["--batch", "8", "--blocks", "1", "--channels", "8"]
    assert run(["train", "supervised", "positions", "--steps", "2", *sizes, "--json", "net.json"]) == 0
    net = json.loads((folder / "net.json").read_text())
    assert Path(net["network"]).exists()
    assert 0 <= net["accuracy"] <= 1
    assert net["history"][-1]["step"] == 2
    assert "of the moves of the games held out" in capsys.readouterr().out


def test_a_network_learns_from_games_of_a_rating(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = ["a3", "b3", "c3", "d3", "e4", "f4", "g3", "h3"], ["a6", "b6", "c5", "d6", "e5", "f6", "g6", "h6"]
    games = [
        f'[WhiteElo "{1500 + number}"]\n[BlackElo "1550"]\n[Result "1-0"]\n\n'
        f"1. {first[number % 8]} {second[number // 8 % 8]} 2. Nf3 Nc6 1-0\n"
        for number in range(120)
    ]
    (folder / "games.pgn").write_text("\n".join(games))
    arguments = ["train", "supervised", "--pgn", "games.pgn", "--steps", "2", "--batch", "8", "--blocks", "1"]
    arguments += ["--channels", "8", "--json", "-"]
    assert run([*arguments, "--rating", "1500..1600"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["games"] == 101
    assert facts["positions"] == 404
    assert facts["rating"] == "1500..1600"
    assert run([*arguments, "--rating", "2500..2600", "--run", "other"]) == 2
    assert "no game is left to learn from" in capsys.readouterr().err


def test_mistakes_are_one_sentence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.shard").write_text("nothing")
    (folder / "plain").mkdir()
    (folder / "plain" / "some.shard").write_text("nothing")
    for arguments, sentence in (
        (["data", "generate", "--out", "plain"], "plain holds shards but no generation.json"),
        ([*GENERATE, "--evaluation", "perfect"], "there is no evaluation 'perfect' of chess"),
        ([*GENERATE, "--openings", "0.7", "--chess960", "0.7"], "together at most 1"),
        (["data", "stats", "nothing"], "there is no shard or folder of shards nothing"),
        (
            ["data", "label", "plain", "--out", "x", "--engine", "no-such-engine"],
            "there is no program 'no-such-engine'",
        ),
        (["data", "label", "plain", "--out", "x", "--option", "Threads"], "looks like Threads=2"),
        (["data", "label", "plain", "--out", "plain"], "would be written over itself"),
        (["train", "supervised"], "there is nothing to learn from"),
        (["train", "supervised", "nothing"], "there is no shard or folder of shards nothing"),
        (["train", "supervised", "--pgn", "no.pgn", "--rating", "high"], "looks like 1500..1600"),
        (["train", "supervised", "--pgn", "no.pgn"], "no.pgn: No such file"),
        (["train", "supervised", "notes.shard"], "there is no position to learn from"),
    ):
        assert run(arguments) == 2, arguments
        errors = capsys.readouterr().err.strip()
        assert sentence in errors.splitlines()[-1]


def test_the_group_lists_its_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data"]) == 0
    told = capsys.readouterr().out
    for verb in ("generate", "label", "stats"):
        assert f"\n  {verb} " in told
