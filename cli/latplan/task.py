"""`matchbox latplan task`: two pictures to plan between."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.latplan.options import GaussianOption, PuzzleArgument, SaltOption, SeedOption
from cli.refusal import understood, writable


def task(
    puzzle: PuzzleArgument,
    steps: Annotated[int, typer.Option(min=1, max=100, help="Moves of a shortest plan from the one to the other.")] = 7,
    seed: SeedOption = 1,
    gaussian: GaussianOption = 0.0,
    salt_and_pepper: SaltOption = 0.0,
    init: Annotated[Path, typer.Option(metavar="FILE", help="The picture of the start.")] = Path("init.png"),
    goal: Annotated[Path, typer.Option(metavar="FILE", help="The picture of the goal.")] = Path("goal.png"),
) -> None:
    """Make a picture of a start and a picture of a goal that is so many moves away, or as far as the puzzle has it.

    \b
    Examples:
      matchbox latplan task 8-puzzle --steps 14
      matchbox latplan task sokoban --seed 2 --init before.png --goal after.png
    """
    import numpy as np

    from latplan.domains import domain
    from latplan.noise import Noise
    from latplan.strip import save_picture

    for file in (init, goal):
        writable(file)
    with understood():
        made = domain(puzzle)
        rng = np.random.default_rng(seed)
        instance = made.instance(steps, rng)
        noise = Noise(gaussian=gaussian, salt_and_pepper=salt_and_pepper)
        pictures = noise(made.draw([instance.start, instance.goal], rng), rng)
        for file, picture in zip((init, goal), pictures, strict=True):
            save_picture(picture, file)
    typer.echo(f"{init} and {goal} are {instance.steps} {'move' if instance.steps == 1 else 'moves'} apart")
