"""What is told of a network: facts for JSON, and the argument that names one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from nets.checkpoint import Checkpoint

NetworkArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="NETWORK", help="A network's file, or the name of one that comes with Matchbox.", show_default=False
    ),
]
PlacesArgument: TypeAlias = Annotated[
    list[Path] | None, typer.Argument(metavar="[FILE|FOLDER...]", help="More networks.", show_default=False)
]
#: A network in a file, and what it is called in a list.
Named: TypeAlias = tuple[str, Path]


def named_networks(places: list[Path]) -> list[Named]:
    """Those that come with Matchbox, the files among `places`, and those in its folders; ValueError for no place."""
    from nets.shipped import shipped

    found = list(shipped().items())
    for place in places:
        if not place.exists():
            raise ValueError(f"{place} does not exist; a network's file or a folder is wanted")
        files = sorted(place.rglob("*.safetensors")) if place.is_dir() else [place]
        found += [(str(file), file) for file in files]
    return found


def facts_of(path: Path, checkpoint: Checkpoint) -> dict[str, Any]:
    """Everything that is known of the network in a file."""
    from dataclasses import asdict

    network = checkpoint.network
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "sha256": checkpoint.digest,
        "encoding": checkpoint.encoding,
        "architecture": asdict(network.config),
        "parameters": network.parameter_count,
        "multiplications": multiplications(network.config),
        "recipe": checkpoint.recipe,
        "provenance": checkpoint.provenance,
        "parent": checkpoint.parent,
    }


def multiplications(config: Any) -> int:
    """Of the convolutions, for one state."""
    squares, width = config.ranks * config.files, config.channels
    kernels = 9 * width * (config.planes + 2 * config.blocks * width + width)
    return int(squares * (kernels + width * (config.action_planes + config.value_channels)))


def size_text(config: Any) -> str:
    """Such as `6 x 64, SE 16`: blocks, channels, squeeze-and-excitation."""
    return f"{config.blocks} x {config.channels}" + (f", SE {config.squeeze}" if config.squeeze else "")
