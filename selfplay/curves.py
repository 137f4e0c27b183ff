"""The curves of a training for TensorBoard, in the folder `tensorboard` of its run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType


class Curves:
    """Writes a point of every curve now and then; a context manager."""

    def __init__(self, folder: Path, done: int) -> None:
        """`done`: steps so far; points of later ones, which a killed run left behind, are hidden."""
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / "tensorboard"), purge_step=done + 1)

    def add(self, step: int, points: Mapping[str, float | None]) -> None:
        """The values of curves, by their names, after so many steps; None where there is no value."""
        for name, value in points.items():
            if value is not None:
                self._writer.add_scalar(name, value, step)
        self._writer.flush()

    def __enter__(self) -> Curves:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
