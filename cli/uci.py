"""`matchbox uci` and the script `matchbox-uci`: the engine for any program that speaks UCI."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def uci() -> None:
    """Speak UCI on standard input and output, for programs that draw a board, run matches or analyse.

    Point such a program at the command matchbox-uci, which is this verb without a name. docs/uci.md lists the options.

    \b
    Examples:
      matchbox uci
    """
    main()


def main() -> None:
    """Serve the protocol: the entry point of the script `matchbox-uci`."""
    from engine.uci.protocol import serve

    try:
        number = version("matchbox-ai")
    except PackageNotFoundError:
        number = "from source"
    serve(number)


if __name__ == "__main__":
    main()
