"""How a verb tells a person of a mistake: one sentence on stderr and exit status 2, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class RefusalError(Exception):
    """A mistake of the person who typed the command; its text is the sentence that `cli.main` prints."""


def refuse(sentence: str) -> NoReturn:
    """End the command with `sentence`, which says what would be right."""
    raise RefusalError(sentence)


@contextmanager
def understood() -> Iterator[None]:
    """Turn the ValueError of a parser, and the OSError of a file that a person named, into a refusal."""
    try:
        yield
    except UnicodeDecodeError:
        raise RefusalError("this file is not text; a text file in UTF-8 is wanted") from None
    except ValueError as error:
        raise RefusalError(str(error)) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RefusalError(f"{error.filename or 'a file'}: {error.strerror or error}") from None
