"""Arrays in files: safetensors, with metadata that say what the numbers mean and where they come from.

The name of a file may end in the first twelve hex digits of its SHA-256. Loading is strict: what is missing, damaged or
of another kind is refused with one sentence. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from search.whole_file import whole_file

#: Digits of the SHA-256 in a file's name.
_DIGITS = 12
_NAMED_BY_HASH = re.compile(rf".*-([0-9a-f]{{{_DIGITS}}})\.safetensors")

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class TensorFile:
    """What a file holds."""

    metadata: dict[str, str]
    arrays: dict[str, npt.NDArray[Any]]
    digest: str
    """SHA-256 of the whole file, in hex."""


def write_tensors(path: Path, arrays: Arrays, metadata: Mapping[str, str]) -> None:
    """Write one file, whole or not at all; OSError if it cannot be. The metadata's `format` names its kind."""
    _write(path, _content(arrays, metadata))


def write_by_hash(folder: Path, name: str, arrays: Arrays, metadata: Mapping[str, str]) -> Path:
    """Write `name`-HASH.safetensors into a folder, whole or not at all; its path. OSError if it cannot be."""
    content = _content(arrays, metadata)
    path = folder / f"{name}-{hashlib.sha256(content).hexdigest()[:_DIGITS]}.safetensors"
    _write(path, content)
    return path


def _content(arrays: Arrays, metadata: Mapping[str, str]) -> bytes:
    content = save({name: np.ascontiguousarray(array) for name, array in arrays.items()}, dict(metadata))
    # The library writes metadata in an order that changes, and equal content shall have an equal hash.
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    ordered = json.dumps(header, separators=(",", ":")).encode()
    ordered += b" " * (-len(ordered) % 8)  # numbers begin at a multiple of 8
    return len(ordered).to_bytes(8, "little") + ordered + content[8 + length :]


def _write(path: Path, content: bytes) -> None:
    with whole_file(path, "wb") as file:
        file.write(content)


def read_tensors(path: Path, kind: str, what: str) -> TensorFile:
    """What a file holds, if its `format` is `kind`; ValueError that says why it is no `what` (`network`, say)."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    try:
        arrays = load(content)
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no {what}, or a part of it is missing: {error}") from None
    digest = hashlib.sha256(content).hexdigest()
    named = _NAMED_BY_HASH.fullmatch(path.name)
    if named and not digest.startswith(named[1]):
        raise ValueError(f"{path} is damaged: its content does not have the hash {named[1]} of its name")
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length]).get("__metadata__") or {}
    if metadata.get("format") != kind:
        raise ValueError(
            f"{path} is no {what} of this kind: it says {metadata.get('format', 'nothing')!r}, not {kind!r}"
        )
    return TensorFile(metadata, arrays, digest)


def kind_of(path: Path, what: str) -> str:
    """The `format` of a file, `nothing` if it has none; ValueError that says why it is no `what`."""
    try:
        with safe_open(path, "np") as file:
            return str((file.metadata() or {}).get("format", "nothing"))
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} is no {what}, or a part of it is missing: {error}") from None


@contextmanager
def fitting(path: Path, what: str) -> Iterator[None]:
    """Turn whatever goes wrong while the parts of a file are put together into a ValueError of one sentence."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [repr(error)])[0]
        raise ValueError(f"{path} is a {what} that does not fit together: {reason}") from None
