"""Where the programs of others are."""

from __future__ import annotations

import os
import shutil

#: Where Debian puts engines, which is seldom on PATH.
GAMES_FOLDER = "/usr/games"


def find_program(name: str) -> str:
    """The path of a program, on PATH or among Debian's games; ValueError if it is nowhere."""
    path = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), GAMES_FOLDER)))
    if path is None:
        raise ValueError(f"there is no program {name!r} on PATH or in {GAMES_FOLDER}")
    return path
