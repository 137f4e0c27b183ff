"""The option of the verbs of `matchbox train` that names a residual network to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

StartOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NETWORK",
        help="Begin with this network of the same size: a file, or the name of one that comes with Matchbox.",
    ),
]


def start_file(name: str | None) -> Path | None:
    """The file of the network; ValueError, in one sentence, if there is none."""
    from nets.shipped import network_file

    return None if name is None else network_file(name)


def encoding_of(start: Path | None, otherwise: str) -> str:
    """What the network in the file sees, by name; ValueError if it is none."""
    from nets.checkpoint import load_checkpoint

    return otherwise if start is None else load_checkpoint(start).encoding
