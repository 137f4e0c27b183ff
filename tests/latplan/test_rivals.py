"""States that look alike to the actions are told of, and only these."""

from __future__ import annotations

from math import inf

import numpy as np

from latplan.action_model import Extraction, learn_actions
from latplan.problem import Bits
from latplan.quality import judge
from latplan.rivals import overdue
from tests.latplan.puzzle_task import puzzle_pairs


def tiles_alike(count: int, seed: int) -> tuple[Bits, Bits]:
    """Pairs in which tiles 3 and 4 look alike in the first cell."""
    before, after = puzzle_pairs(count, seed)
    for bits in (before, after):
        bits[:, 9 * 3] |= bits[:, 9 * 4]
        bits[:, 9 * 4] = False
    return before, after


def test_an_action_does_not_lead_to_what_is_never_seen() -> None:
    """Which of two tiles that look alike it is, is seen from where the other one lies."""
    before, after = tiles_alike(20_000, seed=4)
    tasks = {exclusive: learn_actions(before, after, Extraction(exclusive=exclusive)).task for exclusive in (20.0, inf)}
    assert overdue(tasks[20.0], before, after) == 0
    assert judge(tasks[20.0], before, after, 1.0).explained == 1
    assert 0.005 < overdue(tasks[inf], before, after) < 0.05


def test_of_moves_that_were_not_taken_at_random_nothing_follows() -> None:
    before, after = puzzle_pairs(20_000, seed=5)
    back = np.argmax(after[:, :9], 1) < np.argmax(before[:, :9], 1)  # the hole moves up or to the left
    taken = ~back | (np.random.default_rng(6).random(len(before)) < 0.3)
    before, after = before[taken], after[taken]
    assert overdue(learn_actions(before, after).task, before, after) == 0


def test_a_state_may_allow_two_actions_of_much_the_same_effect() -> None:
    rng = np.random.default_rng(7)
    before = rng.random((4_000, 9)) < 0.5
    after = before.copy()
    # One sets the first three bits; another the first two and the last; where they are set, one clears them all.
    after[:, [0, 1]] = ~before[:, [0, 1]].any(1, keepdims=True)
    third = rng.random(len(before)) < 0.5
    after[third, 2], after[~third, 3] = True, True
    ready = ~before[:, :4].any(1)
    before, after = before[ready], after[ready]
    model = learn_actions(before, after)
    assert len(model.task.actions) == 2
    assert overdue(model.task, before, after) == 0
