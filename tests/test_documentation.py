"""The Python examples of the documentation run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.main import app

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

#: Compiling alpha-beta for one more game takes half a minute.
SLOW = pytest.mark.slow

BLOCKS = [
    pytest.param(block, id=f"{page.stem} {number}", marks=[SLOW] if "AlphaBeta(" in block else [])
    for page in PAGES
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL), 1)
]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_example_runs_and_prints_what_it_says(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "example", "exec"), {"__name__": "example"})
    printed = iter(capsys.readouterr().out.splitlines())
    for line in block.splitlines():
        # A comment behind a print begins with what is printed; in the order of the prints.
        promised = re.fullmatch(r"print\(.*\)  # ([^:]*)(:.*)?", line)
        if promised:
            assert promised[1] in printed


def commands() -> list[str]:
    """Every line of the documents that is a command of ours, in a block or indented."""
    lines = [line for page in PAGES for line in page.read_text("utf-8").replace("\\\n", " ").splitlines()]
    return sorted({match[1] for line in lines if (match := re.fullmatch(r"(?:    |\$ )?(matchbox [a-z].*)", line))})


@pytest.mark.parametrize("command", commands())
def test_every_command_has_verbs_and_options_that_there_are(command: str) -> None:
    words = shlex.split(command, comments=True)[1:]
    group: Any = typer.main.get_command(app)
    context = group.make_context("matchbox", [], resilient_parsing=True)
    while isinstance(group, typer.core.TyperGroup):
        name, group, words = group.resolve_command(context, words)
        context = typer.Context(group, info_name=name, parent=context)
    options = {option for parameter in group.params for option in (*parameter.opts, *parameter.secondary_opts)}
    named = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    assert named <= options | {"--help"}


def test_there_are_examples() -> None:
    assert len(commands()) >= 30
    assert len(BLOCKS) >= 7


@SLOW
def test_the_example_game_runs_as_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    from examples import tictactoe

    tictactoe.main()
    assert capsys.readouterr().out.endswith("a draw\n")
