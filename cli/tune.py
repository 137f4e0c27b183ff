"""`matchbox tune`: tunes the numbers of the alpha-beta search by SPSA."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from cli.json_report import JsonOption, write_json
from cli.refusal import refuse, understood
from cli.search_options import EvaluationOption

if TYPE_CHECKING:
    from selfplay.tuning.spsa import Tuning


def tune(
    parameters: Annotated[list[str] | None, typer.Argument(help="Which ones to tune; all if left out.")] = None,
    pairs: Annotated[int, typer.Option(min=1, help="Of games, in the whole run.")] = 20_000,
    nodes: Annotated[int, typer.Option(min=1, help="For each move.")] = 5_000,
    evaluation: EvaluationOption = "",
    processes: Annotated[int, typer.Option(min=1, max=512, help="One for each core by default.")] = os.cpu_count() or 1,
    seed: Annotated[int, typer.Option(min=0, help="Of signs and openings.")] = 1,
    run: Annotated[Path, typer.Option(metavar="FOLDER", help="Of the run, new or to go on with.")] = Path("runs/spsa"),
    json: JsonOption = None,
) -> None:
    """Tune margins, depths and weights of the alpha-beta search of chess by games between two settings.

    In each pair of games all numbers are moved up or down at random, and then a little towards the winner (SPSA). The
    state is saved every few pairs; the same command goes on. At the end the numbers are in FOLDER/parameters.json; a
    match must confirm them.

    The JSON has the keys run, pairs, points (of the settings moved up, at most 2 a pair) and parameters (all numbers).

    \b
    Examples:
      matchbox tune aspiration null_score --pairs 2 --nodes 30 --processes 1 --run runs/quick
    """
    import json as encoder

    from cli.first_use import compiled
    from search.whole_file import write_whole
    from selfplay.tuning.spsa import WRITTEN_EVERY, bounds, load, rounded, write
    from selfplay.tuning.spsa import tune as tune_on

    names = parameters or list(bounds())
    unknown = sorted(set(names) - set(bounds()))
    if unknown:
        refuse(f"there is no parameter {', '.join(unknown)}; there are {', '.join(bounds())}")
    with understood():
        run.mkdir(parents=True, exist_ok=True)
        path = run / "spsa.json"
        tuning = load(path, names, pairs)
        if not evaluation:
            compiled("chess search")
        console = Console(stderr=True)
        with Live(_table(tuning), console=console, refresh_per_second=2, transient=True) as live:
            try:
                for _ in tune_on(tuning, nodes, processes, seed, evaluation):
                    if tuning.done % WRITTEN_EVERY == 0 or tuning.done == tuning.pairs:
                        write(path, tuning)
                    live.update(_table(tuning))
            finally:
                write(path, tuning)
        tuned = {name: getattr(rounded(tuning.values), name) for name in bounds()}
        write_whole(run / "parameters.json", encoder.dumps(tuned, indent=1) + "\n")
    if json is not None:
        write_json(json, {"run": str(run), "pairs": tuning.done, "points": tuning.points, "parameters": tuned})
    if json != "-":
        Console().print(_table(tuning))
        typer.echo(f"All numbers are in {run / 'parameters.json'}.")


def _table(tuning: Tuning) -> Table:
    from search.alphabeta import Parameters
    from selfplay.tuning.spsa import bounds

    table = Table(title=f"{tuning.done} of {tuning.pairs} pairs", title_justify="left")
    table.add_column("parameter")
    for column in ("least", "most", "was", "is", "change"):
        table.add_column(column, justify="right")
    was = Parameters()
    for name, value in tuning.values.items():
        least, most = bounds()[name]
        before = getattr(was, name)
        table.add_row(name, f"{least}", f"{most}", f"{before}", f"{value:.1f}", f"{value - before:+.1f}")
    return table
