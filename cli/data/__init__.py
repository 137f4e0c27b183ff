"""`matchbox data`: chess positions for training."""

from __future__ import annotations

import typer

from cli.verbs import Verbs, group

#: In the order of the help.
VERBS = {
    "generate": "Positions from our own games, with score, result and best move.",
    "label": "Score positions again, with another engine or network.",
    "stats": "What positions there are, with plots.",
}


class _Verbs(Verbs):
    package = "cli.data"
    verbs = VERBS


app = group(_Verbs)


@app.callback()
def data(context: typer.Context) -> None:
    """Make positions for training, score them again, and look at them.

    \b
    Examples:
      matchbox data generate --positions 1000 --nodes 200 --out positions
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
