"""`matchbox data stats`: what is in shards of positions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cli.json_report import JsonOption, write_json
from cli.refusal import understood, writable

if TYPE_CHECKING:
    from selfplay.positions.statistics import ShardStats


def stats(
    shards: Annotated[list[Path], typer.Argument(help="Shards of positions, or folders of them.")],
    plot: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw histograms into this file.")] = None,
    json: JsonOption = None,
) -> None:
    """Count positions, results, scores, pieces and phases, and find damaged shards.

    A damaged or truncated shard is named and left out. Results and scores are the view of the side to move. Phases go
    by the pieces other than kings and pawns: at most 6 are an endgame, at most 12 a middlegame.

    The JSON has the keys of the table, and as histograms scores (between score_edges), points_by_score, pieces, plies.

    \b
    Examples:
      matchbox data stats positions
      matchbox data stats positions --plot positions.png --json stats.json
    """
    from selfplay.positions.shards import shard_files
    from selfplay.positions.statistics import measure
    from selfplay.positions.statistics import plot as draw

    writable(plot)
    console = Console(stderr=True)
    with understood():
        files = shard_files(shards)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("reading", total=len(files))
            found = measure(files, lambda: progress.advance(task))
        for sentence in found.damaged:
            console.print(f"matchbox: {sentence}; it is left out.", highlight=False, soft_wrap=True)
        if plot is not None:
            draw(found, plot)
    if json is not None:
        write_json(json, found.json())
    if json != "-":
        Console().print(_table(found))


def _table(found: ShardStats) -> Table:
    from selfplay.positions.statistics import PHASES, RESULTS

    table = Table(show_header=False, box=None)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(justify="right")
    count = max(found.positions, 1)

    def row(name: str, value: int) -> None:
        table.add_row(name, f"{value}", f"{value / count:.1%}")

    table.add_row("shards", f"{found.shards}", f"{len(found.damaged)} damaged" if found.damaged else "")
    table.add_row("games", f"{found.games}", "")
    table.add_row("positions", f"{found.positions}", "")
    table.add_row("bytes a position", f"{found.bytes_per_position:.1f}", "")
    row("distinct", found.distinct)
    row("White to move", found.white_to_move)
    row("with a score", found.scored)
    row("with a proven end", found.mates)
    row("with a best move", found.with_move)
    for name, value in zip(RESULTS, found.results.tolist(), strict=True):
        row(name, value)
    for name, value in zip(PHASES, found.phases.tolist(), strict=True):
        row(name, value)
    return table
