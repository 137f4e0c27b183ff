"""Compiling kernels ahead of their use: entry points that packages declare, and a note of those in the cache.

An entry point is a function that calls, on a small example, the kernels that a program will call, so that Numba
compiles them and writes them to its cache. Each runs in a process of its own, so that two cores compile twice as fast.
A file in the cache folder says that an entry point was compiled; the folder's name holds a digest of all sources (see
`search.kernel`), so an edit makes a new folder, in which nothing is compiled.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from search.kernel import INTERPRETED, cache_folder, cache_warning

#: The folder of notes inside the cache folder.
_NOTES = "compiled"
#: What the name of a cache folder looks like, and after how many seconds without use it is removed.
_FOLDER = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")
_STALE_SECONDS = 3600.0


@dataclass(frozen=True)
class EntryPoint:
    """Kernels that are compiled together."""

    name: str
    """Unique, and what a progress bar shows, such as `chess search`."""
    target: str
    """`module:function`; the function takes nothing."""

    @property
    def _note(self) -> Path:
        return cache_folder() / _NOTES / self.name.replace(" ", "-")

    @property
    def compiled(self) -> bool:
        """Whether the cache holds it already (always, when kernels are interpreted)."""
        return INTERPRETED or (not cache_warning and self._note.exists())

    def compile(self) -> None:
        """Compile it in this process, and note that."""
        module, function = self.target.split(":")
        getattr(importlib.import_module(module), function)()
        if not cache_warning and not INTERPRETED:
            self._note.parent.mkdir(parents=True, exist_ok=True)
            self._note.touch()


class CompilationError(RuntimeError):
    """An entry point could not be compiled; the text holds the end of what its process wrote."""


def compile_all(
    points: Iterable[EntryPoint], *, processes: int = 2, on_compiled: Callable[[EntryPoint], object] | None = None
) -> None:
    """Compile entry points that are not in the cache, `processes` at a time, in the order given.

    `on_compiled` is called after each. Where nothing can be cached, they are compiled in this process, which keeps
    them. Raises CompilationError for the first that fails.
    """
    missing = [point for point in points if not point.compiled]
    if cache_warning:
        for point in missing:
            point.compile()
            if on_compiled is not None:
                on_compiled(point)
        return
    given_up = Event()

    def run(point: EntryPoint) -> None:
        if not given_up.is_set():
            _in_process(point, given_up)
            if on_compiled is not None:
                on_compiled(point)

    with ThreadPoolExecutor(max(processes, 1), "compile") as pool:
        try:
            for future in [pool.submit(run, point) for point in missing]:
                future.result()
        finally:
            given_up.set()


def _in_process(point: EntryPoint, given_up: Event) -> None:
    """Compile an entry point in a process of its own; end the process when `given_up` is set."""
    command = [
        sys.executable,
        "-P",  # the packages of this process, not those of the folder that it happens to be in
        "-c",
        f"import {__name__} as c; c.EntryPoint({point.name!r}, {point.target!r}).compile()",
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        while True:
            try:
                _, errors = process.communicate(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                if given_up.is_set():
                    process.kill()
    if process.returncode != 0 and not given_up.is_set():
        words = errors.decode(errors="replace").strip()[-2000:]
        raise CompilationError(f"compiling {point.name} failed with status {process.returncode}: {words}")


def missing(points: Sequence[EntryPoint]) -> list[EntryPoint]:
    """Those of `points` that the cache does not hold."""
    return [point for point in points if not point.compiled]


def prune() -> list[Path]:
    """Remove the caches of other sources that were not used for an hour, and return their folders.

    The hour spares the caches of other versions, or of other settings of Numba, that are at work beside this one.
    """
    mine = cache_folder()
    removed = []
    for folder in mine.parent.glob("*-*"):
        if folder.name == mine.name or not _FOLDER.fullmatch(folder.name) or not folder.is_dir():
            continue
        newest = max((file.stat().st_mtime for file in [folder, *folder.rglob("*")]), default=0.0)
        if time.time() - newest > _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed
