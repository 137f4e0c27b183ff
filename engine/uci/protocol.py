"""The conversation: reading lines at once, carrying them out in order, and never dying of a bad one.

Two threads. The reader takes what cannot wait (`stop`, `ponderhit`, `quit`, and `isready` during a search); everything
else goes through a queue to the executor, which does one thing at a time, so nothing changes under a running search.
This module imports nothing heavy: `uciok` is answered before Numba is loaded, and loading begins right behind it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.uci.commands import parse_go, parse_position, parse_setoption
from engine.uci.option import Value
from engine.uci.options import OPTIONS, Settings

if TYPE_CHECKING:
    from engine.uci.session import Session
    from search.searcher import Stop

#: The longest line that is read; a game of ten thousand moves fits.
LONGEST_LINE = 1 << 20
#: Seconds that a running search gets to end after `quit`.
PATIENCE = 0.15
#: Seconds that `quit` waits for the answer of a `bench` that was asked for before it.
LONGEST_BENCH = 60.0
AUTHORS = "the Matchbox authors"


@dataclass(eq=False)
class _Job:
    """A line for the executor; `go` carries the means to stop it."""

    line: str
    asked: float
    stop: Stop | None = None

    @property
    def word(self) -> str:
        """The command."""
        return self.line.split()[0].lower()


class Protocol:
    """Serves one conversation over two binary streams."""

    def __init__(
        self, source: BinaryIO, sink: BinaryIO, version: str, values: Mapping[str, Value] | None = None
    ) -> None:
        """Read lines from `source`, answer on `sink`; `version` goes into `id name`, `values` are options set so."""
        self.settings = Settings()
        self.settings.values |= values or {}
        self.version = version
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()
        self._log: Path | None = None
        self._jobs: queue.Queue[_Job | None] = queue.Queue()
        self._session: Session | None = None
        self._loading = threading.Lock()
        self._unanswered: list[_Job] = []  # oldest first
        self._executor = threading.Thread(target=self._execute_all, name="executor", daemon=True)

    # Talking.

    def say(self, line: str) -> None:
        """Send a line, whole; a reader that has gone away ends the program quietly."""
        with self._lock:
            self._write_log("<<", line)
            try:
                self._sink.write(line.encode("utf-8", "replace") + b"\n")
                self._sink.flush()
            except (OSError, ValueError):
                os._exit(0)

    def complain(self, sentence: object) -> None:
        """Send one sentence about what was wrong."""
        self.say("info string " + " ".join(str(sentence).split()))

    def _write_log(self, direction: str, line: str) -> None:
        if self._log is not None:
            try:
                with self._log.open("a", encoding="utf-8") as log:
                    log.write(f"{datetime.now().isoformat(timespec='milliseconds')} {direction} {line}\n")
            except OSError:
                self._log = None

    # Reading.

    def serve(self) -> None:
        """Read and answer until `quit` or the end of the input."""
        self._executor.start()
        try:
            while (line := self._read()) is not None:
                if line and not self._take(line):
                    break
            else:
                self._finish_what_is_finite()
        except KeyboardInterrupt:
            pass
        self._leave()

    def _read(self) -> str | None:
        """The next line without white space around it; None at the end of the input."""
        raw = self._source.readline(LONGEST_LINE)
        if not raw:
            return None
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            while (rest := self._source.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            self.complain(f"a line of more than {LONGEST_LINE} bytes was left out")
            return ""
        return raw.decode("utf-8", "replace").replace("\0", " ").strip()

    def _take(self, line: str) -> bool:
        """Do what cannot wait, queue the rest; False for `quit`."""
        self._write_log(">>", line)
        word = line.split()[0].lower()
        if word == "quit":
            return False
        if word == "stop":
            self._stop_searches()
        elif word == "ponderhit":
            for stop in self._stops()[:1]:
                stop.ponderhit()
        elif word == "isready" and any(job.word == "go" for job in list(self._unanswered) if job.stop is not None):
            self.say("readyok")
        else:
            job = _Job(line, time.monotonic())
            if word == "bench" or (word == "go" and "perft" not in line.lower().split()):
                from search.searcher import Stop

                job.stop = Stop()
            self._unanswered.append(job)
            self._jobs.put(job)
        return True

    def _stops(self) -> list[Stop]:
        """What ends the searches that were asked for and are not answered yet."""
        return [job.stop for job in list(self._unanswered) if job.stop is not None]

    def _stop_searches(self) -> None:
        for stop in self._stops():
            stop.set()

    def _finish_what_is_finite(self) -> None:
        """At the end of the input: let searches end that end by themselves, and stop those that do not."""
        for job in list(self._unanswered):
            with contextlib.suppress(ValueError):
                if job.stop is not None and job.word == "go" and parse_go(job.line.split()[1:]).endless:
                    job.stop.set()
        self._jobs.put(None)
        self._executor.join()

    def _leave(self) -> None:
        """End what `go` began, and answer whatever else was asked for before, which ends by itself."""
        self._jobs.put(None)
        began = time.monotonic()
        while True:
            waiting = list(self._unanswered)
            for job in waiting:
                if job.stop is not None and (job.word == "go" or time.monotonic() - began > LONGEST_BENCH):
                    job.stop.set()
            self._executor.join(PATIENCE)
            if not self._executor.is_alive() or all(job.word == "go" for job in waiting):
                break
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._sink.flush()
        os._exit(0)

    # Carrying out.

    def _execute_all(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                self._execute(job)
            except (ValueError, MemoryError, OSError) as error:
                self._forget(job)
                self.complain(error)
            except Exception as error:  # the conversation outlives every fault of ours
                self._forget(job)
                self.complain(f"internal error, please report it: {type(error).__name__}: {error}")
            finally:
                self._forget(job)

    def _forget(self, job: _Job) -> None:
        """`job` has been answered, or is about to be: what is read after the answer must find it gone."""
        if job in self._unanswered:
            self._unanswered.remove(job)

    def _execute(self, job: _Job) -> None:
        words = job.line.split()
        command = self._commands().get(job.word)
        if command is None:
            known = " ".join([*self._commands(), "go", "bench", "stop", "ponderhit", "quit"])
            if job.word not in ("go", "bench"):
                raise ValueError(f"unknown command {words[0][:40]!r}; the commands are {known}")
            self._search(job, words)
        else:
            command(words[1:])

    def _commands(self) -> dict[str, Callable[[list[str]], None]]:
        return {
            "uci": self._uci,
            "debug": self._debug,
            "isready": self._isready,
            "setoption": self._setoption,
            "ucinewgame": lambda words: self._loaded().new_game(),
            "position": lambda words: self._loaded().set_position(parse_position(words)),
            "d": lambda words: self._say_all(self._loaded().describe()),
            "eval": lambda words: self._say_all(self._loaded().evaluate()),
            "register": lambda words: None,
        }

    def _say_all(self, lines: list[str]) -> None:
        for line in lines:
            self.say(line)

    def _uci(self, words: list[str]) -> None:
        self.say(f"id name Matchbox {self.version}")
        self.say(f"id author {AUTHORS}")
        for option in OPTIONS:
            self.say(option.declare())
        self.say("uciok")
        threading.Thread(target=self._load_ahead, name="loader", daemon=True).start()

    def _debug(self, words: list[str]) -> None:
        if [word.lower() for word in words] not in (["on"], ["off"]):
            raise ValueError("'debug' is followed by 'on' or 'off'")

    def _isready(self, words: list[str]) -> None:
        self._loaded()
        self.say("readyok")

    def _setoption(self, words: list[str]) -> None:
        name, text = parse_setoption(words)
        option = self.settings.find(name)
        value = option.read(text)
        if option.name == "Log File":
            self._open_log(str(value))
        early = option.kind in ("check", "spin", "combo") and option.name != "Hash"
        # While the session is being loaded it reads the options, so that a change must wait for it.
        if early and self._loading.acquire(blocking=False):
            try:
                if self._session is None:
                    self.settings.values[option.name] = value
                    return
            finally:
                self._loading.release()
        self._configure(option.name, value)

    def _configure(self, name: str, value: Value) -> None:
        self._loaded().configure(name, value)

    def _open_log(self, text: str) -> None:
        if not text:
            self._log = None
            return
        path = Path(text)
        try:
            with path.open("a", encoding="utf-8"):
                self._log = path
        except OSError as error:
            raise ValueError(f"cannot write the log file {text!r}: {error.strerror}") from None

    def _search(self, job: _Job, words: list[str]) -> None:
        from search.searcher import MAX_PLY, Stop

        session = self._loaded()
        stop = job.stop or Stop()
        if job.word == "bench":
            if len(words) > 1 and not (words[1].isdecimal() and 1 <= int(words[1]) < MAX_PLY):
                raise ValueError(f"'bench' is followed by a depth from 1 to {MAX_PLY - 1}, not by {words[1][:40]!r}")
            self._say_all(session.bench(int(words[1]) if len(words) > 1 else None, stop))
            return
        go = parse_go(words[1:])
        if go.perft is not None:
            self._say_all(session.perft(go.perft))
            return
        try:
            answer = session.go(go, stop, job.asked)
        except ValueError:
            raise
        except Exception as error:
            self.complain(f"internal error, please report it: {type(error).__name__}: {error}")
            answer = session.any_move()
        # The next command may follow the answer at once, and must find the search over.
        self._forget(job)
        self.say(answer)

    # Loading.

    def _load_ahead(self) -> None:
        try:
            self._loaded()
        except Exception as error:
            self.complain(f"cannot load the engine: {type(error).__name__}: {error}")

    def _loaded(self) -> Session:
        """The session; loads the kernels, or compiles them on first use, when it is not there yet."""
        with self._loading:
            if self._session is None:
                from search.kernel import cache_folder, cache_warning

                if cache_warning:
                    self.complain(cache_warning)
                elif not any(cache_folder().rglob("*.nbi")):
                    self.complain("compiling kernels on first use, which takes about a minute and happens once")
                from engine.uci.session import Session

                self._session = Session(self.settings, self.say)
            return self._session


def serve(version: str, values: Mapping[str, Value] | None = None) -> None:
    """Serve a conversation on standard input and output until it ends; `values` are options that are set already."""
    Protocol(sys.stdin.buffer, sys.stdout.buffer, version, values).serve()
