"""The command `matchbox train`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import run

SHARD = Path(__file__).parent / "data" / "positions.shard"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_is_told_saved_and_gone_on_with(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "hexapawn-3x3", "--simulations", "4", "--json", "facts.json"]
    assert run([*arguments, "--iterations", "2"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("The network is runs/hexapawn3x3/hexapawn3x3-")
    assert "safe" in captured.err
    assert "positions/s" in captured.err
    page = (folder / "runs/hexapawn3x3/report.html").read_text()
    for title in ("hexapawn3x3: learning by playing", "Some of the last games", "16", "gumbel"):
        assert title in page
    assert page.count("data:image/png;base64,") >= 5
    assert list((folder / "runs/hexapawn3x3/tensorboard").iterdir())
    facts = json.loads((folder / "facts.json").read_text())
    assert [row["iteration"] for row in facts["history"]] == [1, 2]
    assert facts["history"][0]["measures"]["states"] == 70
    assert (folder / facts["network"]).exists()
    # The same command has nothing to do; with more iterations it goes on.
    next((folder / "runs/hexapawn3x3/games").glob("000001-*")).write_bytes(b"")
    capsys.readouterr()
    assert run([*arguments, "--iterations", "3"]) == 0
    assert "is damaged: 0 bytes that are not those that were written; its games are not" in capsys.readouterr().err
    facts = json.loads((folder / "facts.json").read_text())
    assert [row["iteration"] for row in facts["history"]] == [3]


def test_mistakes_are_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, sentence in (
        (["train", "checkers"], "No such command 'checkers'"),
        (["train", "hexapawn-9x9"], "files and ranks must be 3 to 8"),
        (["train", "hexapawn", "chess"], "there is no game 'hexapawn-chess'"),
        (["train", "chess", "--search", "best"], "is not one of puct, uct, gumbel"),
        (["train", "hexapawn-3x3", "--search", "best"], "is not one of puct, uct, gumbel"),
        (["train", "hexapawn-3x3", "--gate", "some"], "is not one of none, win, best"),
        (["train", "hexapawn-3x3", "--set", "play.share=1"], "there is no setting 'play.share'"),
        (["train", "chess", "--set", "batch=x"], "batch is a whole number, not 'x'"),
        (["train", "hexapawn-3x3", "--start", "none"], "'none' is no file and no network that comes with Matchbox"),
        (["train", "hexapawn-3x3", "--start", "chess"], "is a network for 'chess-attacks-1', not for"),
        (["train", "chess", "--start", "chess"], "is a network of another size: blocks 5, not 4; channels 48, not 64"),
        (["train", "nnue", str(SHARD), "--start", "chess"], "'chess' is no file and no network for alpha-beta"),
        (["train", "nnue", str(SHARD), "--learning-rate", "0"], "'--learning-rate'"),
        (["train", "nnue", str(SHARD), "--result-share", "2"], "'--result-share'"),
    ):
        assert run(arguments) == 2
        errors = capsys.readouterr().err
        assert sentence in errors
        assert errors.count("\n") == 1
    assert run(["train", "hexapawn-3x3", "--iterations", "1", "--simulations", "3"]) == 0
    capsys.readouterr()
    assert run(["train", "hexapawn-3x3", "--iterations", "1", "--simulations", "4"]) == 2
    assert "with another configuration" in capsys.readouterr().err


def test_settings_and_a_network_to_begin_with_are_taken(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "hexapawn-3x3", "--iterations", "1", "--simulations", "4", "--set", "learner.averaging=0.5"]
    sizes = ["--set", "games_per_iteration=4", "--set", "unit=4"]
    assert run([*arguments, *sizes, "--run", "one", "--json", "facts.json"]) == 0
    config = json.loads((folder / "one/config.json").read_text())["config"]
    assert (config["learner"]["averaging"], config["games_per_iteration"]) == (0.5, 4)
    network = json.loads((folder / "facts.json").read_text())["network"]
    assert run([*arguments, *sizes, "--run", "two", "--start", network]) == 0
    assert len(json.loads((folder / "two/config.json").read_text())["start"]) == 64


def test_chess_learns_from_its_rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = ["--games", "2", "--blocks", "1", "--channels", "8", "--simulations", "2", "--longest", "8"]
    assert run(["train", "chess", *sizes, "--iterations", "1", "--json", "facts.json"]) == 0
    assert capsys.readouterr().out.startswith("The network is runs/chess/chess-")
    facts = json.loads((folder / "facts.json").read_text())
    assert facts["history"][0]["games"] == 2
    assert (folder / "runs/chess/games.pgn").read_text().count("[Event ") == 2


def test_the_group_lists_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train"]) == 0
    told = capsys.readouterr().out
    assert "\n  hexapawn " in told
    assert "\n  chess " in told
