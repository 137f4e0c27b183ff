"""The puzzles in pictures: pictures say which state they show, rules are the puzzle's own, distances are right."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from latplan.domains import DOMAINS, ImageDomain, domain
from latplan.domains.domain import MOST_ERROR, CutSearchError, worst_patch
from latplan.domains.sliding_tiles import SlidingTiles
from latplan.domains.sokoban import Sokoban
from latplan.domains.tiles import photograph_tiles

NAMES = sorted(DOMAINS)
#: States of puzzles that have few enough to count: by combinatorics for the first four.
STATES = {"8-puzzle": 181_440, "blocksworld": 360, "hanoi": 81, "hanoi-5": 243, "sokoban": 4_453}
#: The farthest that two states are apart: 8-puzzle, God's number; Hanoi, 2^discs - 1.
FARTHEST = {"8-puzzle": 31, "hanoi": 15, "hanoi-5": 31}


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), noise=st.floats(0, 0.1))
def test_a_picture_says_which_state_it_shows(name: str, seed: int, noise: float) -> None:
    puzzle, rng = domain(name), np.random.default_rng(seed)
    for state, picture in zip(states := puzzle.sample(3, rng), puzzle.draw(states, rng), strict=True):
        assert picture.shape == puzzle.shape
        assert picture.dtype == np.uint8
        noisy = picture + rng.normal(0, 255 * noise, picture.shape)
        assert puzzle.parse(noisy.clip(0, 255).astype(np.uint8)) == state


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_of_something_else_shows_no_state(name: str) -> None:
    puzzle, rng = domain(name), np.random.default_rng(1)
    assert puzzle.parse(rng.integers(0, 256, puzzle.shape).astype(np.uint8)) is None
    assert puzzle.parse(np.full(puzzle.shape, 128, np.uint8)) is None
    assert puzzle.parse(np.zeros((7, 7), np.uint8)) is None
    state = puzzle.sample(1, rng)[0]
    other = next(child for child in puzzle.successors(state) if child != state)
    # Half of one state and half of another.
    blend = (puzzle.render(state).astype(int) + puzzle.render(other)) // 2
    assert puzzle.parse(blend.astype(np.uint8)) is None
    spoilt = puzzle.render(state)
    spoilt[3:12, 3:12] = 255 - spoilt[3:12, 3:12]
    assert puzzle.parse(spoilt) is None


def test_the_worst_patch_is_the_mean_over_the_window_that_differs_most() -> None:
    one = np.zeros((20, 30), np.uint8)
    other = one.copy()
    other[5:11, 7:13] = 255
    assert worst_patch(one, other) == pytest.approx(1.0)
    other[5:11, 7:10] = 0
    assert worst_patch(one, other) == pytest.approx(0.5)
    assert worst_patch(one, one) == 0 < MOST_ERROR


@pytest.mark.parametrize("name", NAMES)
def test_a_move_leads_to_another_state_whose_picture_differs(name: str) -> None:
    puzzle, rng = domain(name), np.random.default_rng(2)
    for state in puzzle.sample(30, rng):
        children = puzzle.successors(state)
        assert state not in children
        assert len(set(children)) == len(children)
        assert all(puzzle.parse(puzzle.render(child)) == child for child in children)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("sokoban")])
def test_moves_can_be_taken_back(name: str) -> None:
    puzzle = domain(name)
    for state in puzzle.sample(20, np.random.default_rng(3)):
        assert all(state in puzzle.successors(child) for child in puzzle.successors(state))


@pytest.mark.parametrize("name", STATES)
def test_the_number_of_states_and_their_farthest_distance(name: str) -> None:
    puzzle = domain(name)
    start = puzzle.begin(np.random.default_rng(1))
    if name in FARTHEST:
        start = tuple(range(9)) if name == "8-puzzle" else (0,) * len(start)
    layers = puzzle.layers(start, 10_000)
    assert sum(map(len, layers)) == STATES[name]
    assert len(layers) - 1 == FARTHEST.get(name, len(layers) - 1)


@pytest.mark.parametrize("name", NAMES)
def test_pairs_are_a_state_and_one_of_its_successors(name: str) -> None:
    puzzle, rng = domain(name), np.random.default_rng(4)
    before, after = puzzle.sample_transitions(40, rng)
    assert before.shape == after.shape == (40, *puzzle.shape)
    for one, other in zip(before, after, strict=True):
        state, following = puzzle.parse(one), puzzle.parse(other)
        assert state is not None
        assert following in puzzle.successors(state)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("steps", [1, 5])
def test_an_instance_is_as_many_steps_long_as_asked(name: str, steps: int) -> None:
    puzzle, rng = domain(name), np.random.default_rng(5)
    for _ in range(3):
        instance = puzzle.instance(steps, rng)
        assert instance.steps == steps == puzzle.distance(instance.start, instance.goal)


def test_the_longest_instances_of_the_8_puzzle() -> None:
    puzzle = domain("8-puzzle")
    instance = puzzle.instance(31, np.random.default_rng(6))
    assert instance.steps == 31 == puzzle.distance(instance.start, instance.goal)
    assert puzzle.instance(99, np.random.default_rng(6)).steps == 31


def test_a_search_that_was_cut_is_not_the_end_of_the_puzzle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[ImageDomain.__module__], "MOST_STATES", 1_000)
    puzzle, searched = domain("15-puzzle"), []
    layers = puzzle.layers
    monkeypatch.setattr(puzzle, "layers", lambda *of: searched.append(of) or layers(*of))
    with pytest.raises(CutSearchError, match=r"15-puzzle has 1,\d+ states within \d+ moves of one, .* 30 away"):
        puzzle.instance(30, np.random.default_rng(1))
    assert len(searched) == 1  # the hole's other cells are not tried
    with pytest.raises(CutSearchError, match="no shortest plan was found among"):
        puzzle.distance(tuple(range(16)), (0, 2, 1, *range(3, 16)))


def test_layers_are_kept_for_the_next_instance_but_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latplan.domains.sliding_tiles.MOST_STATES", 2_000)
    puzzle = SlidingTiles("numbers", photograph_tiles(3, 10), 3)
    searched: list[int] = []
    layers = puzzle.layers
    monkeypatch.setattr(puzzle, "layers", lambda start, steps: searched.append(steps) or layers(start, steps))
    for seed in range(40):
        assert puzzle.instance(3, np.random.default_rng(seed)).steps == 3
    assert searched == [3] * 9  # once for each cell of the hole
    for seed in range(20):
        assert puzzle.instance(11, np.random.default_rng(seed)).steps == 11
    assert 0 < puzzle._states_known() <= 2_000


def test_lights_out_knows_distances_by_algebra() -> None:
    puzzle = domain("lightsout")
    for seed in range(5):
        instance = puzzle.instance(3, np.random.default_rng(seed))
        assert ImageDomain.distance(puzzle, instance.start, instance.goal) == 3
    assert puzzle.instance(14, np.random.default_rng(1)).steps == 14
    assert puzzle.instance(25, np.random.default_rng(1)).steps == 15  # no two states of 5x5 are farther apart
    one_lit = (1, *(0,) * 24)
    assert puzzle.distance((0,) * 25, one_lit) is None


def test_the_twisted_pictures_mix_the_cells() -> None:
    """No lamp lights a neat square: its pixels spread over a box larger than a cell."""
    puzzle = domain("lightsout-twisted")
    plain = domain("lightsout")
    spread = 0
    for lamp in range(25):
        lit = tuple(int(other == lamp) for other in range(25))
        rows, columns = np.nonzero(puzzle.render(lit) > 30)
        straight = np.nonzero(plain.render(lit) > 30)
        spread += int(np.ptp(rows) * np.ptp(columns) > np.ptp(straight[0]) * np.ptp(straight[1]))
    assert spread > 12


def test_sokoban_boxes_are_pushed_and_never_pulled() -> None:
    puzzle = Sokoban("try", "######\n#@$ .#\n######")
    states = puzzle.states
    assert states == [(7, 8), (8, 9), (7, 9), (9, 10), (8, 10), (7, 10)]
    assert [puzzle.solved(state) for state in states] == [False] * 3 + [True] * 3
    assert puzzle.apply((9, 10), 3) is None  # a wall is behind the box
    two = Sokoban("two", "#######\n#@$$ .#\n#######")
    assert two.apply(two.start, 3) is None  # two boxes at once are too heavy


@pytest.mark.parametrize("level", ["#####\n#@  #\n#####", "#####\n# $.#\n#####", "#####\n#@$?#\n#####"])
def test_what_is_no_level_is_refused(level: str) -> None:
    with pytest.raises(ValueError, match="no level"):
        Sokoban("bad", level)


def test_every_level_can_be_solved_and_the_first_is_large() -> None:
    for name in ("sokoban", "sokoban-corridor", "sokoban-rooms"):
        puzzle = domain(name)
        assert isinstance(puzzle, Sokoban)
        assert len(puzzle.states) > 1_000
        assert any(puzzle.solved(state) for state in puzzle.states)


def test_blocks_cast_shadows_and_hide_each_other() -> None:
    puzzle = domain("blocksworld")
    low, high = puzzle.render((1, 0, 0, 0, 2, 0, 0, 0, 3, 4, 0, 0)), puzzle.render((1, 2, 3, 4, *(0,) * 8))
    ground = puzzle.render((1, 2, 3, 4, *(0,) * 8))[40, 50]
    assert (low.astype(int).sum(-1) < ground.astype(int).sum() - 120).sum() > 100  # blocks and shadows
    # Red blocks look red, also when they are jittered.
    jittered = puzzle.draw([(1, 2, 3, 4, *(0,) * 8)] * 8, np.random.default_rng(1))
    assert len({picture.tobytes() for picture in jittered}) == 8
    assert (high[..., 0].astype(int) > high[..., 2] + 60).any()


def test_a_photograph_of_ones_own(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    path = tmp_path / "mine.png"
    Image.fromarray(rng.integers(0, 256, (90, 120, 3)).astype(np.uint8)).save(path)
    tiles = photograph_tiles(3, 10, path)
    assert tiles.shape == (9, 10, 10)
    assert not tiles[0].any()
    puzzle = SlidingTiles("mine", tiles, 3)
    state = puzzle.sample(1, rng)[0]
    assert puzzle.parse(puzzle.render(state)) == state
    path.write_text("no picture")
    with pytest.raises(ValueError, match=r"mine\.png is not a picture"):
        photograph_tiles(3, 10, path)


def test_an_unknown_puzzle_is_refused_with_the_names_of_all() -> None:
    with pytest.raises(ValueError, match=r"8-puzzle, .*blocksworld"):
        domain("9-puzzle")
