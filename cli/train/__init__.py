"""`matchbox train`: a network learns a game."""

from __future__ import annotations

from typing import Any

from cli.verbs import Verbs, group


class _Learners(Verbs):
    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A board of Hexapawn may stand in the place of the verb."""
        if args[0].startswith("hexapawn") and args[0] != "hexapawn":
            args = ["hexapawn", *args]
        return super().resolve_command(ctx, args)


TEXT = """Let a network learn a game: by playing against itself, or from what was played before.

\b
Examples:
  matchbox train hexapawn-3x3
"""

#: In the order of the help.
VERBS = {
    "hexapawn": "From the rules of Hexapawn alone, by self-play; hexapawn-3x3 names the board as well.",
    "chess": "From the rules of chess alone, by self-play.",
    "supervised": "From positions and games that were played before.",
    "nnue": "An evaluation for alpha-beta, from positions with scores.",
}

app = group(__name__, TEXT, VERBS, kind=_Learners)
