"""What a network's file says of itself, for people: residual networks, and those of alpha-beta (`nets.nnue`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nets import checkpoint
from nets.nnue import file as nnue
from nets.residual import ResidualConfig
from search.tensor_file import kind_of


@dataclass(frozen=True)
class Description:
    """A network in a file."""

    path: Path
    sees: str
    """The encoding of states that it was trained with, or its set of features."""
    size: str
    """Such as `6 x 64, SE 16`: blocks, channels, squeeze-and-excitation; or `6144 > 256 x 2 > 8`: layers."""
    layers: tuple[tuple[str, str], ...]
    """Names and texts: what goes in, what is in between, what comes out."""
    parameters: int
    multiplications: int | None
    """Of the convolutions, for one state; None where there are none."""
    architecture: dict[str, Any]
    recipe: dict[str, Any]
    """How it was trained."""
    provenance: dict[str, Any]
    """What it was trained on."""
    parent: str
    """SHA-256 of the file that it was trained further from; empty for none."""
    digest: str
    """SHA-256 of its own file."""

    @property
    def facts(self) -> dict[str, Any]:
        """All that is known, for JSON."""
        return {
            "file": str(self.path),
            "bytes": self.path.stat().st_size,
            "sha256": self.digest,
            "encoding": self.sees,
            "architecture": self.architecture,
            "parameters": self.parameters,
            "multiplications": self.multiplications,
            "recipe": self.recipe,
            "provenance": self.provenance,
            "parent": self.parent,
        }


def described(path: Path) -> Description:
    """The description of the network in a file; ValueError, in one sentence, if there is none."""
    kind = kind_of(path, "network")
    if kind not in _KINDS:
        raise ValueError(f"{path} is no network: it says {kind!r}, and {' and '.join(map(repr, _KINDS))} are known")
    return _KINDS[kind](path)


def size_text(config: ResidualConfig) -> str:
    """Such as `6 x 64, SE 16`: blocks, channels, squeeze-and-excitation."""
    return f"{config.blocks} x {config.channels}" + (f", SE {config.squeeze}" if config.squeeze else "")


def _residual(path: Path) -> Description:
    known = checkpoint.load_checkpoint(path)
    config = known.network.config
    squares, width = config.ranks * config.files, config.channels
    kernels = 9 * width * (config.planes + 2 * config.blocks * width + width)
    return Description(
        path=path,
        sees=known.encoding,
        size=size_text(config),
        layers=(
            ("input", f"{config.planes} planes of {config.ranks} x {config.files}"),
            ("tower", f"{size_text(config)} ({config.blocks} blocks of two convolutions, {config.channels} channels)"),
            (
                "heads",
                f"policy of {config.actions} actions, win/draw/loss{', plies left' if config.moves_left else ''}",
            ),
        ),
        parameters=known.network.parameter_count,
        multiplications=int(squares * (kernels + width * (config.action_planes + config.value_channels))),
        architecture=asdict(config),
        recipe=known.recipe,
        provenance=known.provenance,
        parent=known.parent,
        digest=known.digest,
    )


def _nnue(path: Path) -> Description:
    network = nnue.load_network(path)
    config = network.config
    features, further = config.feature_set.count, [count for count in (config.hidden, config.last) if count]
    return Description(
        path=path,
        sees=config.features,
        size=" > ".join(map(str, (features, f"{config.width} x 2", *further, config.output_buckets))),
        layers=(
            ("input", f"{features:,} features for each side"),
            ("layer", f"{config.width} numbers for each side, {config.activation}"),
            *(("layer", f"{count} numbers for each output, clipped") for count in further),
            ("output", f"a score; one of {config.output_buckets} outputs, by the number of men"),
        ),
        parameters=sum(math.prod(shape) for shape in config.shapes.values()),
        multiplications=None,
        architecture=asdict(config),
        recipe=network.recipe,
        provenance=network.provenance,
        parent=network.parent,
        digest=network.digest,
    )


_KINDS: dict[str, Callable[[Path], Description]] = {checkpoint.FORMAT: _residual, nnue.FORMAT: _nnue}
