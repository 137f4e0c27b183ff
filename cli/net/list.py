"""`matchbox net list`: the networks that come with Matchbox, and those in files and folders."""

from __future__ import annotations

from typing import Any

import typer

from cli.json_report import JsonOption, write_json
from cli.net.facts import PlacesArgument, named_networks
from cli.refusal import refuse, understood


def list(places: PlacesArgument = None, json: JsonOption = None) -> None:  # noqa: A001 (the verb is called so)
    """List the networks that come with Matchbox, and those in the files and folders that are named.

    Files of a folder that are no networks are passed over. The JSON has a key for each network, with what
    inspect tells of it.

    \b
    Examples:
      matchbox net list
      matchbox net list . --json networks.json
    """
    from nets.description import described

    with understood():
        networks = named_networks(places or [])
    facts: dict[str, Any] = {}
    rows = [("network", "sees", "size", "parameters", "MB")]
    for name, file in networks:
        try:
            known = described(file)
        except ValueError as error:
            if file in (places or []):
                refuse(str(error))
            continue
        facts[name] = known.facts
        rows.append((name, known.sees, known.size, f"{known.parameters:,}", f"{facts[name]['bytes'] / 1e6:.2f}"))
    if json is not None:
        write_json(json, facts)
    if json == "-":
        return
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:  # names of files are never cut off
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
