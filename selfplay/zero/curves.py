"""The curves of a run for TensorBoard, in the folder `tensorboard` of the run."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from selfplay.zero.config import Progress


class Curves:
    """Writes a point of every curve for each iteration; a context manager."""

    def __init__(self, folder: Path, done: int) -> None:
        """`done`: iterations so far; points of later ones, which a killed run left behind, are hidden."""
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder / "tensorboard"), purge_step=done + 1)

    def add(self, progress: Progress) -> None:
        """An iteration is done."""
        points = {
            "loss/policy": progress.policy_loss,
            "loss/value": progress.value_loss,
            "games/first wins": progress.first_wins,
            "games/plies": progress.plies,
            "games/resigned": progress.resigned,
            "games/false resignations": progress.false_resignations,
            "speed/positions a second": progress.positions / max(progress.seconds, 1e-9),
            "strength/elo": progress.elo,
            "strength/score": progress.score,
            "window/samples": float(progress.window),
            **{f"measured/{name}": value for name, value in progress.measures.items()},
        }
        for name, value in points.items():
            if value is not None:
                self._writer.add_scalar(name, value, progress.iteration)
        self._writer.flush()

    def __enter__(self) -> Curves:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
