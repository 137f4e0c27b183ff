"""Integer networks in files: safetensors whose metadata says what the numbers mean and where they come from.

The file's name ends in the first twelve hex digits of its SHA-256. Loading is strict: a file that does not fit is
refused with one sentence. Nothing is unpickled, and torch is not needed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load, save

from nets.nnue.config import config_of
from nets.nnue.quantise import IntegerNetwork
from search.whole_file import whole_file

#: What the metadata of a file says it is; the number rises when the format changes.
FORMAT = "matchbox nnue 1"
_ARRAYS = ("rows", "biases", "outputs", "output_biases")
_NAMED_BY_HASH = re.compile(r".*-([0-9a-f]{12})\.safetensors")


def save_network(network: IntegerNetwork, folder: Path, name: str) -> Path:
    """Write `name`-HASH.safetensors into a folder, whole or not at all; its path. OSError if it cannot be."""
    content = save(
        {array: getattr(network, array) for array in _ARRAYS},
        {
            "format": FORMAT,
            "architecture": json.dumps(asdict(network.config)),
            "architecture_hash": network.config.digest,
            "recipe": json.dumps(network.recipe),
            "provenance": json.dumps(network.provenance),
            "parent": network.parent,
        },
    )
    path = folder / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}.safetensors"
    with whole_file(path, "wb") as file:
        file.write(content)
    return path


def load_network(path: Path) -> IntegerNetwork:
    """The network in a file; ValueError, in one sentence, if there is none, it is damaged, or it is of another kind."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    try:
        arrays = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no network, or a part of it is missing: {error}") from None
    named = _NAMED_BY_HASH.fullmatch(path.name)
    if named and hashlib.sha256(content).hexdigest()[:12] != named[1]:
        raise ValueError(f"{path} is damaged: its content does not have the hash {named[1]} of its name")
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    if metadata.get("format") != FORMAT:
        raise ValueError(
            f"{path} is no network of this kind: it says {metadata.get('format', 'nothing')!r}, not {FORMAT!r}"
        )
    try:
        config = config_of(json.loads(metadata["architecture"]))
        if metadata["architecture_hash"] != config.digest:
            raise ValueError(f"its architecture hash is {metadata['architecture_hash']!r}, not {config.digest!r}")
        missing = [array for array in _ARRAYS if array not in arrays]
        if missing or len(arrays) != len(_ARRAYS):
            raise ValueError(f"it holds {', '.join(sorted(arrays))} and not {', '.join(sorted(_ARRAYS))}")
        return IntegerNetwork(
            config=config,
            rows=arrays["rows"],
            biases=arrays["biases"],
            outputs=arrays["outputs"],
            output_biases=arrays["output_biases"],
            recipe=json.loads(metadata["recipe"]),
            provenance=json.loads(metadata["provenance"]),
            parent=metadata["parent"],
            name=path.name,
            digest=hashlib.sha256(content).hexdigest(),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [repr(error)])[0]
        raise ValueError(f"{path} is a network that does not fit together: {reason}") from None
