"""Resigning: only after several bad moves in a row, and only where it was right often enough."""

from __future__ import annotations

import pytest

from selfplay.zero.resignation import Resignation, ResignationConfig, WouldBe, gives_up, lowest_in_a_row

CONFIG = ResignationConfig(enabled=True, highest=-0.8, moves=2, most_false=0.1, least=5)


def test_bad_moves_in_a_row() -> None:
    assert lowest_in_a_row([0.1, -0.9, -0.5, -0.8], 2) == -0.5
    assert lowest_in_a_row([-0.9], 2) == 1.0
    assert gives_up([0.0, -0.9, -0.95], 2, -0.9)
    assert not gives_up([-0.95, -0.8, -0.95], 2, -0.9)
    assert not gives_up([-0.95], 2, -0.9)
    assert not gives_up([-1.0, -1.0], 2, None)


def test_nobody_resigns_before_enough_was_seen() -> None:
    seen = Resignation(CONFIG)
    for _ in range(4):
        seen.add(WouldBe(-0.9, lost=True))
    assert seen.threshold is None
    seen.add(WouldBe(-0.9, lost=True))
    assert seen.threshold == -0.8
    # Whoever would not have resigned anyhow says nothing.
    seen.add(WouldBe(-0.7, lost=False))
    assert len(seen.seen) == 5
    assert Resignation(ResignationConfig(), seen.seen * 10).threshold is None


def test_the_threshold_falls_until_resigning_is_right_often_enough() -> None:
    seen = Resignation(CONFIG)
    for step in range(20):
        # Values around -0.85 were often wrong, those below -0.95 never.
        seen.add(WouldBe(-0.85 - step * 1e-4, lost=step % 2 == 0))
        seen.add(WouldBe(-0.96 - step * 1e-4, lost=True))
    threshold = seen.threshold
    assert threshold is not None
    assert -0.96 < threshold < -0.85 or threshold == -0.96
    assert seen.false_share(threshold) <= 0.1
    assert seen.false_share(-0.8) == 0.25
    # Where it never is, nobody resigns.
    never = Resignation(CONFIG, [WouldBe(-0.99, lost=False)] * 20)
    assert never.threshold is None


def test_only_the_newest_count() -> None:
    seen = Resignation(ResignationConfig(enabled=True, least=5, kept=5))
    for lost in [False] * 5 + [True] * 5:
        seen.add(WouldBe(-0.95, lost))
    assert seen.false_share(-0.9) == 0
    for wrong in ({"highest": 0.5}, {"moves": 0}, {"played_on": 0.0}, {"least": 10, "kept": 5}):
        with pytest.raises(ValueError, match=r"must be (in|at least)"):
            ResignationConfig(**wrong)  # type: ignore[arg-type]
