"""The first use of a verb compiles the kernels that it needs: it says so, with a progress bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cli.refusal import refuse

if TYPE_CHECKING:
    from engine.game import Game
    from search.compilation import EntryPoint
    from search.searcher import Searcher


def compiled(*names: str) -> None:
    """Make sure that the entry points of these names are in the cache; a no-op when they are."""
    from engine.entry_points import ENTRY_POINTS

    with_progress([point for point in ENTRY_POINTS if point.name in names])


def loaded(searcher: Searcher, game: Game) -> None:
    """Have the kernels of an alpha-beta search of `game` compiled and loaded before a clock runs."""
    from engine.chess.game import ChessGame

    compiled("chess search" if isinstance(game, ChessGame) else "hexapawn search")
    searcher.compile()


def with_progress(points: Sequence[EntryPoint]) -> int:
    """Compile those of `points` that are not in the cache, behind a progress bar; return their number."""
    from search.compilation import CompilationError, compile_all, missing
    from search.kernel import cache_warning

    console = Console(stderr=True)
    waiting = missing(points)
    if not waiting:
        return 0
    if cache_warning:
        console.print(f"matchbox: {cache_warning}.", highlight=False, soft_wrap=True)
    console.print("The first use compiles Python to machine code; later starts take it from the cache.")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("compiling", total=len(waiting))
        try:
            compile_all(waiting, on_compiled=lambda point: progress.advance(task))
        except CompilationError as error:
            refuse(str(error))
    return len(waiting)
