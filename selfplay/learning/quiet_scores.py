"""What a quiescence search thinks of every legal move: a soft policy to learn beside the best move of a deep search.

The best move says little of the others. A search of captures and checks after each of them is shallow, but it says of
all moves at once which of them hang a piece, in less time than a network takes to learn from the position.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.games import game
from engine.wdl import chances
from search.alphabeta import AlphaBeta, Options
from search.alphabeta.move_scores import score_moves
from selfplay.learning.samples import Samples

#: Expected points by which a move is e times as likely as another.
SHARPNESS = 0.05


class QuietScores:
    """Scores moves of chess by the engine's own evaluation."""

    def __init__(self) -> None:
        chess = game("chess")
        # Without tables that remember, a score depends on nothing but the position.
        options = Options(transposition_table=False, correction_history=False)
        self._searcher = AlphaBeta(chess.rules, chess.evaluations["nnue"], hash_mib=1, options=options)
        self._workers = self._searcher.bare_worker()

    def policy(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Probabilities of the legal moves of each sample, in their order, 0 beyond: [n, moves]."""
        scores = np.zeros((len(samples), samples.policy.shape[-1]))
        score_moves(self._workers, samples.states, self._workers[0].plies[0].moves, scores)
        points = chances(scores) @ np.array([1.0, 0.5, 0.0])
        legal_moves = np.arange(scores.shape[1]) < samples.counts[:, None]
        weights = np.where(legal_moves, np.exp((points - points.max(1, keepdims=True)) / SHARPNESS), 0.0)
        return np.asarray(weights / np.maximum(weights.sum(1, keepdims=True), 1e-30), np.float32)


def blend(samples: Samples, policy: npt.NDArray[np.float32], share: float) -> None:
    """Mix a policy into that of the samples; where these have none, it counts alone."""
    known = samples.policy.sum(1, keepdims=True) > 0
    samples.policy[:] = np.where(known, (1 - share) * samples.policy + share * policy, policy)
