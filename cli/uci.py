"""`matchbox uci` and the script `matchbox-uci`: the engine for any program that speaks UCI."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def main() -> None:
    """Serve the protocol on standard input and output."""
    from engine.uci.protocol import serve

    try:
        number = version("matchbox-ai")
    except PackageNotFoundError:
        number = "from source"
    serve(number)


if __name__ == "__main__":
    main()
