"""Options that several verbs of `matchbox latplan` have."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

ModelOption: TypeAlias = Annotated[
    str, typer.Option(metavar="MODEL", help="A model's file, or the name of one that comes with Matchbox: 8-puzzle.")
]
PlannerOption: TypeAlias = Annotated[
    str,
    typer.Option(
        help="bidirectional, blind, astar-count, astar-pdb, greedy, or Fast Downward's fd-blind, fd-lmcut, "
        "fd-merge-and-shrink, fd-lama."
    ),
]
SecondsOption: TypeAlias = Annotated[float, typer.Option(min=0.001, help="Time for the planner.")]
SeedOption: TypeAlias = Annotated[int, typer.Option(min=0, help="The same seed makes the same.")]
PuzzleArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="PUZZLE", help="A puzzle of the house, such as 8-puzzle.", show_default=False)
]
GaussianOption: TypeAlias = Annotated[
    float, typer.Option(min=0, help="Gaussian noise on the pictures: its standard deviation; white is 1.")
]
SaltOption: TypeAlias = Annotated[
    float, typer.Option(min=0, max=1, help="Share of the pixels that turn black or white.")
]
