"""A run of self-play on the screen: a bar and the last iterations in a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from selfplay.matches.elo import DEVIATE
from selfplay.zero.config import Progress as Iteration
from selfplay.zero.run import ZeroRun

#: Iterations that the table shows.
_ROWS = 12


class TrainingDisplay:
    """Shows a run while it goes on; a context manager."""

    def __init__(self, run: ZeroRun, console: Console) -> None:
        self._run = run
        self._console = console
        self._started = time.monotonic()
        self._first = len(run.history)
        self._share = 0.0
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"), console=console,
        )  # fmt: skip
        self._task = self._bar.add_task(run.game.name, total=run.config.iterations, completed=self._first, left="")
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(self._render(), console=console, refresh_per_second=4)

    def __enter__(self) -> TrainingDisplay:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def tell(self, share: float) -> None:
        """So much of the iteration is done."""
        self._share = share
        if self._live is not None:
            self._update()

    def show(self, progress: Iteration) -> None:
        """An iteration is done."""
        self._share = 0.0
        if self._live is not None:
            self._update()
        else:
            left = seconds_left(self._started, self._first, len(self._run.history), self._run.config.iterations)
            self._console.print(f"{line(progress)}  {left}", highlight=False, soft_wrap=True)

    def _update(self) -> None:
        done = len(self._run.history) + self._share
        left = seconds_left(self._started, self._first, done, self._run.config.iterations)
        self._bar.update(self._task, completed=done, left=left)
        assert self._live is not None
        self._live.update(self._render())

    def _render(self) -> RenderableType:
        workers = self._run.workers
        who = "playing and learning in turn" if workers == 1 and self._run.config.lag == 0 else f"{workers} playing"
        return Group(iterations_table(self._run.history[-_ROWS:]), self._bar, Text(who, style="dim"))


def seconds_left(started: float, first: float, done: float, total: float) -> str:
    """Such as `3 min left`, going by the time that the iterations of this call took; empty until that can be said."""
    if done - first < 0.1:
        return ""
    seconds = (time.monotonic() - started) / (done - first) * (total - done)
    if seconds >= 5_400:
        return f"{seconds / 3600:.1f} h left"
    return f"{seconds / 60:.0f} min left" if seconds >= 90 else f"{seconds:.0f} s left"


def elo_so_far(history: list[Iteration]) -> float | None:
    """Elo of the network that was measured last, against the first one; None before any was."""
    return next((one.elo for one in reversed(history) if one.elo is not None), None)


def iterations_table(history: list[Iteration]) -> Table:
    """A row for each iteration."""
    table = Table(box=None, pad_edge=False)
    measures = [name for name in (history[-1].measures if history else ()) if name != "states"]
    headings = ("iteration", "games", "positions/s", "policy loss", "value loss", "first wins", "plies", "Elo")
    for heading in (*headings, *measures):
        table.add_column(heading, justify="right", no_wrap=True)
    for place, one in enumerate(history):
        elo = elo_so_far(history[: place + 1])
        table.add_row(
            str(one.iteration),
            f"{one.games:,}",
            f"{one.positions / max(one.seconds, 1e-9):,.0f}",
            f"{one.policy_loss:.3f}",
            f"{one.value_loss:.3f}",
            f"{one.first_wins:.0%}",
            f"{one.plies:.1f}",
            "-" if elo is None else f"{elo:+.0f}",
            *(f"{one.measures.get(name, 0.0):.1%}" for name in measures),
        )
    return table


def line(one: Iteration) -> str:
    """An iteration in a line."""
    words = (
        f"{one.iteration:4}  {one.games:6} games  {one.positions / max(one.seconds, 1e-9):6,.0f} positions/s  "
        f"losses {one.policy_loss:.3f} {one.value_loss:.3f}  first wins {one.first_wins:4.0%}  {one.plies:4.1f} plies"
    )
    if one.elo is not None:
        words += f"  Elo {one.elo:+.0f}"
    if one.elo_error is not None:
        words += f" ± {DEVIATE * one.elo_error:.0f}"
    for name, value in one.measures.items():
        if name != "states":
            words += f"  {name} {value:.1%}"
    return words
