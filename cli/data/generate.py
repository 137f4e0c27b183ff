"""`matchbox data generate`: positions from games of the engine against itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.hiring import ClusterOption, hired
from cli.json_report import JsonOption, write_json
from cli.refusal import understood
from cli.search_options import EvaluationOption

if TYPE_CHECKING:
    from selfplay.positions.generation import GenerationConfig
    from selfplay.workforce import Work, Workforce


def generate(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where shards go; a folder from before is gone on with.")],
    positions: Annotated[int, typer.Option(min=1, help="So many in the folder in the end.")] = 1_000_000,
    nodes: Annotated[int, typer.Option(min=1, help="For each move.")] = 1500,
    evaluation: EvaluationOption = "",
    seed: Annotated[int, typer.Option(min=0, help="The same seed plays the same games.")] = 1,
    processes: Annotated[
        int | None, typer.Option(min=1, max=512, help="One for each core by default, or all workers of the cluster.")
    ] = None,
    cluster: ClusterOption = None,
    least_random: Annotated[int, typer.Option(min=0, max=60, help="Random plies at the start of games, at least")] = 6,
    most_random: Annotated[int, typer.Option(min=0, max=60, help="and at most.")] = 10,
    openings: Annotated[float, typer.Option(min=0, max=1, help="Share of games from built-in openings.")] = 0.25,
    chess960: Annotated[float, typer.Option(min=0, max=1, help="Share of games of Chess960.")] = 0.1,
    quiet: Annotated[bool, typer.Option(help="Keep quiet positions only; a policy must see all.")] = True,
    games_a_shard: Annotated[int, typer.Option(min=1, help="Games whose positions lie in one file.")] = 2000,
    json: JsonOption = None,
) -> None:
    """Let the engine play itself, and keep the quiet positions, with score, best move and the game's result.

    Games begin with random moves, and are given up when they are decided. Killed at any moment, the same command goes
    on where it was left and ends in the same files; only the games in hand are lost.

    The JSON has the keys folder, positions, games, seconds, new_positions (of this call) and positions_per_second.

    \b
    Examples:
      matchbox data generate --positions 300 --nodes 100 --processes 1 --out positions
    """
    from selfplay.positions.generation import GenerationConfig

    with understood():
        config = GenerationConfig(
            seed=seed,
            nodes=nodes,
            evaluation=evaluation or GenerationConfig.evaluation,
            opening_share=openings,
            chess960_share=chess960,
            least_random=least_random,
            most_random=most_random,
            quiet=quiet,
            games_a_shard=games_a_shard,
        )
        if cluster is None and processes is None:
            processes = os.cpu_count() or 1
        several = 0 if processes is None or (cluster is None and processes == 1) else processes
        facts = _run(out, config, positions, hired(several, cluster))
    if json is not None:
        write_json(json, facts)
    if json != "-":
        typer.echo(
            f"{facts['positions']} positions of {facts['games']} games are in {out}; "
            f"{facts['new_positions']} are new, {facts['positions_per_second']:.0f} a second."
        )


def _run(
    folder: Path, config: GenerationConfig, positions: int, hire: Callable[[Work], Workforce]
) -> dict[str, int | float | str]:
    from cli.first_use import compiled
    from selfplay.positions.generation import GenerationConfig
    from selfplay.positions.generation_run import GenerationRun, generate

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.completed:.0f} of {task.total:.0f} positions"),
        BarColumn(),
        TextColumn("{task.fields[rate]:.0f}/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with GenerationRun.open(folder, config, lambda sentence: console.print(f"matchbox: {sentence}.")) as run:
        if config.evaluation == GenerationConfig.evaluation:
            compiled("chess games")
        begun, before = time.monotonic(), run.positions
        rate = 0.0
        with Progress(*columns, console=console, speed_estimate_period=300) as progress:
            task = progress.add_task("", total=positions, completed=min(before, positions), rate=rate)
            for _ in generate(run, positions, hire):
                seconds = time.monotonic() - begun
                rate = (run.positions - before) / max(seconds, 1e-9)
                progress.update(task, completed=min(run.positions, positions), rate=rate)
        return {
            "folder": str(folder),
            "positions": run.positions,
            "games": run.games,
            "seconds": time.monotonic() - begun,
            "new_positions": run.positions - before,
            "positions_per_second": rate,
        }
