"""`matchbox latplan train`: from pairs of pictures to a model."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.json_report import JsonOption, write_json
from cli.latplan.options import SeedOption
from cli.refusal import refuse, understood, writable

if TYPE_CHECKING:
    from latplan.model import Model
    from latplan.pairs import Pairs
    from latplan.trial import Settings, Trial


def train(
    puzzle: Annotated[
        str | None, typer.Argument(metavar="[PUZZLE]", help="Learn a puzzle of the house, such as 8-puzzle.")
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR_OR_NPZ",
            help="Learn from NAME-pre.png and NAME-suc.png in a folder, or pre and suc in an .npz.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="The model's file; the name of what is learnt by default.")
    ] = None,
    count: Annotated[int, typer.Option(min=2_000, help="Pairs to make of a puzzle of the house.")] = 50_000,
    seed: SeedOption = 1,
    processes: Annotated[int, typer.Option(min=1, help="Trainings side by side; each takes one core.")] = 2,
    method: Annotated[
        str, typer.Option(help="How actions come about: counted, or end to end as in the papers: ama3+, ama4+.")
    ] = "counted",
    encoder: Annotated[str, typer.Option(help="full, convolutional, or patch.")] = "full",
    patch: Annotated[int, typer.Option(min=1, help="Pixels along the side of a patch.")] = 14,
    json: JsonOption = None,
) -> None:
    """Learn a puzzle from pairs of pictures, before a move and after it. No labels are needed, and no options.

    Several trainings run, and the one that explains most moves that it has not seen becomes the model: one file, and
    beside it a page, MODEL.html, that shows what each action does and what the bits see.

    The JSON has the keys model, report, and what is known of the learning: pairs, bits, actions, explained (share of
    held-out moves that did not choose the model), branching (successors of a state), coverage, seconds, and more.

    \b
    Examples:
      matchbox latplan train hanoi --count 3000
      matchbox latplan train --pairs hanoi.npz --out model.safetensors
    """
    from latplan.autoencoder import Architecture, EncoderKind
    from latplan.model import save_model
    from latplan.pairs import load_pairs
    from latplan.report import verdict, write_report
    from latplan.training import Recipe
    from latplan.trial import Method, Settings

    if (puzzle is None) == (pairs is None):
        refuse("say what to learn from: --pairs DIR_OR_NPZ, or the name of a puzzle of the house, such as 8-puzzle")
    name = puzzle or (pairs.resolve().stem if pairs else "")
    model_path = out or Path(f"{name}.safetensors")
    report_path = model_path.with_suffix(".html")
    if report_path == model_path:
        refuse(f"{model_path} is what the page about the model is called; let the model end in .safetensors")
    for file in (model_path, report_path):
        writable(file)
    with understood():
        recipe = Recipe(architecture=Architecture(encoder=_one_of(EncoderKind, encoder), patch=patch))
        settings = Settings(seed=seed, processes=processes, method=_one_of(Method, method), recipe=recipe)
        shown = load_pairs(pairs) if pairs is not None else _made(name, count, seed)
        model = _learn(shown, settings)
        save_model(model, model_path)
        write_report(model, shown, name, report_path)
    if json is not None:
        write_json(json, {"model": str(model_path), "report": str(report_path), **model.facts})
    if json != "-":
        typer.echo(verdict(model))
        typer.echo(
            f"The model is {model_path} ({model_path.stat().st_size / 1e6:.1f} MB); {report_path} shows what it knows."
        )
        typer.echo(f"Next: matchbox latplan plan --model {model_path} INIT.png GOAL.png")


def _one_of(choices: Any, value: str) -> Any:
    """`value`, refused where it is not one of a type of literals."""
    names = [name for choice in get_args(choices) for name in (get_args(choice) or (choice,))]
    if value not in names:
        refuse(f"{value!r} is not one of {', '.join(names)}")
    return value


def _made(puzzle: str, count: int, seed: int) -> Pairs:
    """Pairs of a puzzle of the house."""
    import numpy as np

    from latplan.domains import domain
    from latplan.pairs import Pairs, check_memory

    made = domain(puzzle)
    check_memory(2 * count * math.prod(made.shape), f"{count:,} moves of {puzzle}")
    with Console(stderr=True).status(f"drawing {count:,} moves of {puzzle}"):
        return Pairs(*made.sample_transitions(count, np.random.default_rng(seed)))


def _learn(pairs: Pairs, settings: Settings) -> Model:
    """Learn behind a progress bar."""
    from latplan.learning import learn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("learning", total=1.0)

        class Bar:
            """Shows how learning goes on."""

            def progress(self, done: float) -> None:
                progress.update(task, completed=done)

            def tried(self, trial: Trial) -> None:
                (weight, length), quality, actions = trial.attempt, trial.quality, trial.actions
                progress.console.print(
                    f"  weight {weight:g}, length {length:g}, seed {trial.seed}: {actions.task.bits} bits, "
                    f"{len(actions.task.actions)} actions, {quality.explained:.1%} explained, "
                    f"{quality.branching:.2f} successors",
                    highlight=False,
                    soft_wrap=True,
                )

        return learn(pairs, settings, Bar())
