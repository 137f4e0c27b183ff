"""From centipawns to the chances of win, draw and loss."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from search.searcher import MATE, MAX_PLY

#: Centipawns at which a win is as likely as not, and the width of the step; fitted by `selfplay.tuning.chances`.
EVEN, WIDTH = 119.0, 105.0


def win_draw_loss(score: int) -> tuple[int, int, int]:
    """Permille of win, draw and loss for a score in centipawns or a proven end, the same side's view; sum 1000.

    Two logistic curves, for winning and for losing, as the score of real games suggests; what they leave is the draw.
    """
    if abs(score) >= MATE - MAX_PLY:
        return (1000, 0, 0) if score > 0 else (0, 0, 1000)
    win = round(1000 / (1 + math.exp((EVEN - score) / WIDTH)))
    loss = round(1000 / (1 + math.exp((EVEN + score) / WIDTH)))
    return win, 1000 - win - loss, loss


def chances(scores: npt.NDArray[Any], even: float = EVEN, width: float = WIDTH) -> npt.NDArray[np.float64]:
    """Chances of win, draw and loss for many scores in centipawns [n, …]: [n, …, 3]; proven ends are large scores."""
    win, loss = (1 / (1 + np.exp(np.clip((even - side) / width, -60, 60))) for side in (scores, -scores))
    return np.stack([win, 1 - win - loss, loss], axis=-1)
