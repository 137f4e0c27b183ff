"""The chances of win, draw and loss are fitted to what games showed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from selfplay.tuning.chances import fit, scores_and_results


def test_scores_and_results_are_the_movers_view(tmp_path: Path) -> None:
    path = tmp_path / "games.pgn"
    path.write_text(
        '[Result "1-0"]\n\n1. e4 { +0.30/8 0.1s n=5 } e5 { -0.25/8 0.1s } 2. Nf3 { book } a6 { -M5/9 1s } 1-0\n'
    )
    assert list(scores_and_results(path)) == [(30, 1), (-25, -1)]


def test_the_curves_that_made_the_results_are_found() -> None:
    generator = np.random.default_rng(1)
    scores = generator.normal(0, 200, 40_000)
    win, loss = 1 / (1 + np.exp((130 - scores) / 60)), 1 / (1 + np.exp((130 + scores) / 60))
    drawn = generator.random(40_000)
    results = np.select([drawn < win, drawn > 1 - loss], [1.0, -1.0], 0.0)
    assert fit(scores, results) == pytest.approx((130, 60), rel=0.05)
