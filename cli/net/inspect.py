"""`matchbox net inspect`: what is in the file of a network."""

from __future__ import annotations

import typer

from cli.json_report import JsonOption, write_json
from cli.net.facts import NetworkArgument, facts_of, size_text
from cli.refusal import understood


def inspect(network: NetworkArgument, json: JsonOption = None) -> None:
    """Say what is in the file of a network: architecture, encoding, how it was trained, and from what.

    \b
    Examples:
      matchbox net inspect network.safetensors
      matchbox net inspect network.safetensors --json -
    """
    from nets.checkpoint import load_checkpoint
    from nets.shipped import network_file

    with understood():
        file = network_file(network)
        checkpoint = load_checkpoint(file)
    facts = facts_of(file, checkpoint)
    if json is not None:
        write_json(json, facts)
    if json == "-":
        return
    config = checkpoint.network.config
    lines = [
        ("file", f"{file} ({facts['bytes'] / 1e6:.2f} MB)"),
        ("sha256", facts["sha256"]),
        ("encoding", checkpoint.encoding),
        ("input", f"{config.planes} planes of {config.ranks} x {config.files}"),
        ("tower", f"{size_text(config)} ({config.blocks} blocks of two convolutions, {config.channels} channels)"),
        ("heads", f"policy of {config.actions} actions, win/draw/loss{', plies left' if config.moves_left else ''}"),
        (
            "parameters",
            f"{facts['parameters']:,}; {facts['multiplications'] / 1e6:,.1f} million multiplications a state",
        ),
        ("parent", checkpoint.parent or "none"),
        *(("recipe", text) for text in _pairs(checkpoint.recipe)),
        *(("provenance", text) for text in _pairs(checkpoint.provenance)),
    ]
    before = ""
    for name, text in lines:
        typer.echo(f"{name if name != before else '':12}{text}")
        before = name


def _pairs(known: dict[str, object]) -> list[str]:
    """A line for each key; `none` for nothing."""
    return [f"{key} = {value}" for key, value in known.items()] or ["none"]
