"""Integer networks in files; torch is not needed to read them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nets.nnue.config import NnueConfig, config_of
from nets.nnue.quantise import KINDS, IntegerNetwork
from search.tensor_file import fitting, read_tensors, write_by_hash

#: What the metadata of a file says it is; the number rises when the format changes.
FORMAT = "matchbox nnue 1"


def _arrays(config: NnueConfig) -> list[str]:
    """The names of those arrays that a file has: without a second layer, none of its."""
    return [name for name, shape in config.shapes.items() if all(shape)]


def save_network(network: IntegerNetwork, folder: Path, name: str) -> Path:
    """Write `name`-HASH.safetensors into a folder, whole or not at all; its path. OSError if it cannot be."""
    return write_by_hash(
        folder,
        name,
        {array: getattr(network, array) for array in _arrays(network.config)},
        {
            "format": FORMAT,
            "architecture": json.dumps(network.config.described),
            "architecture_hash": network.config.digest,
            "recipe": json.dumps(network.recipe),
            "provenance": json.dumps(network.provenance),
            "parent": network.parent,
        },
    )


def load_network(path: Path) -> IntegerNetwork:
    """The network in a file; ValueError, in one sentence, if there is none, it is damaged, or it is of another kind."""
    file = read_tensors(path, FORMAT, "network")
    with fitting(path, "network"):
        config = config_of(json.loads(file.metadata["architecture"]))
        if file.metadata["architecture_hash"] != config.digest:
            raise ValueError(f"its architecture hash is {file.metadata['architecture_hash']!r}, not {config.digest!r}")
        if set(file.arrays) != set(_arrays(config)):
            raise ValueError(f"it holds {', '.join(sorted(file.arrays))} and not {', '.join(sorted(_arrays(config)))}")
        empty = {name: np.zeros(shape, KINDS[name]) for name, shape in config.shapes.items()}
        return IntegerNetwork(
            config=config,
            **{**empty, **file.arrays},
            recipe=json.loads(file.metadata["recipe"]),
            provenance=json.loads(file.metadata["provenance"]),
            parent=file.metadata["parent"],
            name=path.name,
            digest=file.digest,
        )
