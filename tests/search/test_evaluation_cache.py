"""A cache of evaluations: it never says anything that the evaluator within would not say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.game import Position
from engine.games import game
from search.evaluation_cache import CachedEvaluator
from search.evaluator import Batch, Evaluator, new_batch
from search.mcts import MonteCarlo
from search.memory import copy_record
from search.rules import Rules
from search.searcher import Limits
from tests.search.mcts.opinions import Opinionated

CHESS = game("chess")
HEXAPAWN = game("hexapawn4x4")


class Counting(Evaluator):
    """Answers with how often it was asked, so that every answer from memory shows."""

    def __init__(self, rules: Rules, history: int = 0) -> None:
        self.name, self.rules, self.history = "counting", rules, history
        self.states = 0

    def evaluate(self, batch: Batch) -> None:
        for row in range(len(batch.counts)):
            self.states += 1
            batch.logits[row] = self.states
            batch.wdl[row] = (0, 1, 0)
            batch.moves_left[row] = self.states


def asked(states: list[Any], repetitions: list[int], history: int = 0) -> Batch:
    """A batch of chess positions."""
    batch = new_batch(CHESS.rules, len(states), history)
    for row, state in enumerate(states):
        copy_record(state, batch.states[row])
        batch.repetitions[row] = repetitions[row]
        batch.counts[row] = CHESS.rules.legal(state, batch.moves[row])
    return batch


def answers(cache: CachedEvaluator, batch: Batch) -> list[int]:
    cache.evaluate(batch)
    return [int(value) for value in batch.moves_left]


@pytest.mark.bounds
def test_what_was_asked_before_is_not_asked_again() -> None:
    inner = Counting(CHESS.rules)
    cache = CachedEvaluator(inner, mib=1)
    positions = [Position(CHESS, moves=[move]).state for move in ("e2e4", "d2d4", "c2c4")]
    assert answers(cache, asked(positions[:2], [0, 0])) == [1, 2]
    batch = asked(positions[::-1], [0, 0, 0])
    assert answers(cache, batch) == [3, 2, 1]
    assert (batch.logits[1, : batch.counts[1]] == 2).all()
    assert (batch.wdl == (0, 1, 0)).all()
    assert (cache.hits, cache.misses) == (2, 3)
    cache.reset(1)
    assert answers(cache, asked(positions[:1], [0])) == [4]


@pytest.mark.bounds
def test_repetitions_and_the_plies_since_the_last_capture_are_other_questions() -> None:
    cache = CachedEvaluator(Counting(CHESS.rules), mib=1)
    fen = "8/8/4k3/8/8/4K3/4R3/8 w - - {} 40"
    states = [CHESS.parse(fen.format(plies)) for plies in (0, 1, 99, 0, 0)]
    batch = asked(states, [0, 0, 0, 1, 2])
    assert answers(cache, batch) == [1, 2, 3, 4, 5]
    assert answers(cache, batch) == [1, 2, 3, 4, 5]


def test_what_came_before_is_part_of_the_question_where_the_evaluator_looks_at_it() -> None:
    cache = CachedEvaluator(Counting(CHESS.rules, history=2), mib=1)
    one = Position(CHESS, moves=["g1f3", "g8f6", "b1c3"])
    other = Position(CHESS, moves=["b1c3", "g8f6", "g1f3"])
    assert one.state == other.state

    def question(position: Position, repetitions: int = 0) -> Batch:
        batch = asked([position.state], [0], history=2)
        for back in range(2):
            copy_record(position.states[-2 - back], batch.past[0, back])
        batch.past_counts[0] = 2
        batch.past_repetitions[0, 1] = repetitions
        return batch

    assert answers(cache, question(one)) == [1]
    assert answers(cache, question(other)) == [2]
    assert answers(cache, question(one, repetitions=1)) == [3]
    assert answers(cache, question(one)) == [1]
    alone = asked([one.state], [0], history=2)
    assert answers(cache, alone) == [4]


@pytest.mark.bounds
def test_a_full_cache_forgets_but_never_errs() -> None:
    cache = CachedEvaluator(Opinionated(HEXAPAWN.rules), mib=0.01)
    plain = Opinionated(HEXAPAWN.rules)
    rng = np.random.default_rng(1)
    for _ in range(20):
        batch, expected = new_batch(HEXAPAWN.rules, 16), new_batch(HEXAPAWN.rules, 16)
        for row in range(16):
            position = Position(HEXAPAWN)
            for _ in range(int(rng.integers(0, 5))):
                if position.outcome() is None:
                    position.push(int(rng.choice(position.legal())))
            if position.outcome() is not None:
                position = Position(HEXAPAWN)
            for target in (batch, expected):
                copy_record(position.state, target.states[row])
                target.counts[row] = HEXAPAWN.rules.legal(position.state, target.moves[row])
        cache.evaluate(batch)
        plain.evaluate(expected)
        for row in range(16):
            count = batch.counts[row]
            assert (batch.logits[row, :count] == expected.logits[row, :count]).all()
        assert (batch.wdl == expected.wdl).all()
    assert cache.hits > 50
    assert cache.misses > cache._entries.used.size


@pytest.mark.parametrize("batch", [1, 8])
def test_a_search_finds_the_same_with_a_cache_and_asks_less(batch: int) -> None:
    def search(evaluator: Evaluator) -> Any:
        searcher = MonteCarlo(evaluator, hash_mib=4, batch=batch)
        found = []
        for _ in range(2):
            searcher.new_game()
            searcher.search(Position(HEXAPAWN).root(), Limits(nodes=300))
            found.append([(known.move, known.visits) for known in searcher.statistics()])
        return found

    plain = Opinionated(HEXAPAWN.rules)
    inner = Opinionated(HEXAPAWN.rules)
    found, cached = search(plain), search(CachedEvaluator(inner, mib=4))
    if batch == 1:
        assert cached == found
    assert sum(inner.asked) < sum(plain.asked)


def test_leaves_in_the_cache_take_no_place_in_a_batch() -> None:
    inner = Opinionated(CHESS.rules)
    cache = CachedEvaluator(inner, mib=8)
    searcher = MonteCarlo(cache, hash_mib=8, batch=8)
    searcher.search(Position(CHESS).root(), Limits(nodes=200))
    inner.asked.clear()
    searcher.clear_hash()  # the tree, not the cache
    searcher.search(Position(CHESS).root(), Limits(nodes=200))
    assert sum(inner.asked) < 20


def test_a_cache_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        CachedEvaluator(Opinionated(CHESS.rules), mib=0.0001)
