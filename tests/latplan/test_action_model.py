"""Actions learnt from pairs of states whose rules are known: the learnt task has the same successors."""

from __future__ import annotations

import numpy as np
import pytest

from latplan.action_model import ActionModel, Extraction, learn_actions
from latplan.domains import State, domain
from latplan.domains.sokoban import Sokoban
from tests.latplan.puzzle_task import puzzle_pairs, puzzle_task, vector


def successors(model: ActionModel, state: frozenset[int]) -> set[frozenset[int]]:
    return {action.apply(state) for action in model.task.actions if action.applicable(state)}


def test_the_8_puzzle_from_few_samples_of_each_action() -> None:
    """With 26 pairs an action, many bits are constant by chance; none of them may become a precondition."""
    model = learn_actions(*puzzle_pairs(5_000, seed=1))
    wanted = {(action.positive, action.negative, action.add, action.delete) for action in puzzle_task().actions}
    assert {(action.positive, action.negative, action.add, action.delete) for action in model.task.actions} == wanted
    assert (model.effects, model.dropped, model.coverage, model.unchanged) == (192, 0, 1.0, 0.0)


def test_noise_is_dropped_and_counted() -> None:
    before, after = puzzle_pairs(5_000, seed=2)
    rng = np.random.default_rng(3)
    for pair in range(50):
        after[pair] ^= rng.random(81) < 0.1
    after[50:60] = before[50:60]
    model = learn_actions(before, after)
    assert model.effects == 192
    assert 40 <= model.dropped <= 50
    assert model.coverage == pytest.approx(0.988, abs=0.003)
    assert model.unchanged == pytest.approx(0.002)
    wanted = {(action.add, action.delete) for action in puzzle_task().actions}
    assert {(action.add, action.delete) for action in model.task.actions} == wanted


def sokoban_bits(puzzle: Sokoban, state: State) -> frozenset[int]:
    """Where the man is, and where boxes are."""
    cells = puzzle.height * puzzle.width
    return frozenset({state[0], *(cells + box for box in state[1:])})


def test_what_must_not_be_there_is_a_precondition() -> None:
    """The man walks only where no box stands: a negative precondition on a bit that walking does not change."""
    puzzle = domain("sokoban")
    assert isinstance(puzzle, Sokoban)
    rng = np.random.default_rng(4)
    size = 2 * puzzle.height * puzzle.width
    before, after = [], []
    for state in puzzle.sample(20_000, rng):
        children = puzzle.successors(state)
        before.append(vector(sokoban_bits(puzzle, state), size))
        after.append(vector(sokoban_bits(puzzle, children[rng.integers(len(children))]), size))
    model = learn_actions(np.array(before), np.array(after))
    right = wrong = missing = 0
    for state in puzzle.sample(500, rng):
        true = {sokoban_bits(puzzle, child) for child in puzzle.successors(state)}
        learnt = successors(model, sokoban_bits(puzzle, state))
        right, wrong, missing = right + len(true & learnt), wrong + len(learnt - true), missing + len(true - learnt)
    assert (wrong, missing) == (0, 0)
    assert right > 1_000


def test_a_disjunction_becomes_several_actions() -> None:
    """Bit 0 can be set where bit 1 or bit 2 is set; bits 3 and 4 have no say."""
    rng = np.random.default_rng(5)
    before = rng.random((4_000, 5)) < 0.5
    after = before.copy()
    can = ~before[:, 0] & (before[:, 1] | before[:, 2]) & (rng.random(4_000) < 0.5)
    after[can, 0] = True
    toggled = ~can
    after[toggled, 4] ^= True
    model = learn_actions(before, after)
    raising = [action for action in model.task.actions if action.add == {0}]
    assert len(raising) == 2
    for state in range(32):
        bits = frozenset(bit for bit in range(5) if state >> bit & 1)
        assert any(action.applicable(bits) for action in raising) == (0 not in bits and bool(bits & {1, 2}))


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="not a sensible extraction"):
        Extraction(least_seen=0)


def test_a_place_that_only_several_bits_tell_apart_is_found() -> None:
    """Bit 0 can be set unless bits 1, 2 and 3 are; there bits 4 to 9 can be changed, as everywhere."""
    rng = np.random.default_rng(6)
    before = rng.random((2_500, 10)) < 0.5
    after = before.copy()
    for state, following in zip(before, after, strict=True):
        allowed = [*range(4, 10), *([0] if not state[0] and not state[1:4].all() else [])]
        following[rng.choice(allowed)] ^= True
    for options, right in ((Extraction(), True), (Extraction(missed=1e9), False)):
        raising = [action for action in learn_actions(before, after, options).task.actions if action.add == {0}]
        wrong = 0
        for number in range(1024):
            state = frozenset(bit for bit in range(10) if number >> bit & 1)
            can = any(action.applicable(state) for action in raising)
            wrong += can != (0 not in state and not state >= {1, 2, 3})
        assert (wrong == 0) == right


@pytest.mark.parametrize(("bits", "wrong"), [(14, 30), (20, 3)])
def test_irregular_codes_of_few_states(bits: int, wrong: int) -> None:
    """Each move changes other bits; these are right in dozens of states, and it happens in one, four times or so."""
    states, visits, moves = 400, 4, (1, 7, 30)
    rng = np.random.default_rng(1)
    codes = np.unique(rng.integers(0, 2, (2 * states, bits)).astype(bool), axis=0)
    codes = codes[rng.permutation(len(codes))[:states]]
    sources = np.repeat(np.arange(states), visits * len(moves))
    targets = (sources + rng.choice(moves, len(sources))) % states
    model = learn_actions(codes[sources], codes[targets], Extraction(least_seen=2, missed=9.0))
    sets = [frozenset(np.flatnonzero(code).tolist()) for code in codes]
    pairs, counts = np.unique(np.stack([sources, targets], 1), axis=0, return_counts=True)
    seen = {(sets[source], sets[target]) for source, target in pairs[counts >= 2]}
    wanted = {(sets[number], sets[(number + move) % states]) for number in range(states) for move in moves}
    found = {(one, other) for one in sets for other in successors(model, one)}
    assert seen <= found
    assert len(found - wanted) <= wrong  # thousands and a thousand, if what it leads to said nothing
