"""What the verbs of self-play share: their options, and a run that is shown as it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console

from cli.json_report import write_json

if TYPE_CHECKING:
    from selfplay.zero.run import ZeroRun

RunOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Folder of the run, new or to go on with; runs/GAME by default."),
]
IterationsOption: TypeAlias = Annotated[
    int | None, typer.Option(min=1, help="Of playing and learning; more may be asked for later.")
]
SearchOption: TypeAlias = Annotated[str, typer.Option(help="gumbel, or puct as in AlphaZero.")]
SimulationsOption: TypeAlias = Annotated[int | None, typer.Option(min=2, help="For each move.")]
HistoryOption: TypeAlias = Annotated[
    int, typer.Option(min=0, max=7, help="Earlier states that the network sees beside the one to move in.")
]
GateOption: TypeAlias = Annotated[
    str, typer.Option(help="Who plays: none, the newest network; win, who won 55 % of games; best, of the last three.")
]
SeedOption: TypeAlias = Annotated[int, typer.Option(min=0, help="The same seed learns the same.")]
SettingsOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Any option of the configuration, such as play.full_share=0.5; may be given several times.",
    ),
]
ActorsOption: TypeAlias = Annotated[
    int, typer.Option(min=0, help="Processes that play, each on one core; 0 plays and learns in turn.")
]


def warn(sentence: str) -> None:
    """Tell what is wrong but does not end the command."""
    typer.echo(f"matchbox: {sentence}.", err=True)


def train_to_the_end(zero: ZeroRun, json: str | None) -> None:
    """Iterate to the end on the screen, write the network, and tell what came of it."""
    from dataclasses import asdict

    from selfplay.curves import Curves
    from selfplay.zero.display import TrainingDisplay
    from selfplay.zero.report import write_training_report

    rows = []
    with TrainingDisplay(zero, Console(stderr=True)) as display, Curves(zero.folder, len(zero.history)) as curves:
        while not zero.finished:
            progress = zero.iterate(display.tell)
            curves.add(progress.iteration, progress.points)
            display.show(progress)
            rows.append(asdict(progress))
    network = zero.export(zero.game.name)
    report = write_training_report(zero)
    if json is not None:
        facts = {"run": str(zero.folder), "network": str(network), "report": str(report), "history": rows}
        write_json(json, facts)
    if json != "-":
        typer.echo(f"The network is {network}; {report} shows how it learnt.")
