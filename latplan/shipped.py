"""The models that come with the package, one for each puzzle of the house; how they were made: `docs/latplan.md`."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "models"


def shipped() -> dict[str, Path]:
    """The file of each model by the name of its puzzle; the file's name ends in twelve digits of its SHA-256."""
    return {file.stem.rpartition("-")[0]: file for file in sorted(_FOLDER.glob("*.safetensors"))}


def model_file(name: str) -> Path:
    """The shipped model of that name, or else the file of that name; ValueError if there is neither."""
    models = shipped()
    if name in models:
        return models[name]
    path = Path(name)
    if not path.exists():
        raise ValueError(f"{name} is no file and no model that comes with Matchbox; those are {', '.join(models)}")
    return path
