"""The options of every verb that searches: when to stop, memory, and threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from search.searcher import Limits

SecondsOption: TypeAlias = Annotated[float | None, typer.Option(min=0.001, help="Think this long, in seconds.")]
NodesOption: TypeAlias = Annotated[int | None, typer.Option(min=1, help="Look at so many positions.")]
DepthOption: TypeAlias = Annotated[int | None, typer.Option(min=1, max=127, help="Search to this depth, in plies.")]
HashOption: TypeAlias = Annotated[
    int, typer.Option("--hash", min=1, max=1_048_576, help="Size of the transposition table, in MiB.")
]
ThreadsOption: TypeAlias = Annotated[int, typer.Option(min=1, max=512, help="Search with so many threads.")]
EvaluationOption: TypeAlias = Annotated[
    str, typer.Option(help="Of chess nnue, classical or material; the game's first if left out.")
]


def limits(
    seconds: float | None, nodes: int | None, depth: int | None, *, default_seconds: float, multipv: int = 1
) -> Limits:
    """The limits of these options; without any of the first three, `default_seconds`."""
    from search.searcher import Limits

    if seconds is None and nodes is None and depth is None:
        seconds = default_seconds
    return Limits(seconds=seconds, nodes=nodes, depth=depth, multipv=multipv)
