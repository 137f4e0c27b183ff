"""Files that come with the package, by name: networks and models, each called NAME-HASH.safetensors."""

from __future__ import annotations

from pathlib import Path


def shipped_in(folder: Path) -> dict[str, Path]:
    """The files of a folder by their names; digits of its SHA-256 end the name of each file."""
    return {file.stem.rpartition("-")[0]: file for file in sorted(folder.glob("*.safetensors"))}


def shipped_or_file(name: str, shipped: dict[str, Path], what: str) -> Path:
    """The shipped file of that name, or else the file of that name; ValueError if there is neither."""
    if name in shipped:
        return shipped[name]
    path = Path(name)
    if not path.is_file():
        known = ", ".join(shipped) or "none in this version"
        raise ValueError(f"{name!r} is no file and no {what} that comes with Matchbox (those are {known})")
    return path
