"""The command `matchbox`: help that is quick and true, and mistakes that end in one sentence."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cli.main
from cli.main import VERBS, run

ROOT = Path(__file__).resolve().parent.parent.parent
PRESENT = list(VERBS)


#: Programs of others that examples name; the tests put a stand-in of each on the path.
OTHERS = ("matchbox", "stockfish", "gnuchess", "glaurung", "toga2")
#: What makes the examples of a verb short; a later option takes the place of an earlier one.
SHORTENED = {
    "match": ("--games", "2", "--max-moves", "2"),
    "net benchmark": ("--seconds", "0.01"),
    "train hexapawn": ("--iterations", "1"),
}
#: A shard of positions, which some examples take from a folder that an earlier one has made.
POSITIONS = Path(__file__).parent / "data" / "positions.shard"
#: Pairs to learn from, which an example takes from the example before it.
PAIRS = "hanoi.npz"
STAND_IN = ROOT / "tests" / "selfplay" / "fake_engine.py"


def examples() -> list[str]:
    """Every example of every help text: the lines under `Examples:` that begin with `matchbox`."""
    texts = [cli.main.TEXT]
    for verb in PRESENT:
        module = importlib.import_module(f"cli.{verb}")
        if not hasattr(module, "VERBS"):
            texts.append(getattr(module, verb).__doc__)
            continue
        texts.append(module.TEXT)
        for inner in module.VERBS:
            texts.append(getattr(importlib.import_module(f"cli.{verb}.{inner}"), inner).__doc__)
    lines = [line.strip() for text in texts for line in text.split("Examples:")[1].splitlines()]
    return [line for line in lines if line.startswith("matchbox ")]


def matchbox(
    *arguments: str, folder: Path | None = None, standard_input: str = "", programs: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, as a person would, with the folder `programs` first on its path."""
    path = os.pathsep.join((str(programs), os.environ["PATH"])) if programs else os.environ["PATH"]
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "COLUMNS": "120", "PATH": path},
        input=standard_input,
        capture_output=True,
        text=True,
        timeout=1_700 if "latplan" in arguments and "train" in arguments else 280,
        check=False,
    )


def slow_if_it_trains(example: str) -> Any:
    """An example, marked as slow if it takes minutes."""
    slow = [pytest.mark.slow, pytest.mark.timeout(1_800)]
    return pytest.param(example, marks=slow if "latplan train" in example else [])


@pytest.mark.parametrize("example", [slow_if_it_trains(example) for example in sorted(set(examples()))])
def test_every_example_of_every_help_works(example: str, tmp_path: Path) -> None:
    here, programs = tmp_path / "here", tmp_path / "programs"
    for folder in (here, programs, tmp_path / "old"):
        folder.mkdir()
    for name in re.findall(r"[\w-]+\.(?:pgn|epd|png|safetensors)", example):
        source = Path(__file__).parent / "data" / name
        if source.exists():
            (here / name).write_bytes(source.read_bytes())
    if " positions " in f"{example} ":
        (here / "positions").mkdir(exist_ok=True)
        if "generate" not in example:
            (here / "positions" / POSITIONS.name).write_bytes(POSITIONS.read_bytes())
    for name in OTHERS:
        program = programs / name
        program.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(STAND_IN))} strong\n")
        program.chmod(0o755)
    if f"--pairs {PAIRS}" in example:
        assert matchbox("latplan", "pairs", "hanoi", "--count", "2000", folder=here).returncode == 0
    verb, *arguments = shlex.split(example)[1:]
    for beginning, shorter in SHORTENED.items():
        if example.removeprefix("matchbox ").startswith(beginning):
            arguments += shorter
    # Verbs that talk get a word that each of them understands, and are told to end.
    done = matchbox(verb, *arguments, folder=here, standard_input="help\nuci\nquit\n", programs=programs)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if "result.json" in arguments:
        assert json.loads((here / "result.json").read_text("utf-8"))


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
        (["perft", "--depth", "1", "--json", "/"], "/ is a folder"),
        (["bench", "--depth", "99", "--json", "/no/such/folder/bench.json"], "/no/such/folder/bench.json"),
        (["bench", "--depth", "0"], "--depth"),
        (["analyse", "--depth", "1", "--hash", "1048576"], "does not fit"),
        (["analyse", "--depth", "1", "--out", "a.pgn"], "--out"),
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


@pytest.mark.parametrize("verb", ["analyse", "play"])
def test_a_terminal_without_unicode_is_no_error(verb: str) -> None:
    path = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", verb, "--nodes", "50"],
        env=os.environ | {"PYTHONPATH": path, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"a b c d e f g h" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--help"], 0, "Speak UCI on standard input"),
        (["--nonsense"], 2, "No such option"),
        (["--search", "x"], 2, "x"),
    ],
)
def test_the_script_of_the_engine_takes_the_options_of_the_verb(arguments: list[str], status: int, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.uci", *arguments],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        input="quit\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status
    assert words in done.stdout + done.stderr


def test_a_refusal_shows_where_it_came_from_when_asked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["epd", "nowhere.epd"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    monkeypatch.setenv(cli.main.TRACEBACK_VARIABLE, "1")
    assert run(["epd", "nowhere.epd"]) == 2
    assert "FileNotFoundError" in capsys.readouterr().err


def test_a_reader_that_closes_the_pipe_is_no_error() -> None:
    command = f"{shlex.quote(sys.executable)} -m cli.main perft --depth 3 | head -n 1"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("a2a3: ")
    assert "Traceback" not in done.stderr
