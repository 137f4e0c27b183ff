"""The puzzles as Gymnasium environments."""

from __future__ import annotations

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import latplan.environments
from latplan.environments import PuzzleEnvironment

IDS = [f"matchbox/{name}-v0" for name in ("SlidingTiles", "LightsOut", "Sokoban", "Blocksworld", "Hanoi")]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
def test_gymnasiums_checker_finds_nothing(name: str, render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make(name, render_mode=render_mode).unwrapped)


def test_masked_actions_change_the_picture_and_others_do_not() -> None:
    environment = gymnasium.make("matchbox/SlidingTiles-v0")
    for action in (0, 2):
        picture, info = environment.reset(seed=1, options={"state": tuple(range(9))})
        assert info["action_mask"].tolist() == [0, 1, 0, 1]
        same, _, _, _, info = environment.step(np.int64(action))
        assert np.array_equal(same, picture)
        assert info["state"] == tuple(range(9))


def test_solving_it_is_rewarded_and_ends_the_episode() -> None:
    environment = gymnasium.make("matchbox/LightsOut-v0", render_mode="rgb_array")
    lit = [0] * 25
    for lamp in (0, 1, 5):
        lit[lamp] = 1
    environment.reset(seed=1, options={"state": tuple(lit)})
    _, reward, over, cut, _ = environment.step(np.int64(24))
    assert (reward, over, cut) == (0.0, False, False)
    environment.step(np.int64(24))
    picture, reward, over, cut, info = environment.step(np.int64(0))
    assert (reward, over, cut) == (1.0, True, False)
    assert not any(info["state"])
    assert not picture.any()
    assert environment.render().shape == (45, 45, 3)


def test_other_puzzles_of_a_kind_and_options_that_are_not_right() -> None:
    environment = gymnasium.make("matchbox/SlidingTiles-v0", puzzle="15-puzzle")
    assert environment.observation_space.shape == (56, 56)
    with pytest.raises(ValueError, match="there is no puzzle"):
        PuzzleEnvironment("chess")
    with pytest.raises(ValueError, match="rgb_array"):
        PuzzleEnvironment("hanoi", render_mode="human")
    with pytest.raises(ValueError, match="'goal' is not known"):
        PuzzleEnvironment("hanoi").reset(options={"goal": 1})
    with pytest.raises(gymnasium.error.ResetNeeded):
        PuzzleEnvironment("hanoi").step(np.int64(0))


def test_an_episode_begins_unsolved_and_ends_when_it_is_solved() -> None:
    environment = PuzzleEnvironment("blocksworld")
    assert not any(
        environment.domain.solved(environment.reset(seed=seed, options={})[1]["state"]) for seed in range(99)
    )
    lights = PuzzleEnvironment("lightsout")
    lights.reset(options={"state": tuple(int(lamp in (0, 1, 5)) for lamp in range(25))})
    assert lights.step(np.int64(0))[2]
    with pytest.raises(gymnasium.error.ResetNeeded):
        lights.step(np.int64(0))


def test_an_action_and_a_state_that_do_not_exist_are_refused() -> None:
    environment = PuzzleEnvironment("8-puzzle")
    environment.reset(seed=1)
    for action in (-1, 4):
        with pytest.raises(ValueError, match=f"action .*{action}.* is none of 0 to 3"):
            environment.step(np.int64(action))
    for state in ((1, 2, 3), "solved", tuple(range(1, 10))):
        with pytest.raises(ValueError, match="is no state of 8-puzzle"):
            environment.reset(options={"state": state})


def test_registering_twice_changes_nothing() -> None:
    before = gymnasium.registry[IDS[0]]
    latplan.environments.register()
    assert gymnasium.registry[IDS[0]] is before
