"""`matchbox warmup`: compile everything now, so that no later start has to wait."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from cli.first_use import with_progress
from cli.json_report import JsonOption, write_json


def warmup(
    check: Annotated[bool, typer.Option("--check", help="Only say what is not compiled yet; exit 1 if any.")] = False,
    json: JsonOption = None,
) -> None:
    """Compile every kernel now, with a progress bar, and remove the caches of older versions.

    The JSON has the keys folder, compiled (how many entry points this run compiled), entry_points (all of them),
    removed (folders of older caches) and seconds; with --check the keys folder and missing.

    \b
    Examples:
      matchbox warmup
      matchbox warmup --check
    """
    from engine.entry_points import ENTRY_POINTS
    from search.compilation import missing, prune
    from search.kernel import cache_folder

    if check:
        waiting = [point.name for point in missing(ENTRY_POINTS)]
        if json is not None:
            write_json(json, {"folder": str(cache_folder()), "missing": waiting})
        if json != "-":
            said = f"not compiled: {', '.join(waiting)}" if waiting else f"everything is compiled in {cache_folder()}"
            typer.echo(said)
        raise typer.Exit(1 if waiting else 0)
    started = time.monotonic()
    removed = prune()
    count = with_progress(ENTRY_POINTS)
    seconds = time.monotonic() - started
    if json != "-":
        done = f"{count} of {len(ENTRY_POINTS)} compiled in {seconds:.1f} s" if count else "everything is compiled"
        typer.echo(f"{done}; the cache is {cache_folder()}")
    if json is not None:
        write_json(
            json,
            {
                "folder": str(cache_folder()),
                "compiled": count,
                "entry_points": [point.name for point in ENTRY_POINTS],
                "removed": [str(folder) for folder in removed],
                "seconds": round(seconds, 3),
            },
        )
