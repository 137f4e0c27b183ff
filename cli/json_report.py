"""The `--json FILE` option of every verb that measures, and writing what it asks for."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from cli.refusal import understood, writable
from search.whole_file import write_whole


def _checked(file: str | None) -> str | None:
    """The value of the option, refused where nothing can be written."""
    if file is not None and file != "-":
        writable(Path(file))
    return file


JsonOption: TypeAlias = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write the result as JSON to FILE; - for stdout.", callback=_checked),
]


def write_json(file: str, facts: Mapping[str, object]) -> None:
    """Write `facts` to `file`, or to stdout for `-`."""
    text = json.dumps(facts, indent=2) + "\n"
    if file == "-":
        sys.stdout.write(text)
        return
    with understood():
        write_whole(Path(file), text)
