"""Networks in files: safetensors with everything in the metadata that says what the numbers mean.

The file's name ends in the first twelve hex digits of its SHA-256. Loading is strict: a file that does not fit is
refused with one sentence. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from nets.residual import ResidualConfig, ResidualNetwork
from search.whole_file import whole_file

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


def save_checkpoint(checkpoint: Checkpoint, folder: Path, name: str, *, half: bool = True) -> Path:
    """Write `name`-HASH.safetensors into a folder, whole or not at all, and return its path. OSError if it cannot be.

    With `half`, numbers have 16 bits; the network that is loaded computes with 32 again.
    """
    tensors = {}
    for key, tensor in checkpoint.network.state_dict().items():
        kept = tensor.half() if half and tensor.is_floating_point() else tensor
        tensors[key] = kept.contiguous()
    content = save(
        tensors,
        {
            "format": FORMAT,
            "architecture": json.dumps(asdict(checkpoint.network.config)),
            "encoding": checkpoint.encoding,
            "recipe": json.dumps(checkpoint.recipe),
            "provenance": json.dumps(checkpoint.provenance),
            "parent": checkpoint.parent,
        },
    )
    path = folder / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}.safetensors"
    with whole_file(path, "wb") as file:
        file.write(content)
    return path


def load_checkpoint(path: Path, encoding: str | None = None) -> Checkpoint:
    """The network in a file; ValueError, in one sentence, if there is none, or it is not of `encoding`, if given."""
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no dictionary)
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} is no network, or a part of it is missing: {error}") from None
    if metadata.get("format") != FORMAT:
        raise ValueError(
            f"{path} is no network of this kind: it says {metadata.get('format', 'nothing')!r}, not {FORMAT!r}"
        )
    known = metadata.get("encoding", "")
    if encoding is not None and known != encoding:
        raise ValueError(f"{path} is a network for {known!r}, not for {encoding!r}")
    try:
        network = ResidualNetwork(_config(json.loads(metadata["architecture"])))
        network.load_state_dict(
            {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
        )
        return Checkpoint(
            network.eval(),
            known,
            json.loads(metadata["recipe"]),
            json.loads(metadata["provenance"]),
            metadata["parent"],
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [repr(error)])[0]
        raise ValueError(f"{path} is a network that does not fit together: {reason}") from None


def _config(known: dict[str, Any]) -> ResidualConfig:
    unknown = sorted(known.keys() - {field.name for field in fields(ResidualConfig)})
    if unknown:
        raise ValueError(f"its architecture has {unknown[0]!r}, which is unknown here")
    return ResidualConfig(**known)


def all_finite(network: torch.nn.Module) -> bool:
    """Whether every number of a network is one."""
    return all(bool(torch.isfinite(tensor).all()) for tensor in network.state_dict().values())
