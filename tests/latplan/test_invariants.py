"""What codes never show, found in codes whose rules are known."""

from __future__ import annotations

from itertools import combinations
from math import inf

import numpy as np

from latplan.invariants import literals, mutexes
from tests.latplan.puzzle_task import puzzle_pairs


def test_no_tile_is_in_two_places_and_no_place_holds_two_tiles() -> None:
    codes, _ = puzzle_pairs(10_000, seed=1)
    never = mutexes(codes, 20.0)
    wanted = {
        frozenset((one, other))
        for one, other in combinations(range(81), 2)
        if (one // 9 == other // 9) != (one % 9 == other % 9)
    }
    found = {frozenset((one - 81, other - 81)) for one, other in np.argwhere(never).tolist() if min(one, other) >= 81}
    assert found == wanted
    assert (never == never.T).all()
    assert not ((literals(codes).astype(int) @ never) * literals(codes)).any()


def test_the_same_code_many_times_is_no_evidence() -> None:
    codes = np.repeat(np.eye(4, dtype=bool), 1_000, axis=0)
    assert not mutexes(codes, 20.0).any()
    assert mutexes(codes, 0.1).any()


def test_infinite_evidence_is_never_there() -> None:
    assert not mutexes(np.random.default_rng(2).random((1_000, 5)) < 0.001, inf).any()
