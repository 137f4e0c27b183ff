"""`matchbox uci` and the script `matchbox-uci`: the engine for any program that speaks UCI."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from cli.refusal import understood


def uci(
    search: Annotated[str, typer.Option(help="alphabeta, mcts, policy or value, as the option Search.")] = "alphabeta",
) -> None:
    """Speak UCI on standard input and output, for programs that draw a board, run matches or analyse.

    Point such a program at the command matchbox-uci, which is this verb without a name. docs/uci.md lists the options.

    \b
    Examples:
      matchbox uci
      matchbox uci --search mcts
    """
    from engine.uci.options import Settings

    settings = Settings()
    with understood():
        _serve({"Search": settings.find("Search").read(search)})


def main() -> None:
    """Serve the protocol: the entry point of the script `matchbox-uci`, whose arguments are those of the verb."""
    if sys.argv[1:]:
        from cli.main import run

        sys.exit(run(["uci", *sys.argv[1:]]))
    _serve({})


def _serve(values: Mapping[str, str | int | bool]) -> None:
    """With options that are set already."""
    from engine.uci.protocol import serve

    try:
        number = version("matchbox-ai")
    except PackageNotFoundError:
        number = "from source"
    serve(number, values)


if __name__ == "__main__":
    main()
