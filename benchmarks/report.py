"""What a measurement tells: words on the screen, and its figures as JSON where that is asked for."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from search.whole_file import write_whole


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """The option `--json`."""
    parser.add_argument("--json", metavar="FILE", help="write the figures; - for stdout, and the words to stderr")


class Report:
    """Words and figures, by the value of `--json`."""

    def __init__(self, file: str | None) -> None:
        self._file = file

    def say(self, words: str, end: str = "\n") -> None:
        """Show some words."""
        print(words, end=end, file=sys.stderr if self._file == "-" else sys.stdout, flush=True)

    def write(self, facts: Any) -> None:
        """Write the figures, if they are asked for; a file whole or not at all."""
        text = json.dumps(facts, indent=2) + "\n"
        if self._file == "-":
            print(text, end="")
        elif self._file is not None:
            write_whole(Path(self._file), text)
