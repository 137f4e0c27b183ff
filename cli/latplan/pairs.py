"""`matchbox latplan pairs`: pictures before and after moves of a puzzle of the house."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from cli.latplan.options import GaussianOption, PuzzleArgument, SaltOption, SeedOption
from cli.refusal import understood, writable


def pairs(
    puzzle: PuzzleArgument,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many pairs.")] = 20_000,
    seed: SeedOption = 1,
    gaussian: GaussianOption = 0.0,
    salt_and_pepper: SaltOption = 0.0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR_OR_NPZ", help="Where they go; a name without .npz is a folder of .png files."),
    ] = None,
) -> None:
    """Make pairs of pictures of random moves, which `latplan train --pairs` takes; by default into PUZZLE.npz.

    \b
    Examples:
      matchbox latplan pairs hanoi --count 2000
      matchbox latplan pairs 8-puzzle --count 20 --out pairs
    """
    import numpy as np

    from latplan.domains import domain
    from latplan.noise import Noise
    from latplan.pairs import Pairs, check_memory, save_pairs

    target = out or Path(f"{puzzle}.npz")
    with understood():
        made = domain(puzzle)
        check_memory(2 * count * math.prod(made.shape), f"{count:,} moves of {puzzle}")
        if target.suffix == ".npz":
            writable(target)
        rng = np.random.default_rng(seed)
        noise = Noise(gaussian=gaussian, salt_and_pepper=salt_and_pepper)
        before, after = (noise(pictures, rng) for pictures in made.sample_transitions(count, rng))
        save_pairs(Pairs(before, after), target)
    typer.echo(f"{count:,} pairs of {made.shape[1]}x{made.shape[0]} pixels are in {target}")
