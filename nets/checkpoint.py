"""Residual networks in files, with everything that says what their numbers mean."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from nets.residual import ResidualConfig, ResidualNetwork
from search.tensor_file import fitting, read_tensors, write_by_hash

#: What the metadata of a file says it is; the number rises when the format changes.
FORMAT = "matchbox residual network 1"


@dataclass(frozen=True)
class Checkpoint:
    """A network and where it comes from."""

    network: ResidualNetwork
    encoding: str
    """Name and version of the encoding that it was trained with."""
    recipe: dict[str, Any] = field(default_factory=dict)
    """How it was trained."""
    provenance: dict[str, Any] = field(default_factory=dict)
    """What it was trained on."""
    parent: str = ""
    """SHA-256 of the file of the network that it was trained further from; empty for none."""
    digest: str = ""
    """SHA-256 of the file that it was loaded from; empty for none."""


def save_checkpoint(checkpoint: Checkpoint, folder: Path, name: str, *, half: bool = True) -> Path:
    """Write `name`-HASH.safetensors into a folder, whole or not at all, and return its path. OSError if it cannot be.

    With `half`, numbers have 16 bits; the network that is loaded computes with 32 again.
    """
    arrays = {}
    for key, tensor in checkpoint.network.state_dict().items():
        arrays[key] = (tensor.half() if half and tensor.is_floating_point() else tensor).numpy()
    return write_by_hash(
        folder,
        name,
        arrays,
        {
            "format": FORMAT,
            "architecture": json.dumps(asdict(checkpoint.network.config)),
            "encoding": checkpoint.encoding,
            "recipe": json.dumps(checkpoint.recipe),
            "provenance": json.dumps(checkpoint.provenance),
            "parent": checkpoint.parent,
        },
    )


def load_checkpoint(path: Path, encoding: str | None = None) -> Checkpoint:
    """The network in a file; ValueError, in one sentence, if there is none, or it is not of `encoding`, if given."""
    file = read_tensors(path, FORMAT, "network")
    known = file.metadata.get("encoding", "")
    if encoding is not None and known != encoding:
        raise ValueError(f"{path} is a network for {known!r}, not for {encoding!r}")
    with fitting(path, "network"):
        network = ResidualNetwork(_config(json.loads(file.metadata["architecture"])))
        tensors = {name: torch.tensor(array) for name, array in file.arrays.items()}
        network.load_state_dict(
            {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
        )
        return Checkpoint(
            network.eval(),
            known,
            json.loads(file.metadata["recipe"]),
            json.loads(file.metadata["provenance"]),
            file.metadata["parent"],
            file.digest,
        )


def _config(known: dict[str, Any]) -> ResidualConfig:
    unknown = sorted(known.keys() - {field.name for field in fields(ResidualConfig)})
    if unknown:
        raise ValueError(f"its architecture has {unknown[0]!r}, which is unknown here")
    return ResidualConfig(**known)


def all_finite(network: torch.nn.Module) -> bool:
    """Whether every number of a network is one."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in network.state_dict().values())
