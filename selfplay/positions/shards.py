"""Shards: files of packed chess positions, compressed, checked by a digest, and written whole or not at all.

A file `NAME.shard`, all numbers little-endian::

    bytes
    0-7       MBSHARD and a zero
    8-11      version of this format, uint32: 1
    12-15     length of the header, uint32
    16-       header: a JSON object with the keys
                record     `chess-position-1`: the records are `engine.chess.packed.PACKED`, 32 bytes each
                positions  their number
                bytes      length of the compressed positions
                facts      where they come from: an object of the writer's
    …         the positions, transposed (first byte 0 of every record, then byte 1, …), as one zstandard frame
    last 32   SHA-256 of everything before

Transposed, equal bytes lie together, and a shard takes about half the room. Score, move and result of a position are
all the view of the side to move; see `engine.chess.packed`.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zstandard

from engine.chess.packed import PACKED, first_unsound
from search.whole_file import whole_file

SUFFIX = ".shard"
VERSION = 1
RECORD = "chess-position-1"
#: Positions, [n] of `engine.chess.packed.PACKED`.
Positions = npt.NDArray[np.void]

_MAGIC = b"MBSHARD\0"
_HEAD = struct.Struct("<8sII")
_DIGEST = 32
_LEVEL = 9
#: No shard holds more, so a damaged header cannot ask for all the memory there is.
_MOST_POSITIONS = 1 << 26


class ShardError(ValueError):
    """A file is no shard, or a damaged one; the sentence names it."""


@dataclass(frozen=True)
class Shard:
    """What a file of positions holds."""

    positions: Positions
    facts: Mapping[str, Any]
    """Where they come from, as the writer put it."""
    digest: str
    """The SHA-256 at the end of the file, in hex."""


def encode_shard(positions: Positions, facts: Mapping[str, Any]) -> bytes:
    """The bytes of a shard with these positions, [n] of PACKED, and JSON facts."""
    plain = positions.astype(PACKED, copy=False).view(np.ndarray)
    columns = np.ascontiguousarray(plain.view(np.uint8).reshape(len(plain), PACKED.itemsize).T)
    body = zstandard.ZstdCompressor(level=_LEVEL).compress(columns.tobytes())
    header = {"record": RECORD, "positions": len(plain), "bytes": len(body), "facts": dict(facts)}
    text = json.dumps(header, sort_keys=True).encode()
    content = _HEAD.pack(_MAGIC, VERSION, len(text)) + text + body
    return content + hashlib.sha256(content).digest()


def decode_shard(content: bytes, name: str) -> Shard:
    """The shard of these bytes; ShardError, with `name` in it, if they are none or damaged."""
    if content[:8] != _MAGIC:
        raise ShardError(f"{name} is no shard of positions; `matchbox data generate` writes such files")
    if len(content) < _HEAD.size + _DIGEST:
        raise ShardError(f"{name} is cut off after {len(content)} bytes")
    _, version, length = _HEAD.unpack_from(content)
    if version != VERSION:
        raise ShardError(f"{name} has version {version} of the format; this program reads version {VERSION}")
    if hashlib.sha256(content[:-_DIGEST]).digest() != content[-_DIGEST:]:
        raise ShardError(f"{name} is damaged or cut off: its content does not match its digest")
    body = content[_HEAD.size + length : -_DIGEST]
    try:
        header = json.loads(content[_HEAD.size : _HEAD.size + length])
        record, count, size, facts = (header[key] for key in ("record", "positions", "bytes", "facts"))
    except (ValueError, KeyError, TypeError):
        raise ShardError(f"{name} has no readable header") from None
    if record != RECORD:
        raise ShardError(f"{name} holds records of kind {record!r}; this program reads {RECORD!r}")
    if size != len(body) or not 0 <= count <= _MOST_POSITIONS:
        raise ShardError(f"{name} does not hold what its header says")
    try:
        plain = zstandard.ZstdDecompressor().decompress(body, max_output_size=max(count * PACKED.itemsize, 1))
    except zstandard.ZstdError:
        raise ShardError(f"{name} cannot be decompressed") from None
    if len(plain) != count * PACKED.itemsize:
        raise ShardError(f"{name} does not hold what its header says")
    columns = np.frombuffer(plain, np.uint8).reshape(PACKED.itemsize, count)
    positions = np.ascontiguousarray(columns.T).reshape(-1).view(PACKED)
    if count and (index := int(first_unsound(positions))) >= 0:
        raise ShardError(f"{name} holds an impossible position, number {index}")
    return Shard(positions, facts, content[-_DIGEST:].hex())


def write_shard(path: Path, positions: Positions, facts: Mapping[str, Any]) -> int:
    """Write a shard, whole or not at all; the number of its bytes."""
    content = encode_shard(positions, facts)
    with whole_file(path, "wb") as file:
        file.write(content)
    return len(content)


def read_shard(path: Path) -> Shard:
    """Read a shard; ShardError if it is none or damaged, OSError if it cannot be read."""
    return decode_shard(path.read_bytes(), str(path))


def shard_files(sources: Iterable[Path]) -> list[Path]:
    """The shards that `sources` name, files or folders of them, each once and sorted; ValueError if there are none."""
    files: set[Path] = set()
    for source in sources:
        if source.is_dir():
            files.update(source.glob(f"*{SUFFIX}"))
        elif source.is_file():
            files.add(source)
        else:
            raise ValueError(f"there is no shard or folder of shards {source}")
    if not files:
        raise ValueError(f"there is no file *{SUFFIX} in {', '.join(map(str, sources))}")
    return sorted(files)


def read_shards(files: Iterable[Path], on_damage: Callable[[ShardError], None]) -> Iterator[tuple[Path, Shard]]:
    """The shards of `files` one after another; a damaged one is told to `on_damage` and left out."""
    for path in files:
        try:
            shard = read_shard(path)
        except ShardError as error:
            on_damage(error)
            continue
        yield path, shard
