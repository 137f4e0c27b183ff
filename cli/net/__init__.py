"""`matchbox net`: networks in files."""

from __future__ import annotations

import typer

from cli.verbs import Verbs, group

#: In the order of the help.
VERBS = {
    "list": "List the networks that come with Matchbox, and others.",
    "inspect": "Say what is in the file of a network.",
    "benchmark": "Measure how many states a second a network evaluates.",
    "export": "Write a network as ONNX, for other programs.",
}


class _Verbs(Verbs):
    package = "cli.net"
    verbs = VERBS


app = group(_Verbs)


@app.callback()
def net(context: typer.Context) -> None:
    """List, inspect, measure and export networks.

    \b
    Examples:
      matchbox net list
      matchbox net inspect network.safetensors
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
