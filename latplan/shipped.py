"""The models that come with the package, one for each puzzle of the house; how they were made: `docs/latplan.md`."""

from __future__ import annotations

from pathlib import Path

from search.shipped import shipped_in, shipped_or_file


def shipped() -> dict[str, Path]:
    """The file of each model by the name of its puzzle."""
    return shipped_in(Path(__file__).parent / "models")


def model_file(name: str) -> Path:
    """The shipped model of that name, or else the file of that name; ValueError if there is neither."""
    return shipped_or_file(name, shipped(), "model")
