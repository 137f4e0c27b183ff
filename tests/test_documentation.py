"""The Python examples of the documentation run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"

#: Compiling alpha-beta for one more game takes half a minute.
SLOW = pytest.mark.slow

BLOCKS = [
    pytest.param(block, id=f"{page.stem} {number}", marks=[SLOW] if "AlphaBeta(" in block else [])
    for page in sorted(DOCS.glob("*.md"))
    for number, block in enumerate(re.findall(r"^```python\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL), 1)
]


@pytest.mark.parametrize("block", BLOCKS)
def test_the_example_runs_and_prints_what_it_says(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "example", "exec"), {"__name__": "example"})
    printed = capsys.readouterr().out.splitlines()
    for line in block.splitlines():
        # A comment behind a print begins with what is printed.
        promised = re.fullmatch(r"print\(.*\)  # ([^:]*)(:.*)?", line)
        if promised:
            assert promised[1] in printed


def test_there_are_examples() -> None:
    assert len(BLOCKS) >= 7


@SLOW
def test_the_example_game_runs_as_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    from examples import tictactoe

    tictactoe.main()
    assert capsys.readouterr().out.endswith("a draw\n")
