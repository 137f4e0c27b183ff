"""The command `match` from the outside: what it prints, what it writes, and its one-sentence errors."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli import main

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str]]
FAKE = ROOT / "tests" / "selfplay" / "fake_engine.py"


def player(name: str, behaviour: str = "good") -> str:
    return f"{name},cmd={shlex.join([sys.executable, str(FAKE), behaviour])}"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command and returns its status and all that it printed."""

    def call(*arguments: str) -> tuple[int, str]:
        status = main.run(["match", *arguments])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return call


def test_a_match_prints_lines_and_a_summary(tmp_path: Path, run: Run) -> None:
    code, output = run(
        player("a"), player("b", "illegal"), "--nodes", "1", "--games", "2", "--run", str(tmp_path / "run"),
        "--json", str(tmp_path / "out.json"),
    )  # fmt: skip
    assert code == 0
    assert "[2/2] game 2: b - a 0-1 (illegal move: 'a1a1' in" in output
    assert "a vs b: +2 =0 -0, 100.0 %" in output
    summary = json.loads((tmp_path / "out.json").read_text())
    assert [(entry["name"], entry["illegal_moves"]) for entry in summary["players"]] == [("a", 0), ("b", 2)]


def test_json_on_stdout_stands_there_alone(tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "cli.match", player("a"), player("b"), "--nodes", "1", "--games", "2"),
        *("--max-moves", "2", "--run", str(tmp_path), "--json", "-"),
    ]
    result = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"}
    )
    assert json.loads(result.stdout)["games"] == 2
    assert "game 1: a - b" in result.stderr


def test_the_same_command_goes_on_and_then_has_nothing_to_play(tmp_path: Path, run: Run) -> None:
    arguments = (player("a"), player("b"), "--nodes", "1", "--max-moves", "2", "--run", str(tmp_path))
    assert "game 2:" in run(*arguments, "--games", "2")[1]
    code, output = run(*arguments, "--games", "4")
    assert code == 0
    assert "[3/4] game 3:" in output
    assert "game 1:" not in output
    assert "game " not in run(*arguments, "--games", "4")[1]


def test_players_without_a_limit_play_five_seconds_and_a_twentieth(tmp_path: Path, run: Run) -> None:
    run(player("a"), f"{player('b')},depth=2", "--games", "2", "--max-moves", "1", "--run", str(tmp_path))
    players = json.loads((tmp_path / "config.json").read_text())["players"]
    assert [entry["limit"] for entry in players] == ["5+0.05", "depth 2"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a,cmd=no-such-program", "b,cmd=sh"], "player a: there is no program 'no-such-program'"),
        (["a,cmd=sh"], "at least two players"),
        (["a,cmd=sh", "b,cmd=sh", "--tc", "fast"], "a time control looks like"),
        (["a,cmd=sh", "b,cmd=sh", "--openings", "no.pgn"], "there is no openings file no.pgn"),
        (["a,cmd=sh", "b,cmd=sh", "--sprt", "5", "0"], "must be above"),
        (["a,speed=9", "b,cmd=sh"], "no key 'speed'"),
        ([player("a") + ",option.Colour=red", player("b")], "player a: .*Colour"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_2(tmp_path: Path, run: Run, arguments: list[str], sentence: str) -> None:
    code, output = run(*arguments, "--run", str(tmp_path / "run"))
    assert code == 2
    assert output.startswith("matchbox: ")
    assert output.count("\n") == 1

    assert re.search(sentence, output)


def test_help_shows_examples(run: Run) -> None:
    code, output = run("--help")
    assert code == 0
    assert "matchbox match matchbox" in output
