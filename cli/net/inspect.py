"""`matchbox net inspect`: what is in the file of a network."""

from __future__ import annotations

import typer

from cli.json_report import JsonOption, write_json
from cli.net.facts import NetworkArgument, shipped_networks
from cli.refusal import understood

#: Things of a list that are shown.
FIRST = 3


def inspect(network: NetworkArgument, json: JsonOption = None) -> None:
    """Say what is in the file of a network: architecture, encoding, how it was trained, and from what.

    \b
    Examples:
      matchbox net inspect network.safetensors
      matchbox net inspect network.safetensors --json -
    """
    from nets.description import described
    from search.shipped import shipped_or_file

    with understood():
        known = described(shipped_or_file(network, shipped_networks(), "network"))
    if json is not None:
        write_json(json, known.facts)
    if json == "-":
        return
    work = (
        "" if known.multiplications is None else f"; {known.multiplications / 1e6:,.1f} million multiplications a state"
    )
    lines = [
        ("file", f"{known.path} ({known.path.stat().st_size / 1e6:.2f} MB)"),
        ("sha256", known.digest),
        ("encoding", known.sees),
        *known.layers,
        ("parameters", f"{known.parameters:,}{work}"),
        ("parent", known.parent or "none"),
        *(("recipe", text) for text in _pairs(known.recipe)),
        *(("provenance", text) for text in _pairs(known.provenance)),
    ]
    before = ""
    for name, text in lines:
        typer.echo(f"{name if name != before else '':12}{text}")
        before = name


def _pairs(known: dict[str, object]) -> list[str]:
    """A line for each key, and for each of the first things of a list; `none` for nothing."""
    texts = []
    for key, value in known.items():
        if not isinstance(value, list) or len(value) < 2:
            texts.append(f"{key} = {value}")
            continue
        texts += [f"{key} = {thing}" for thing in value[:FIRST]]
        if len(value) > FIRST:
            texts.append(f"{key}: {len(value) - FIRST} more, which --json shows")
    return texts or ["none"]
