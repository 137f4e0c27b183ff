"""The networks that come with the package, by name; how each was made stands in its own metadata."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "models"


def shipped() -> dict[str, Path]:
    """The file of each network by its name, which begins with its game; digits of its SHA-256 end the file's name."""
    return {file.stem.rpartition("-")[0]: file for file in sorted(_FOLDER.glob("*.safetensors"))}


def shipped_for(family: str) -> Path | None:
    """The network for a game, if there is one: the one that is called as the game, or else the first that begins so."""
    networks = shipped()
    names = [name for name in networks if name == family or name.startswith(f"{family}-")]
    return networks[min(names, key=len)] if names else None


def network_file(name: str) -> Path:
    """The shipped network of that name, or else the file of that name; ValueError if there is neither."""
    networks = shipped()
    if name in networks:
        return networks[name]
    path = Path(name)
    if not path.is_file():
        known = ", ".join(networks) or "none in this version"
        raise ValueError(f"{name!r} is no file and no network that comes with Matchbox (those are {known})")
    return path
