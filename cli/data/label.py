"""`matchbox data label`: scores positions again, with another engine or network."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.json_report import JsonOption, write_json
from cli.refusal import understood

if TYPE_CHECKING:
    from selfplay.positions.labelling import Teacher


def label(
    shards: Annotated[list[Path], typer.Argument(help="Shards of positions, or folders of them.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="Where labelled shards go, under their old names.")],
    nodes: Annotated[int, typer.Option(min=1, help="For each position.")] = 1500,
    engine: Annotated[str, typer.Option(metavar="COMMAND", help="A UCI program as the teacher, as stockfish.")] = "",
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Of the UCI program; may be given several times.")
    ] = None,
    network: Annotated[str, typer.Option(metavar="FILE", help="Tree search with this network as the teacher.")] = "",
    evaluation: Annotated[str, typer.Option(help="Alpha-beta with this evaluation as the teacher.")] = "",
    processes: Annotated[int, typer.Option(min=1, max=512, help="That label at the same time.")] = 1,
    json: JsonOption = None,
) -> None:
    """Score positions again: a stronger teacher, or one of another kind. Results of games stay as they are.

    The teacher is a UCI engine, our own alpha-beta with an evaluation (nnue if nothing is said), or our tree
    search with a residual network. Killed at any moment, the same command goes on; shards that are done stay.

    The JSON has the keys folder, teacher, shards, positions (of this call), seconds and positions_per_second.

    \b
    Examples:
      matchbox data label positions --out labelled --nodes 50
      matchbox data label positions --out taught --engine stockfish --nodes 1000
    """
    from selfplay.positions.generation import GenerationConfig
    from selfplay.positions.labelling import Teacher

    with understood():
        options = tuple(_option(text) for text in option or [])
        if not engine and not network:
            evaluation = evaluation or GenerationConfig.evaluation
        teacher = Teacher(nodes=nodes, engine=_command(engine), options=options, evaluation=evaluation, network=network)
        if teacher.evaluation == GenerationConfig.evaluation:
            from cli.first_use import compiled

            compiled("chess games")
        facts = _label(shards, out, teacher, processes)
    if json is not None:
        write_json(json, facts)
    if json != "-":
        typer.echo(
            f"{facts['positions']} positions are labelled, {facts['positions_per_second']:.0f} a second; see {out}."
        )


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{text!r} is no option; one looks like Threads=2")
    return name, value


def _command(engine: str) -> str:
    """The command with its program found; Debian's engines need not be on the PATH."""
    import shlex

    from selfplay.programs import find_program

    words = shlex.split(engine)
    if not words:
        return ""
    return shlex.join([find_program(words[0]), *words[1:]])


def _label(shards: list[Path], folder: Path, teacher: Teacher, processes: int) -> dict[str, object]:
    from selfplay.positions.labelling import label_shard, targets
    from selfplay.positions.shards import ShardError, shard_files

    console = Console(stderr=True)
    folder.mkdir(parents=True, exist_ok=True)
    waiting = targets(shard_files(shards), folder, teacher)
    columns = (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]:.0f}/s"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    begun, positions = time.monotonic(), 0
    with Progress(*columns, console=console) as progress:
        for source, target in waiting:
            try:
                task = progress.add_task(source.name, total=_count(source), rate=0.0)
                before = last = None
                for done in label_shard(source, target, teacher, processes):
                    before = done if before is None else before
                    last = done
                    rate = (positions + done - before) / max(time.monotonic() - begun, 1e-9)
                    progress.update(task, completed=done, rate=rate)
                positions += (last or 0) - (before or 0)
            except ShardError as error:
                console.print(f"matchbox: {error}; it is left out.", highlight=False, soft_wrap=True)
    seconds = time.monotonic() - begun
    return {
        "folder": str(folder),
        "teacher": teacher.name,
        "shards": len(waiting),
        "positions": positions,
        "seconds": seconds,
        "positions_per_second": positions / max(seconds, 1e-9),
    }


def _count(source: Path) -> int:
    from selfplay.positions.shards import read_shard

    return len(read_shard(source).positions)
