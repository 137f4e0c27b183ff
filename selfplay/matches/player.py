"""A player's program as a process that is asked for moves, timed, and killed when it does not answer.

The client is python-chess's; what is added is the exact time from `go` to `bestmove`, and faults that say who is to
blame and why. Every call returns or raises a `PlayerError` within its time, whatever the program does.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import chess
import chess.engine

from selfplay.matches.spec import PlayerSpec

T = TypeVar("T")
FaultKind: TypeAlias = Literal["crash", "illegal move", "silence", "start"]
#: Seconds a program may take to leave after `quit`.
QUIT_SECONDS = 1.0
#: What the arena sets where a program has such an option and its spec does not set it: no books, one thread.
DEFAULTS: dict[str, str] = {"OwnBook": "false", "Threads": "1", "Number of Threads": "1"}


class PlayerError(Exception):
    """A player failed; its message is the detail for people."""

    def __init__(self, kind: FaultKind, detail: str) -> None:
        super().__init__(detail)
        self.kind: FaultKind = kind


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A move with what the program said about it."""

    move: chess.Move
    seconds: float
    """From sending `go` to receiving `bestmove`."""
    score: chess.engine.Score | None
    """The mover's view; None where none was sent."""
    depth: int | None
    nodes: int | None


class TimedProtocol(chess.engine.UciProtocol):
    """python-chess's UCI client with the moments of `go` and `bestmove`, the raw move, and the last words."""

    def __init__(self) -> None:
        super().__init__()
        self.went = threading.Event()
        """Set once `go` was sent, or when it never will be."""
        self.go_at = 0.0
        self.best_at = 0.0
        self.best_text = ""
        self.last_words: deque[str] = deque(maxlen=3)
        """The last lines on its standard error."""

    def send_line(self, line: str) -> None:
        """Send a line, noting when `go` leaves."""
        super().send_line(line)
        if line.startswith("go"):
            self.go_at = time.monotonic()
            self.went.set()

    def line_received(self, line: str) -> None:
        """Note when a move comes, before python-chess parses anything."""
        if line.startswith("bestmove"):
            self.best_at = time.monotonic()
            self.best_text = line.removeprefix("bestmove").strip()

    def error_line_received(self, line: str) -> None:
        """Keep the line for the report of a crash."""
        self.last_words.append(line.strip())


class Player:
    """One running program. Used by one thread at a time."""

    def __init__(self, spec: PlayerSpec, *, start_seconds: float = 120.0) -> None:
        """Remember how to start; `start_seconds` bounds starting and preparing for a game (kernels may compile)."""
        self.spec = spec
        self._start_seconds = start_seconds
        self._engine: chess.engine.SimpleEngine | None = None
        self._protocol: TimedProtocol | None = None
        self._game: object = None

    @property
    def engine_name(self) -> str:
        """What the program calls itself; empty before it was started."""
        return str(self._protocol.id.get("name", "")) if self._protocol is not None else ""

    @property
    def pid(self) -> int | None:
        """The process running now, or None."""
        engine = self._engine
        return None if engine is None else engine.transport.get_pid()

    def start(self) -> None:
        """Start the program and set its options, unless it runs; ValueError for options that it lacks."""
        if self._engine is not None:
            return
        try:
            # A process group of its own: Ctrl-C reaches the arena alone, and a kill reaches the program's children.
            self._engine = chess.engine.SimpleEngine.popen(
                TimedProtocol, self.spec.argv(), timeout=self._start_seconds, setpgrp=True, cwd=self.spec.folder
            )
        except TimeoutError:
            raise PlayerError("start", f"no uciok within {self._start_seconds:g} s") from None
        except chess.engine.EngineError as error:
            raise PlayerError("start", str(error)) from None
        except OSError as error:
            raise PlayerError("start", f"cannot be started: {error.strerror or error}") from None
        assert isinstance(self._engine.protocol, TimedProtocol)
        self._protocol = self._engine.protocol
        # Names in the program's own spelling: python-chess would take two spellings for two options.
        spelling = {name.lower(): name for name in self._protocol.options}
        wanted = {spelling[name.lower()]: value for name, value in DEFAULTS.items() if name.lower() in spelling}
        wanted.update({spelling.get(name.lower(), name): value for name, value in self.spec.options.items()})
        try:
            self._wait(self._protocol.configure(wanted), self._start_seconds, "options")
            self._wait(self._protocol.ping(), self._start_seconds, "isready")
        except chess.engine.EngineTerminatedError as error:
            raise PlayerError("start", self._end(error)) from None
        except chess.engine.EngineError as error:
            self.close()
            raise ValueError(f"player {self.spec.name}: {error}") from None
        except PlayerError as fault:
            raise PlayerError("start", str(fault)) from None

    def new_game(self) -> None:
        """Say that the next move is of a new game."""
        self._game = object()

    def ask(self, board: chess.Board, limit: chess.engine.Limit, seconds: float) -> Answer:
        """The program's move on `board`; PlayerError where it crashes, breaks the rules, or is silent for `seconds`.

        A late answer comes back as any other: whether it was in time is for the referee to say.
        """
        self.start()
        assert self._protocol is not None
        protocol = self._protocol
        protocol.went.clear()
        protocol.best_text = ""
        info = chess.engine.INFO_BASIC | chess.engine.INFO_SCORE
        future = self._submit(protocol.play(board, limit, game=self._game, info=info))
        future.add_done_callback(lambda _: protocol.went.set())
        try:
            # ucinewgame and isready go out before `go`; they do not count as thinking.
            if not protocol.went.wait(self._start_seconds):
                raise TimeoutError
            result = future.result(seconds)
        except TimeoutError:
            self.kill()
            waited = "bestmove" if protocol.went.is_set() else "readyok"
            patience = seconds if protocol.went.is_set() else self._start_seconds
            raise PlayerError("silence", f"no {waited} within {patience:g} s") from None
        except chess.engine.EngineTerminatedError as error:
            raise PlayerError("crash", self._end(error)) from None
        except chess.engine.EngineError as error:
            self.close()
            if not protocol.best_text:  # It was never asked: python-chess found that it cannot play this game.
                raise PlayerError("start", str(error)) from None
            raise PlayerError("illegal move", f"{protocol.best_text!r} in {board.fen()}") from None
        if result.move is None or not board.is_legal(result.move):
            self.close()
            raise PlayerError("illegal move", f"{protocol.best_text!r} in {board.fen()}")
        score = result.info.get("score")
        return Answer(
            move=result.move,
            seconds=protocol.best_at - protocol.go_at,
            score=None if score is None else score.relative,
            depth=result.info.get("depth"),
            nodes=result.info.get("nodes"),
        )

    def close(self) -> None:
        """Ask the program to quit, and kill it if it stays; the next `ask` starts it again."""
        if self._engine is None:
            return
        with contextlib.suppress(chess.engine.EngineError, TimeoutError):
            self._submit(self._engine.protocol.quit()).result(QUIT_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the program and its children at once."""
        if self._engine is None:
            return
        engine, self._engine, self._protocol = self._engine, None, None
        pid = engine.transport.get_pid()
        if not engine.protocol.returncode.done():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if hasattr(os, "killpg"):
                    os.killpg(pid, signal.SIGKILL)
                else:
                    os.kill(pid, signal.SIGTERM)
        engine.close()

    def _end(self, error: Exception) -> str:
        """Clean up after a crash and return what to report of it."""
        words = " | ".join(self._protocol.last_words) if self._protocol is not None else ""
        self.kill()
        return f"{error}{f': {words}' if words else ''}"

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        assert self._engine is not None
        return asyncio.run_coroutine_threadsafe(coroutine, self._engine.protocol.loop)

    def _wait(self, coroutine: Coroutine[Any, Any, T], seconds: float, what: str) -> T:
        try:
            return self._submit(coroutine).result(seconds)
        except TimeoutError:
            self.kill()
            raise PlayerError("silence", f"no answer to {what} within {seconds:g} s") from None
