"""The decorator of every kernel, and the cache of compiled kernels, keyed by the content of their sources.

A kernel is a module-level function over ints and NumPy records. `@kernel` compiles it with Numba on its first call;
under `NUMBA_DISABLE_JIT=1` it stays the plain Python function that it is, which is how it is debugged and covered.

Numba's own cache looks at the file of a function and not at the files of what it calls, so an edit to a callee in
another module would silently run old code. Therefore the cache folder's name holds a digest of all kernel sources:
one edited byte anywhere is another folder. Games outside these packages are keyed by `source_digest` in the dtype of
the search's own records (see `search.alphabeta.worker`); a kernel of a search that calls functions of a game takes
such a record, not the state alone.

Rules for writing kernels:

- Never call a recursive kernel with a literal argument (`f(w, 0)`): wrap it (`f(w, np.int64(0))`). With a literal,
  Numba's cached recursion crashes the process on its second run (numba issue 6061).
- An int64 and a uint64 that meet in arithmetic become float64 without a word. Bitboards go through `search.bits`.
- No large global arrays: they are frozen into every compiled function. Keep tables in a record; see `search.memory`.
- No record field is named like an attribute of a NumPy scalar (`data`, `size`, `item`, …): interpreted, it is hidden.
- Generic code calls the generic functions of `search.rules` and `search.evaluation`, which dispatch on record types.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
import platformdirs
from llvmlite.binding import get_host_cpu_features, get_host_cpu_name

#: The packages whose sources may hold kernels, beside this file's own.
KERNEL_PACKAGES = ("search", "engine", "nets", "selfplay/nnue")

#: Environment variable that names the parent folder of compiled kernels, instead of the user's cache folder.
CACHE_VARIABLE = "MATCHBOX_CACHE"


def source_digest(files: Iterable[Path]) -> str:
    """The first 16 hex digits of the SHA-256 over names and contents of `files`, independent of their order."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.name.encode())
        digest.update(b"\0")
        digest.update(file.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def kernel_sources() -> list[Path]:
    """Every Python file of the packages that hold kernels."""
    root = Path(__file__).resolve().parent.parent
    return sorted(file for package in KERNEL_PACKAGES for file in (root / package).rglob("*.py"))


@lru_cache
def _compiler_digest() -> str:
    """Eight hex digits of what else decides the machine code, or whether Numba finds it again.

    The versions of Python, Numba and NumPy, the processor, the folder of the sources, and Numba's settings (bounds
    checks, say).
    """
    settings = [f"{name}={value}" for name, value in os.environ.items() if name.startswith("NUMBA_")]
    settings = sorted(line for line in settings if not line.startswith("NUMBA_CACHE_DIR="))
    versions = [str(sys.implementation.cache_tag), version("numba"), version("numpy")]
    processor = [get_host_cpu_name(), get_host_cpu_features().flatten()]
    place = str(Path(__file__).resolve().parent.parent)
    return hashlib.sha256("\n".join([*versions, *processor, place, *settings]).encode()).hexdigest()[:8]


def cache_folder() -> Path:
    """The folder for compiled kernels of exactly these sources (it need not exist yet)."""
    parent = os.environ.get(CACHE_VARIABLE)
    base = Path(parent) if parent else Path(platformdirs.user_cache_dir("matchbox", appauthor=False))
    return base / f"{source_digest(kernel_sources())}-{_compiler_digest()}"


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


#: One sentence when the cache folder cannot be written and kernels are compiled anew by every process; else empty.
cache_warning = ""


def _choose_cache_folder() -> None:
    """Point Numba at the folder of these sources, or at a temporary one (with `cache_warning`) if it is read-only."""
    global cache_warning
    folder = cache_folder()
    with contextlib.suppress(OSError):
        os.utime(folder)  # `search.compilation.prune` spares what is in use
    if not _writable(folder):
        cache_warning = (
            f"cannot write compiled kernels to {folder}, so every start compiles them anew; "
            f"set {CACHE_VARIABLE} to a folder that can be written"
        )
        folder = Path(tempfile.mkdtemp(prefix="matchbox-kernels-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # Numba reads the variable when it is imported (perhaps before this module) and again when its environment changes.
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    numba.config.CACHE_DIR = str(folder)


_choose_cache_folder()

#: True when kernels run as plain Python (`NUMBA_DISABLE_JIT=1`).
INTERPRETED: bool = bool(numba.config.DISABLE_JIT)

if INTERPRETED:
    # Kernels count on integers that wrap; compiled ones do so without a word.
    np.seterr(over="ignore")

_Function = TypeVar("_Function", bound=Callable[..., Any])


def kernel(function: _Function) -> _Function:
    """Compile `function` with Numba on first use: cached on disk, free of the interpreter lock, wrapping integers."""
    compiled: _Function = numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)(function)
    return compiled


def inlined(function: _Function) -> _Function:
    """A `kernel` that is meant to vanish into its callers: for the few-line functions of the innermost loops."""
    compiled: _Function = numba.njit(
        cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True, forceinline=True
    )(function)
    return compiled


def compile_kernel(function: Callable[..., Any], *arguments: Any) -> None:
    """Compile a kernel for the types of `arguments`, or load it from the cache, without calling it."""
    if not INTERPRETED:
        dispatcher: Any = function
        dispatcher.compile(tuple(numba.typeof(argument) for argument in arguments))
