"""The command `matchbox train`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import run


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
    facts = json.loads((folder / "facts.json").read_text())
    assert [row["iteration"] for row in facts["history"]] == [1, 2]
    assert facts["history"][0]["states"] == 70
    assert (folder / facts["network"]).exists()
    # The same command has nothing to do; with more iterations it goes on.
    assert run([*arguments, "--iterations", "3"]) == 0
    facts = json.loads((folder / "facts.json").read_text())
    assert [row["iteration"] for row in facts["history"]] == [3]


def test_mistakes_are_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, sentence in (
        (["train", "chess"], "chess is not trained by this command yet"),
        (["train", "checkers"], "checkers"),
        (["train", "hexapawn-3x3", "--search", "best"], "is not one of puct, uct, gumbel"),
    ):
        assert run(arguments) == 2
        errors = capsys.readouterr().err
        assert sentence in errors
        assert errors.count("\n") == 1
    assert run(["train", "hexapawn-3x3", "--iterations", "1", "--simulations", "3"]) == 0
    capsys.readouterr()
    assert run(["train", "hexapawn-3x3", "--iterations", "1", "--simulations", "4"]) == 2
    assert "with another configuration" in capsys.readouterr().err
