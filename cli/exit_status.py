"""How commands end: 0 when all is well, and one of these. `docs/command-line.md` explains them."""

from __future__ import annotations

#: A mistake in what was typed, or a file that is not what it should be.
MISTAKE = 2
#: `latplan plan`: no plan by the learnt actions; a picture is not of the puzzle; time or memory ran out; a file cannot
#: be used.
NO_PLAN, UNKNOWN_PICTURE, OUT_OF_LIMITS, BAD_FILE = 3, 4, 5, 6
#: Ctrl-C.
INTERRUPTED = 130
