"""The networks that come with the package, by name; how each was made stands in its own metadata."""

from __future__ import annotations

from pathlib import Path

from search.shipped import shipped_in, shipped_or_file


def shipped() -> dict[str, Path]:
    """The file of each network by its name, which begins with its game."""
    return shipped_in(Path(__file__).parent / "models")


def shipped_for(family: str) -> Path | None:
    """The network for a game, if there is one: the one that is called as the game, or else the first that begins so."""
    networks = shipped()
    names = [name for name in networks if name == family or name.startswith(f"{family}-")]
    return networks[min(names, key=len)] if names else None


def network_file(name: str) -> Path:
    """The shipped network of that name, or else the file of that name; ValueError if there is neither."""
    return shipped_or_file(name, shipped(), "network")
