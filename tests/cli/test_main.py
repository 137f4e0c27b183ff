"""The command `matchbox`: help that is quick and true, and mistakes that end in one sentence."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import cli.main
from cli.main import VERBS, run

ROOT = Path(__file__).resolve().parent.parent.parent
PRESENT = [verb for verb in VERBS if (ROOT / "cli" / f"{verb}.py").exists()]


#: Verbs whose examples take minutes or need programs of others.
LONG = ("match",)


def examples() -> list[str]:
    """Every example of every help text: the lines under `Examples:` that begin with `matchbox`."""
    texts = [cli.main.matchbox.__doc__]
    texts += [getattr(importlib.import_module(f"cli.{verb}"), verb).__doc__ for verb in PRESENT if verb not in LONG]
    lines = [line.strip() for text in texts for line in text.split("Examples:")[1].splitlines()]
    return [line for line in lines if line.startswith("matchbox ")]


def matchbox(*arguments: str, folder: Path | None = None, standard_input: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "COLUMNS": "120"},
        input=standard_input,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.mark.parametrize("example", sorted(set(examples())))
def test_every_example_of_every_help_works(example: str, tmp_path: Path) -> None:
    for name in re.findall(r"[\w-]+\.(?:pgn|epd)", example):
        source = Path(__file__).parent / "data" / name
        if source.exists():
            (tmp_path / name).write_bytes(source.read_bytes())
    # Verbs that talk get a word that each of them understands, and are told to end.
    done = matchbox(*shlex.split(example)[1:], folder=tmp_path, standard_input="help\nuci\nquit\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("verb", PRESENT)
def test_every_verb_has_examples_in_its_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    assert f"matchbox {verb}" in capsys.readouterr().out.split("Examples:")[1]


def test_the_help_lists_every_verb_and_imports_none(capsys: pytest.CaptureFixture[str]) -> None:
    script = (
        "import sys, cli.main\n"
        "assert cli.main.run(['--help']) == 0\n"
        "heavy = {'numba', 'numpy', 'chess', 'rich.progress', *(f'cli.{verb}' for verb in cli.main.VERBS)}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for verb in PRESENT:
        assert f"\n  {verb} " in done.stdout


def test_without_a_verb_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert re.fullmatch(r"matchbox \d+\.\d+\.\d+\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["checkmate"], "No such command 'checkmate'"),
        (["perft", "--depth", "many"], "--depth"),
        (["perft", "--depth", "-1"], "--depth"),
        (["perft", "--dept", "1"], "--dept"),
        (["perft", "8/8/8/8/8/8/8/8 w - - 0 1"], "the board is empty"),
        (["perft", "--depth", "1", "--json", "/no/such/folder/perft.json"], "/no/such/folder/perft.json"),
    ],
)
def test_a_mistake_is_one_sentence_on_stderr(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    errors = capsys.readouterr().err
    assert sentence in errors
    assert errors.count("\n") == 1
    assert errors.endswith(".\n")
    assert not errors.endswith("..\n")


def test_ctrl_c_ends_with_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    import engine.chess.perft

    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.chess.perft, "divide", interrupted)
    assert run(["perft", "--depth", "1"]) == 130


def test_a_reader_that_closes_the_pipe_is_no_error() -> None:
    command = f"{shlex.quote(sys.executable)} -m cli.main perft --depth 3 | head -n 1"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("a2a3: ")
    assert "Traceback" not in done.stderr
