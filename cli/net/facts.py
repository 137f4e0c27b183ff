"""Networks that are named on the command line, and where they lie."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

NetworkArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK", help="A network's file, or the name of one that comes with Matchbox.", show_default=False
    ),
]
PlacesArgument: TypeAlias = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE|FOLDER...]", help="More networks.", show_default=False)
]


def shipped_networks() -> dict[str, Path]:
    """The file of each network that comes with Matchbox by its name: residual ones, and that of alpha-beta."""
    from engine.chess.nnue import NETWORKS
    from nets.shipped import shipped
    from search.shipped import shipped_in

    return shipped() | shipped_in(NETWORKS)


def named_networks(places: list[Path]) -> list[tuple[str, Path]]:
    """Those that come with Matchbox, the files among `places`, and those in its folders; ValueError for no place."""
    found = list(shipped_networks().items())
    for place in places:
        if not place.exists():
            raise ValueError(f"{place} does not exist; a network's file or a folder is wanted")
        files = sorted(place.rglob("*.safetensors")) if place.is_dir() else [place]
        found += [(str(file), file) for file in files]
    return found
