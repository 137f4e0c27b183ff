"""The command `matchbox tune`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from cli.main import run
from search.alphabeta import Parameters


def test_a_run_writes_its_parameters_and_is_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    arguments = ["tune", "aspiration", "null_score", "--nodes", "20", "--processes", "1", "--run", str(folder)]
    assert run([*arguments, "--pairs", "2", "--json", str(tmp_path / "facts.json")]) == 0
    told = capsys.readouterr().out
    assert "2 of 2 pairs" in told
    assert "null_score" in told
    facts = json.loads((tmp_path / "facts.json").read_text())
    assert facts["pairs"] == 2
    assert json.loads((folder / "parameters.json").read_text()) == facts["parameters"]
    unchanged = {
        name: value for name, value in asdict(Parameters()).items() if name not in ("aspiration", "null_score")
    }
    assert {name: facts["parameters"][name] for name in unchanged} == unchanged
    # The same command has nothing left to play.
    assert run([*arguments, "--pairs", "2", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["parameters"] == facts["parameters"]


def test_mistakes_are_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spsa.json").write_text("{}")
    for arguments, sentence in (
        (["perfection"], "there is no parameter perfection; there are aspiration"),
        (["aspiration", "--evaluation", "perfect", "--run", str(tmp_path / "new")], "no evaluation 'perfect'"),
        (["aspiration", "--run", str(tmp_path)], "is no state of a tuning run"),
    ):
        assert run(["tune", *arguments]) == 2
        errors = capsys.readouterr().err.strip()
        assert sentence in errors
