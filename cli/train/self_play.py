"""What the verbs of self-play share: their options, and a run that is shown as it goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.json_report import write_json

if TYPE_CHECKING:
    from selfplay.solved import Grade
    from selfplay.zero import Progress as Iteration
    from selfplay.zero import ZeroRun

RunOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Folder of the run, new or to go on with; runs/GAME by default."),
]
IterationsOption: TypeAlias = Annotated[
    int, typer.Option(min=1, help="Of playing and learning; more may be asked for later.")
]
SearchOption: TypeAlias = Annotated[str, typer.Option(help="gumbel, or puct as in AlphaZero.")]
SimulationsOption: TypeAlias = Annotated[int, typer.Option(min=2, help="For each move.")]
SeedOption: TypeAlias = Annotated[int, typer.Option(min=0, help="The same seed learns the same.")]


def train_to_the_end(zero: ZeroRun, grader: Callable[[], Grade] | None, json: str | None) -> None:
    """Iterate behind a progress bar, write the network, and tell what came of it."""
    rows = _iterate(zero, grader)
    network = zero.export(zero.game.name)
    if json is not None:
        write_json(json, {"run": str(zero.folder), "network": str(network), "history": rows})
    if json != "-":
        typer.echo(f"The network is {network}; some of the last games are in {zero.folder / 'games.txt'}.")


def _iterate(zero: ZeroRun, grader: Callable[[], Grade] | None) -> list[dict[str, object]]:
    """Iterate to the end, with a line for each iteration."""
    from dataclasses import asdict

    rows: list[dict[str, object]] = []
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        total = zero.config.iterations
        task = progress.add_task(zero.game.name, total=total, completed=len(zero.history))
        while not zero.finished:
            done = len(zero.history)

            def tell(share: float, done: int = done) -> None:
                progress.update(task, completed=done + share)

            iteration = zero.iterate(tell)
            known = grader() if grader else None
            rows.append({**asdict(iteration), **(asdict(known) if known else {})})
            console.print(_line(iteration, known), highlight=False, soft_wrap=True)
    return rows


def _line(iteration: Iteration, known: Grade | None) -> str:
    words = (
        f"{iteration.iteration:4}  {iteration.games:6} games  losses {iteration.policy_loss:.3f} "
        f"{iteration.value_loss:.3f}  first wins {iteration.first_wins:4.0%}  {iteration.plies:4.1f} plies"
    )
    if known is not None:
        words += f"  policy {known.policy:.1%}  safe {known.safe:.1%}  value {known.value:.1%}"
    return words
