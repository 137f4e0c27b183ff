"""`matchbox bench`: the signature of the search, and its speed."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.first_use import compiled
from cli.json_report import JsonOption, write_json


def bench(
    depth: Annotated[int | None, typer.Option(min=1, max=127, help="Depth of every search; 12 if left out.")] = None,
    json: JsonOption = None,
) -> None:
    """Search fixed chess positions to a fixed depth on one thread; tell the nodes and the nodes per second.

    The number of nodes at the usual depth is the search's signature: the same on every machine, and changed by every
    change of what the search does. The JSON has the keys depth, positions, nodes, seconds and nodes_per_second.

    \b
    Examples:
      matchbox bench --depth 6
      matchbox bench --depth 4 --json -
    """
    from engine.bench import POSITIONS
    from engine.bench import bench as measure

    compiled("chess search")
    found = measure(depth=depth)
    if json != "-":
        typer.echo(f"Depth: {found.depth}\nTime: {found.seconds:.3f} s")
        typer.echo(f"{found.nodes} nodes {found.nodes_per_second} nps")
    if json is not None:
        facts = {"depth": found.depth, "positions": len(POSITIONS), "nodes": found.nodes}
        write_json(json, facts | {"seconds": found.seconds, "nodes_per_second": found.nodes_per_second})
