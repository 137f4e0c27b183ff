"""`matchbox net list`: the networks that come with Matchbox, and those in files and folders."""

from __future__ import annotations

from typing import Any

import typer

from cli.json_report import JsonOption, write_json
from cli.net.facts import PlacesArgument, facts_of, named_networks, size_text
from cli.refusal import refuse, understood


def list(places: PlacesArgument = None, json: JsonOption = None) -> None:  # noqa: A001 (the verb is called so)
    """List the networks that come with Matchbox, and those in the files and folders that are named.

    Files of a folder that are no networks of this kind are passed over. The JSON has a key for each network, with what
    inspect tells of it.

    \b
    Examples:
      matchbox net list
      matchbox net list . --json networks.json
    """
    from nets.checkpoint import load_checkpoint

    with understood():
        networks = named_networks(places or [])
    known: dict[str, Any] = {}
    rows = []
    for name, file in networks:
        try:
            checkpoint = load_checkpoint(file)
        except ValueError as error:
            if file in (places or []):
                refuse(str(error))
            continue
        facts = facts_of(file, checkpoint)
        known[name] = facts
        megabytes = f"{facts['bytes'] / 1e6:.2f}"
        rows.append(
            (name, checkpoint.encoding, size_text(checkpoint.network.config), f"{facts['parameters']:,}", megabytes)
        )
    if json is not None:
        write_json(json, known)
    if json == "-":
        return
    if not rows:
        typer.echo("No network comes with this version, and none was found; name its file or a folder.")
        return
    rows.insert(0, ("network", "encoding", "blocks x channels", "parameters", "MB"))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:  # names of files are never cut off
        typer.echo("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
