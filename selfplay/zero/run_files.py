"""The folder of a run of self-play: what is in it, written whole or not at all, and checked when it is read.

=====================  =================================================================================
`config.json`          game, encoding, configuration, versions of the libraries, revision of the source
`games/I-U.npz`        the games of unit U of iteration I (`selfplay.zero.played`), as long as they are learnt from
`iteration-I/`         of the last two iterations: `learner.safetensors`, the networks that are still needed as
                       `network-V.safetensors`, and `facts.json`, which has a digest of each file and each shard
`games.txt`, `.pgn`    some of the last games
`tensorboard/`         curves
`report.html`          the course of the run as a page
=====================  =================================================================================
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from search.whole_file import whole_file, write_whole

#: Iterations whose files are kept: if the last one is damaged, there is the one before.
_KEPT = 2


class DamagedError(ValueError):
    """A file that is not what was written; the text is a sentence that names it."""


def digest(content: bytes) -> str:
    """The SHA-256 of some bytes, in hex."""
    return hashlib.sha256(content).hexdigest()


def read_checked(path: Path, expected: str) -> bytes:
    """The content of a file with this digest; DamagedError if it has another, or is not there."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing") from None
    if digest(content) != expected:
        raise DamagedError(f"{path} is damaged: {len(content)} bytes that are not those that were written")
    return content


def write_bytes(path: Path, content: bytes) -> str:
    """Write a file, whole or not at all, and return its digest; OSError, with its name, if it cannot be written."""
    try:
        with whole_file(path, "wb") as file:
            file.write(content)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    return digest(content)


class RunFiles:
    """A run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shards = folder / "games"
        self.shards.mkdir(parents=True, exist_ok=True)

    def open(self, known: Mapping[str, Any], same: Callable[[Any], Any]) -> None:
        """Begin the run, or go on with it; ValueError if it is another one.

        `known` is what makes this run what it is, and `same` takes from it what may change.
        """
        file = self.folder / "config.json"
        if not file.exists():
            write_whole(file, json.dumps({**known, "made_with": _made_with()}, indent=2) + "\n")
            return
        try:
            found = json.loads(file.read_text("utf-8"))
            found.pop("made_with", None)
            agrees = same(found) == same(dict(known))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{file} is no description of a run") from None
        if not agrees:
            raise ValueError(
                f"{self.folder} holds a run of another game, or with another configuration; take a new one"
            )

    # Shards of games.

    def shard_name(self, iteration: int, unit: int) -> str:
        """The name of a shard."""
        return f"{iteration:06}-{unit:03}.npz"

    def write_shard(self, name: str, content: bytes) -> str:
        """Write a shard and return its digest."""
        return write_bytes(self.shards / name, content)

    def read_shard(self, name: str, expected: str) -> bytes:
        """A shard; DamagedError if it is not as it was written."""
        return read_checked(self.shards / name, expected)

    def keep_shards(self, names: Iterable[str]) -> None:
        """Remove all others."""
        kept = set(names)
        for path in self.shards.iterdir():
            if path.name not in kept:
                path.unlink(missing_ok=True)

    # Iterations.

    def save(self, iteration: int, files: Mapping[str, bytes], facts: Mapping[str, Any]) -> None:
        """Save an iteration under another name first, then rename it; then an older one goes."""
        name = f"iteration-{iteration:06}"
        making = self.folder / f"{name}.tmp"
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir()
        digests = {file: write_bytes(making / file, content) for file, content in files.items()}
        write_bytes(making / "facts.json", json.dumps({**facts, "files": digests}).encode())
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)  # a damaged one that was not taken
        making.rename(target)
        kept = {path.name for path in self._saved()[:_KEPT]}
        for old in self.folder.glob("iteration-*"):
            if old.name not in kept:
                shutil.rmtree(old)

    def _saved(self) -> list[Path]:
        """The newest first."""
        return sorted(self.folder.glob("iteration-??????"), reverse=True)

    def newest(self, warn: Callable[[str], None]) -> tuple[dict[str, Any], dict[str, bytes]] | None:
        """Facts and files of the newest iteration that is not damaged, or None where there is none.

        `warn` is told what is damaged. DamagedError if every iteration is.
        """
        saved = self._saved()
        for folder in saved:
            try:
                return self._read(folder)
            except DamagedError as error:
                warn(str(error))
        if saved:
            raise DamagedError(f"no iteration in {self.folder} can be gone on with; take a new folder")
        return None

    @staticmethod
    def _read(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
        try:
            facts = json.loads((folder / "facts.json").read_text("utf-8"))
            digests = facts["files"]
        except (OSError, ValueError, KeyError, TypeError):
            raise DamagedError(f"{folder / 'facts.json'} is damaged") from None
        return facts, {name: read_checked(folder / name, expected) for name, expected in digests.items()}


def _made_with() -> dict[str, str]:
    """Versions of what a run depends on."""
    known = {"python": sys.version.split()[0]}
    for package in ("matchbox-ai", "numpy", "numba", "torch"):
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            known[package] = "unknown"
    here = Path(__file__).resolve().parent
    git = ["git", "-C", str(here), "rev-parse", "HEAD"]
    try:
        known["revision"] = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        known["revision"] = "unknown"
    return known
