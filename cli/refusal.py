"""How a verb tells a person of a mistake: one sentence on stderr and exit status 2, never a traceback."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from cli.exit_status import MISTAKE


class RefusalError(Exception):
    """The end of a command that cannot do what it should; its text is the sentence that `cli.main` prints."""

    def __init__(self, sentence: str, status: int = MISTAKE) -> None:
        """`status`: what the command ends with, of `cli.exit_status`."""
        super().__init__(sentence)
        self.status = status


def refuse(sentence: str, status: int = MISTAKE) -> NoReturn:
    """End the command with `sentence`, which says what would be right."""
    raise RefusalError(sentence, status)


@contextmanager
def understood(status: int = MISTAKE) -> Iterator[None]:
    """Turn the ValueError of a parser, and the OSError of a file that a person named, into a refusal.

    So is a MemoryError, of a size that a person asked for.
    """
    try:
        yield
    except UnicodeDecodeError:
        raise RefusalError("this file is not text; a text file in UTF-8 is wanted", status) from None
    except (ValueError, MemoryError) as error:
        raise RefusalError(str(error), status) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RefusalError(f"{error.filename or 'a file'}: {error.strerror or error}", status) from error


def writable(file: Path | None) -> None:
    """Refuse a file to be written at the end, if its folder does not take it: sooner than after all the work."""
    if file is None or (file.exists() and not file.is_file() and not file.is_dir()):
        return
    if file.is_dir():
        refuse(f"{file} is a folder; a file to write is wanted")
    if not file.resolve().parent.is_dir():
        refuse(f"the folder of {file} does not exist")
    if not os.access(file.resolve().parent, os.W_OK):
        refuse(f"nothing can be written into the folder of {file}")
