"""A UCI program at the other end of a pipe, for measurements side by side."""

from __future__ import annotations

import subprocess
import time
from types import TracebackType

from selfplay.programs import find_program


def find(program: str) -> str:
    """The path of a program; SystemExit with a sentence if there is none."""
    try:
        return find_program(program)
    except ValueError as error:
        raise SystemExit(f"{error}; Debian has it as a package") from None


class Opponent:
    """A running UCI program."""

    def __init__(self, program: str, **options: object) -> None:
        """Start it and set options."""
        self._process = subprocess.Popen(
            [find(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.ask("uci", "uciok")
        for name, value in options.items():
            self.send(f"setoption name {name.replace('_', ' ')} value {value}")
        self.ask("isready", "readyok")

    def __enter__(self) -> Opponent:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.send("quit")
        self._process.wait()

    def send(self, line: str) -> None:
        """Send a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")

    def ask(self, line: str, ending: str) -> tuple[list[str], float]:
        """Send a line; what is said up to the line that begins with `ending`, and the seconds that took."""
        began = time.perf_counter()
        self.send(line)
        lines: list[str] = []
        assert self._process.stdout is not None
        for said in self._process.stdout:
            lines.append(said.rstrip("\n"))
            if said.startswith(ending):
                return lines, time.perf_counter() - began
        raise SystemExit(f"the program left before it said {ending!r}")
