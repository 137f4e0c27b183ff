"""The network that a training begins with: one that was trained before."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from nets.checkpoint import Checkpoint, load_checkpoint
from nets.residual import ResidualConfig


def begun_with(path: Path, encoding: str, size: ResidualConfig) -> Checkpoint:
    """The network in a file; ValueError, in one sentence, if it is of another encoding or size."""
    known = load_checkpoint(path, encoding)
    theirs, ours = asdict(known.network.config), asdict(size)
    other = [f"{name} {theirs[name]}, not {ours[name]}" for name in ours if theirs[name] != ours[name]]
    if other:
        raise ValueError(f"{path} is a network of another size: {'; '.join(other)}")
    return known
