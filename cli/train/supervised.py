"""`matchbox train supervised`: a network learns chess from positions and games that were played before."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.json_report import JsonOption, write_json
from cli.refusal import refuse, understood
from cli.train.begun import StartOption, encoding_of, start_file

if TYPE_CHECKING:
    from selfplay.learning.chess_lessons import Games
    from selfplay.learning.supervised import Measurement, SupervisedRun
    from selfplay.positions.human_games import Choice


def supervised(
    shards: Annotated[list[Path] | None, typer.Argument(help="Shards of positions, or folders of them.")] = None,
    pgn: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Games; may be given several times.")] = None,
    rating: Annotated[str, typer.Option(metavar="LOW..HIGH", help="Only games of players rated so.")] = "",
    least_seconds: Annotated[int, typer.Option(min=0, help="Only games for which each player had so much time.")] = 0,
    first_ply: Annotated[int, typer.Option(min=0, help="Leave out so many plies at the start of games.")] = 0,
    least_clock: Annotated[float, typer.Option(min=0, help="Leave out moves made with less time left.")] = 0.0,
    run: Annotated[Path, typer.Option(metavar="FOLDER", help="Of the run, new or to go on with.")] = Path(
        "runs/supervised"
    ),
    steps: Annotated[int, typer.Option(min=1, help="Of learning, in the whole run.")] = 10_000,
    batch: Annotated[int, typer.Option(min=1, help="Positions in a step.")] = 256,
    blocks: Annotated[int, typer.Option(min=0, help="Residual blocks of the network.")] = 5,
    channels: Annotated[int, typer.Option(min=1, help="Channels of each.")] = 48,
    squeeze: Annotated[int, typer.Option(min=0, help="Width of squeeze-and-excitation; 0 for none.")] = 0,
    encoding: Annotated[
        str, typer.Option(help="What the network sees: chess-attacks-1, chess-planes-1 or another one; as --start's.")
    ] = "",
    score_share: Annotated[float, typer.Option(min=0, max=1, help="Weight of scores beside results.")] = 0.5,
    quiet_share: Annotated[
        float,
        typer.Option(min=0, max=1, help="Weight of a quiescence search's opinion of all moves beside the best move."),
    ] = 0.0,
    learning_rate: Annotated[float, typer.Option(min=1e-6, help="At its highest.")] = 2e-3,
    constant: Annotated[bool, typer.Option("--constant", help="The learning rate does not fall to 0.")] = False,
    start: StartOption = None,
    averaging: Annotated[float, typer.Option(min=0, max=0.99999, help="Of weights over steps; 0 for none.")] = 0.999,
    precision: Annotated[str, typer.Option(help="float32, or bfloat16 where the processor is fast at it.")] = "float32",
    measured_every: Annotated[int, typer.Option(min=1, help="Steps between measurements.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="The same seed learns the same.")] = 1,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    json: JsonOption = None,
) -> None:
    """Learn chess from positions with best moves, or from games of people of some strength.

    From shards a network learns the best move, and a blend of score and result; from games, the moves that were played
    and the results: with --rating, it becomes a player like those. One game in 20 is held out; the accuracy is the
    share of its moves that the network thinks likeliest. The run is saved at every measurement; the same command goes
    on, and is refused if it names other data. With --constant, it goes on with more steps, too, and new shards may
    have come; a short run that begins with --start then lets the learning rate fall.

    The JSON has the keys run, network (a file), parameters, games, positions, accuracy and history.

    \b
    Examples:
      matchbox train supervised positions --run runs/small --steps 2 --batch 8 --blocks 1 --channels 8
      matchbox train supervised --pgn rated.pgn --rating 1500..1600 --first-ply 4 --run runs/human --steps 2 --batch 8
    """
    from dataclasses import asdict

    from selfplay.learning.learner import LearnerConfig
    from selfplay.learning.supervised import SupervisedConfig, SupervisedRun, files_as_facts
    from selfplay.positions.human_games import Choice, parse_window
    from selfplay.positions.shards import shard_files

    if not shards and not pgn:
        refuse("there is nothing to learn from; name shards, or games with --pgn")
    console = Console(stderr=True)
    with understood():
        least, most = parse_window(rating) if rating else (0, 10_000)
        choice = Choice(
            least_rating=least,
            most_rating=most,
            least_seconds=least_seconds,
            first_ply=first_ply,
            least_clock=least_clock,
        )
        begun = start_file(start)
        config = SupervisedConfig(
            seed=seed,
            steps=steps,
            batch=batch,
            blocks=blocks,
            channels=channels,
            squeeze=squeeze,
            encoding=encoding or encoding_of(begun, "chess-attacks-1"),
            score_share=score_share,
            quiet_share=quiet_share,
            measured_every=measured_every,
            learner=LearnerConfig(
                learning_rate=learning_rate,
                steps=0 if constant else steps,
                averaging=averaging,
                precision=precision,  # type: ignore[arg-type]  # refused there if it is none
            ),
        )
        games = _games(shards or [], pgn or [], choice, console)
        facts: dict[str, Any] = {
            "shards": files_as_facts(shard_files(shards) if shards else []),
            "games_of": files_as_facts(pgn or []),
            "rating": rating,
            "least_seconds": least_seconds,
            "first_ply": first_ply,
            "least_clock": least_clock,
        }
        training = SupervisedRun(games, config, run, facts, start=begun, device=device)
        _train(training, console)
        network = training.export("chess")
    last = training.history[-1] if training.history else None
    if json is not None:
        history = [asdict(row) for row in training.history]
        parameters = training.learner.network.parameter_count
        about = {"run": str(run), "network": str(network), "parameters": parameters, "history": history}
        write_json(json, {**about, **facts, **training.sizes, "accuracy": last.accuracy if last else None})
    if json != "-":
        accuracy = f"; it finds {last.accuracy:.1%} of the moves of the games held out" if last else ""
        typer.echo(f"The network is {network}{accuracy}.")


def _games(shards: list[Path], pgn: list[Path], choice: Choice, console: Console) -> Games:
    """Everything to learn from."""
    from selfplay.learning.chess_lessons import games_of_shards, joined
    from selfplay.positions.human_games import games_of_pgn

    parts = []
    if shards:
        parts.append(games_of_shards(shards, lambda error: console.print(f"matchbox: {error}; it is left out.")))
    for path in pgn:
        with Progress(*_columns(), console=console) as progress:
            task = progress.add_task(path.name, total=path.stat().st_size, note="")
            parts.append(games_of_pgn(path, choice, partial(_told, progress, task)))
            progress.update(task, completed=path.stat().st_size)
    if not sum(len(part.lengths) for part in parts):
        raise ValueError("no game is left to learn from; a wider --rating or a lower --least-seconds takes more")
    return joined(parts)


def _told(progress: Progress, task: TaskID, done: int) -> None:
    progress.update(task, completed=done)


def _columns() -> tuple[Any, ...]:
    return (
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip


def _train(training: SupervisedRun, console: Console) -> None:
    """Learn to the end behind a progress bar, with a line for each measurement."""
    from selfplay.curves import Curves

    done = training.learner.step_number
    with Progress(*_columns(), console=console) as progress, Curves(training.folder, done) as curves:
        task = progress.add_task("steps", total=training.config.steps, completed=done, note="")
        for measurement in training.steps():
            done += 1
            progress.update(task, completed=done, note=f"{done}")
            if measurement is not None:
                console.print(_line(measurement), highlight=False, soft_wrap=True)
                curves.add(measurement.step, measurement.points)


def _line(row: Measurement) -> str:
    return (
        f"{row.step:8}  losses {row.policy_loss:.3f} {row.value_loss:.3f}  held out {row.held_policy_loss:.3f} "
        f"{row.held_value_loss:.3f}  accuracy {row.accuracy:.1%}"
    )
