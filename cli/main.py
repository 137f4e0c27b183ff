"""The command `matchbox`: finds the verb's file, imports only that one, and speaks plainly of mistakes."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from cli.exit_status import INTERRUPTED, MISTAKE
from cli.refusal import RefusalError
from cli.verbs import group, show_help

#: Environment variable that, when set, has every refusal show where it came from, for those who look for a bug.
TRACEBACK_VARIABLE = "MATCHBOX_TRACEBACK"

TEXT = """Game AI in Python: play chess and Hexapawn, analyse, solve and measure.

A chess program with a board (a UCI client) talks to the command matchbox-uci instead.

\b
Examples:
  matchbox demo
  matchbox perft --depth 4
"""

#: The verbs in the order of the help, each with its line there.
VERBS = {
    "demo": "See what Matchbox does, in under a minute.",
    "play": "Play a game against the engine in the terminal.",
    "analyse": "Evaluate a position, or annotate the games of a PGN file.",
    "solve": "Solve a small game: who wins, and how.",
    "train": "Let a network learn a game: by playing against itself, or from games and positions.",
    "net": "List, inspect, measure and export networks.",
    "data": "Make positions for training, re-label them, and look at them.",
    "tune": "Tune the numbers of the alpha-beta search by playing games.",
    "match": "Let engines play each other, and measure their strength.",
    "latplan": "Learn a puzzle from pictures, and plan in pictures.",
    "epd": "Solve a suite of test positions.",
    "bench": "Search fixed positions: a signature of the search, and its speed.",
    "perft": "Count the lines of legal moves: the test of a move generator.",
    "uci": "Serve a chess program with a board; the command matchbox-uci does the same.",
    "warmup": "Compile everything now, with a progress bar.",
}


app = group("cli", TEXT, VERBS)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"matchbox {version('matchbox-ai')}")
        raise typer.Exit


@app.callback()
def matchbox(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    show_help(context)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    try:
        status = typer.main.get_command(app).main(args=arguments, prog_name="matchbox", standalone_mode=False)
    except RefusalError as mistake:
        if os.environ.get(TRACEBACK_VARIABLE):
            traceback.print_exception(mistake)
        return _say(str(mistake), mistake.status)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has had enough. Nothing more can be written, not even by the interpreter's exit.
        sys.stdout = None
        return 1
    except Exception as error:
        # A usage error of the parser of arguments, whose class typer does not make public.
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        return _say(" ".join(message().split()))
    return status if isinstance(status, int) else 0


def _say(sentence: str, status: int = MISTAKE) -> int:
    """Print the sentence of a mistake and return its exit status."""
    print(f"matchbox: {sentence.rstrip('.')}.", file=sys.stderr)
    return status


def main() -> None:
    """The entry point of the script `matchbox`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without the pieces of chess shows question marks
    sys.exit(run())


if __name__ == "__main__":
    main()
