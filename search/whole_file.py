"""Files that are written whole or not at all: under another name first, then renamed over the old one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


def _permissions() -> int:
    """What a new file is allowed, by the process's umask."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


@contextmanager
def whole_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """A file to write, `w` for UTF-8 text or `wb` for bytes, that takes its name when the block ends without an error.

    It is on the disk then. After an error, or a kill at any moment, `path` holds what it held before. A device or
    a pipe is written as it is. OSError, with `path` as its file name, if it cannot be written.
    """
    encoding = None if "b" in mode else "utf-8"
    target = path.resolve()
    if target.exists() and not target.is_file():
        with path.open(mode, encoding=encoding) as file:
            yield file
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    try:
        with os.fdopen(handle, mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(_permissions())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def write_whole(path: Path, text: str) -> None:
    """Write `text` as the whole content of `path`; see `whole_file`."""
    with whole_file(path) as file:
        file.write(text)
