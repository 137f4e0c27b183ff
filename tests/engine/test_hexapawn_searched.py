"""Alpha-beta on Hexapawn against minimax, which knows the truth: values, distances and moves."""

from __future__ import annotations

import numpy as np
import pytest

from engine.hexapawn import HEXAPAWN, PAWNS, HexapawnGame
from engine.hexapawn.packing import PACKING
from search.alphabeta import AlphaBeta
from search.minimax import Solution, solve
from search.rules import WIN
from search.searcher import MATE, MAX_PLY, Limits, Root


def sampled(files: int, ranks: int, count: int) -> tuple[Solution, list[int]]:
    """A solved board, and the rows of `count` positions of it that go on (all if there are fewer)."""
    game = HexapawnGame(files, ranks)
    solution = solve(PACKING, game.parse(game.start))
    assert solution is not None
    rows = np.flatnonzero(solution.distance > 0)
    if len(rows) > count:
        rows = np.random.default_rng(0).choice(rows, count, replace=False)
    return solution, rows.tolist()


@pytest.mark.parametrize(("files", "ranks"), [(3, 3), (4, 4), (3, 6)])
def test_deep_enough_it_finds_the_value_the_distance_and_an_optimal_move(files: int, ranks: int) -> None:
    solution, rows = sampled(files, ranks, 100)
    searcher = AlphaBeta(HEXAPAWN, PAWNS, hash_mib=1)
    for row in rows:
        state = solution.state(solution.packed[row])
        entry = solution[state]
        searcher.new_game()
        result = searcher.search(Root(state=state), Limits(depth=30))
        assert (np.sign(result.score), MATE - abs(result.score)) == (entry.value, entry.distance)
        assert result.move in entry.optimal


def test_what_it_claims_at_a_small_depth_is_true() -> None:
    solution, rows = sampled(4, 5, 300)
    searcher = AlphaBeta(HEXAPAWN, PAWNS, hash_mib=1)
    proven = 0
    for row in rows:
        state = solution.state(solution.packed[row])
        searcher.new_game()
        score = searcher.search(Root(state=state), Limits(depth=4)).score
        if abs(score) >= MATE - MAX_PLY:
            proven += 1
            assert (score > 0) == (solution[state].value == WIN)
    assert proven > 200
