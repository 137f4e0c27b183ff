"""`matchbox data`: chess positions for training."""

from __future__ import annotations

from cli.verbs import group

TEXT = """Make positions for training, score them again, and look at them.

\b
Examples:
  matchbox data generate --positions 1000 --nodes 200 --out positions
"""

#: In the order of the help.
VERBS = {
    "generate": "Positions from our own games, with score, result and best move.",
    "label": "Score positions again, with another engine or network.",
    "stats": "What positions there are, with plots.",
}

app = group(__name__, TEXT, VERBS)
