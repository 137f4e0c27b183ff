"""`matchbox train nnue`: an evaluation for alpha-beta, learnt from positions with scores."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.json_report import JsonOption, write_json
from cli.refusal import refuse, understood

_DEFAULT_RUN = Path("runs") / "nnue"


def nnue(
    data: Annotated[list[Path], typer.Argument(metavar="SHARDS...", help="Shards of positions, or folders of them.")],
    run: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder of the run, new or to go on with.")
    ] = _DEFAULT_RUN,
    features: Annotated[str, typer.Option(help="768, 768-mirrored, halfka-4, halfka-8, halfka-16, or halfkp.")] = (
        "halfka-4"
    ),
    width: Annotated[int, typer.Option(min=64, help="Of the first layer; a multiple of 64, with pairs of 128.")] = 256,
    activation: Annotated[str, typer.Option(help="clipped, squared, or pairs: one half times the other.")] = "pairs",
    output_buckets: Annotated[int, typer.Option(help="Outputs by the number of men.")] = 8,
    hidden: Annotated[int, typer.Option(min=0, help="Numbers of a second layer, with pairs; a multiple of 8.")] = 16,
    last: Annotated[int, typer.Option(min=0, help="Numbers of a third layer, after the second.")] = 32,
    passes: Annotated[float, typer.Option(min=1e-6, help="How often a position is learnt from.")] = 20.0,
    batch: Annotated[int, typer.Option(min=1, help="Positions in a step.")] = 8192,
    learning_rate: Annotated[float, typer.Option(min=1e-6, help="Of Adam, at its highest.")] = 2e-3,
    entropy: Annotated[bool, typer.Option(help="Cross-entropy, in place of the squared error.")] = False,
    teacher_scale: Annotated[
        float, typer.Option(help="Centipawns at which the scores' teacher expects 73 % of the points.")
    ] = 110.0,
    scale: Annotated[int, typer.Option(help="Centipawns that the network says there.")] = 140,
    result_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the games' results in what is learnt.")
    ] = 0.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads that learn.")] = 2,
    device: Annotated[str, typer.Option(help="cpu, or a device of torch such as cuda.")] = "cpu",
    seed: Annotated[int, typer.Option(min=0, help="The same seed and threads learn the same.")] = 1,
    decay: Annotated[float, typer.Option(min=0, help="Weight decay of the first layer.")] = 0.0,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="NETWORK",
            help="Begin with this network of the same shape, further layers aside: a file, or the name of one that "
            "comes with Matchbox.",
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What the network's file is called before its hash.")] = "nnue",
    json: JsonOption = None,
) -> None:
    """Train an efficiently updatable network on scored positions, and write it as integers.

    The run is saved after every pass; the same command goes on where it was left. TensorBoard shows its curves.

    The JSON has the keys run, network (a file), positions and history, with a row for each pass.

    \b
    Examples:
      matchbox train nnue positions --run runs/nnue --passes 2 --width 128
    """
    from dataclasses import asdict

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from engine.chess.nnue import NETWORKS
    from nets.nnue.config import NnueConfig
    from nets.nnue.file import load_network, save_network
    from search.shipped import shipped_in, shipped_or_file
    from selfplay.curves import Curves
    from selfplay.nnue.positions import load_positions
    from selfplay.nnue.trainer import Training, TrainingConfig
    from selfplay.positions.shards import shard_files

    console = Console(stderr=True)
    with understood():
        config = TrainingConfig(
            network=NnueConfig(
                features=features,
                width=width,
                activation=activation,
                output_buckets=output_buckets,
                hidden=hidden,
                last=last,
                scale=scale,
            ),
            seed=seed,
            passes=passes,
            batch=batch,
            rate=learning_rate,
            entropy=entropy,
            decay=decay,
            teacher_scale=teacher_scale,
            result_share=result_share,
        )
        positions = load_positions(
            shard_files(data),
            teacher_scale=teacher_scale,
            result_share=result_share,
            most_score=config.most_score,
            on_damage=lambda error: console.print(f"left out: {error}", highlight=False),
        )
        begun = None
        if start is not None:
            begun = load_network(shipped_or_file(start, shipped_in(NETWORKS), "network for alpha-beta"))
        if device == "cpu":
            training = Training(config, positions, run, threads=threads, parent=begun)
        else:
            from nets.nnue.torch_steps import TorchSteps

            steps = TorchSteps(config.network, seed=seed, device=device, entropy=entropy, decay=config.decay)
            training = Training(config, positions, run, steps=steps, parent=begun)
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as progress, Curves(run, training.step) as curves:
            task = progress.add_task("nnue", total=training.total, completed=training.step)
            while not training.finished:
                report = training.run(on_step=lambda step: progress.update(task, completed=step))
                curves.add(report.step, report.points)
                console.print(
                    f"pass {report.passes:6.1f}  loss {report.loss:.6f}  held out {report.held_out:.6f}  "
                    f"rate {report.rate:.1e}  {report.positions_per_second:,.0f} positions/s",
                    highlight=False,
                    soft_wrap=True,
                )
        try:
            network = save_network(training.network(), run, name)
        except ValueError as error:
            refuse(f"this network cannot be written in integers: {error}")
    if json is not None:
        write_json(
            json,
            {
                "run": str(run),
                "network": str(network),
                "positions": len(positions),
                "history": [asdict(report) for report in training.history],
            },
        )
    if json != "-":
        typer.echo(f"The network is {network}; set EvalFile to it.")
