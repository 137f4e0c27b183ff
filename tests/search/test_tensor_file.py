"""Files of arrays: equal content has an equal hash."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from search.tensor_file import read_tensors, write_by_hash


def test_equal_content_has_an_equal_hash(tmp_path: Path) -> None:
    arrays = {"weights": np.arange(6, dtype=np.float32).reshape(2, 3), "bits": np.ones(3, np.uint8)}
    metadata = {"format": "some kind"} | {f"fact {number}": "ä" * number for number in range(12)}
    paths = {write_by_hash(tmp_path, "some", arrays, metadata) for _ in range(10)}
    (path,) = paths
    file = read_tensors(path, "some kind", "network")
    assert file.metadata == metadata
    assert all(np.array_equal(file.arrays[name], array) for name, array in arrays.items())
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    assert length % 8 == 0
    assert list(json.loads(content[8 : 8 + length])["__metadata__"]) == sorted(metadata)
