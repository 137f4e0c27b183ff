"""`matchbox latplan`: learn a puzzle from pictures, and plan in pictures."""

from __future__ import annotations

from cli.verbs import group

TEXT = """Learn a puzzle from pictures of its moves, without labels, and plan in pictures.

\b
Examples:
  matchbox latplan task 8-puzzle --steps 14
  matchbox latplan plan --model 8-puzzle init.png goal.png --out plan
"""

#: In the order of the help.
VERBS = {
    "plan": "From a picture of the start and one of the goal to a plan in pictures.",
    "train": "Learn a puzzle from pairs of pictures, before and after a move.",
    "evaluate": "Measure a model on a puzzle whose rules are known.",
    "pairs": "Make pairs of pictures of a puzzle of the house.",
    "task": "Make a picture of a start and one of a goal.",
    "models": "List the models that come with Matchbox.",
}

app = group(__name__, TEXT, VERBS)
