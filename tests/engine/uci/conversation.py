"""A conversation with the engine in a process of its own, as a UCI program has it."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from types import TracebackType

#: Seconds to wait for a line: long enough to compile every kernel.
PATIENCE = 240.0


class Conversation:
    """Sends lines and reads answers; use as a context, at whose end the engine must leave with status 0 and say nothing
    on stderr."""

    def __init__(self, **environment: str) -> None:
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cli.uci"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path} | environment,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[bytes] = []
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.decode("utf-8").rstrip("\n"))
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self._errors.append(self.process.stderr.read())

    def __enter__(self) -> Conversation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.process.kill()
            self.process.wait()
            return
        self.end()

    def end(self) -> list[str]:
        """Say `quit`, and return what came before the end; once only, the second time there is nothing."""
        with contextlib.suppress(BrokenPipeError, ValueError):  # it has left, or was told to
            self.send("quit")
        rest = []
        while (line := self.line()) is not None:
            rest.append(line)
        self._lines.put(None)
        assert self.process.wait(PATIENCE) == 0
        self._readers[1].join()
        assert self._errors == [b""], self._errors[0].decode()
        return rest

    def send(self, *lines: str) -> None:
        """Send lines."""
        self.send_bytes("".join(line + "\n" for line in lines).encode())

    def send_bytes(self, data: bytes) -> None:
        """Send anything."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def line(self, seconds: float = PATIENCE) -> str | None:
        """The next line; None at the end of the output."""
        try:
            return self._lines.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"no answer within {seconds} s") from None

    def until(self, beginning: str) -> list[str]:
        """The lines up to and with the first that begins like this."""
        lines: list[str] = []
        while (line := self.line()) is not None:
            lines.append(line)
            if line.startswith(beginning):
                return lines
        raise AssertionError(f"the engine left without {beginning!r}; it said {lines[-5:]}")

    def ready(self) -> list[str]:
        """Send `isready`; the lines before `readyok`."""
        self.send("isready")
        return self.until("readyok")[:-1]

    def ask(self, *lines: str) -> list[str]:
        """Send lines and `isready`, no search being on; the lines before `readyok`."""
        self.send(*lines)
        return self.ready()

    def go(self, *lines: str) -> list[str]:
        """Send lines, of which the last is a `go` that ends by itself; the lines up to `bestmove`."""
        self.send(*lines)
        return self.until("bestmove")

    def silent(self) -> bool:
        """Whether nothing was said that was not read; asked behind an `isready`, so that order decides, not time."""
        self.send("isready")
        return self.line() == "readyok"


def bestmove(lines: list[str]) -> str:
    """The move of the last line of a search."""
    words = lines[-1].split()
    assert words[0] == "bestmove"
    return words[1]


def fields(line: str, *names: str) -> list[str]:
    """The words behind these words of an info line."""
    words = line.split()
    return [words[words.index(name) + 1] for name in names]
