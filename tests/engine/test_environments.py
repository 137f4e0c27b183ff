"""The Gymnasium environments: Gymnasium's own checker, rewards, opponents, illegal actions, pictures."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import chess
import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import engine.environments
from engine.environments.board import BoardEnvironment
from engine.environments.pictures import DARK, LIGHT, SQUARE, board_picture, piece_picture
from engine.hexapawn.packing import PACKING
from search.minimax import Minimax
from search.rules import NO_MOVE

IDS = ["matchbox/Hexapawn-v0", "matchbox/Chess-v0"]


def make(name: str, **options: Any) -> BoardEnvironment:
    environment = gymnasium.make(name, **options).unwrapped
    assert isinstance(environment, BoardEnvironment)
    return environment


def play(environment: BoardEnvironment, *moves: str) -> tuple[Any, float, bool, bool, dict[str, Any]]:
    """Play moves in coordinates; what the last step returns."""
    for move in moves:
        state = environment.state
        action = environment.encoding.action_of(state, environment.game.parse_move(state, move))
        result = environment.step(np.int64(action))
    return result


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("opponent", [None, "random"])
@pytest.mark.parametrize("render_mode", [None, "ansi", "rgb_array"])
def test_gymnasiums_checker_finds_nothing(name: str, opponent: str | None, render_mode: str | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(make(name, opponent=opponent, render_mode=render_mode))


def test_the_module_in_the_id_registers_the_environments() -> None:
    """In a process that has imported nothing of ours."""
    code = "import gymnasium; print(gymnasium.make('engine.environments:matchbox/Hexapawn-v0', files=4).action_space.n)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "36"


def test_registering_twice_changes_nothing() -> None:
    before = gymnasium.registry["matchbox/Chess-v0"]
    engine.environments.register()
    assert gymnasium.registry["matchbox/Chess-v0"] is before


@pytest.mark.parametrize("name", IDS)
def test_every_masked_action_is_legal_to_the_end_of_the_game(name: str) -> None:
    environment = make(name)
    rng = np.random.default_rng(5)
    _, info = environment.reset(seed=5)
    for _ in range(700):
        assert info["action_mask"].dtype == np.int8
        assert info["action_mask"].sum() == len(environment._position.legal())
        _, reward, terminated, truncated, info = environment.step(rng.choice(np.flatnonzero(info["action_mask"])))
        assert not truncated
        if terminated:
            break
        assert reward == 0
    assert terminated
    assert info["reason"] != "illegal action"
    assert not info["action_mask"].any()


def test_the_reward_is_the_view_of_the_player_who_acted() -> None:
    environment = make("matchbox/Chess-v0")
    environment.reset()
    _, reward, terminated, _, info = play(environment, "f2f3", "e7e5", "g2g4", "d8h4")
    assert (reward, terminated, info["reason"], info["side"]) == (1.0, True, "checkmate", 0)
    environment.reset(options={"position": "7k/8/6QK/8/8/8/8/8 w - - 0 1"})
    _, reward, terminated, _, info = play(environment, "g6f7")
    assert (reward, terminated, info["reason"]) == (0.0, True, "stalemate")


def test_an_illegal_action_loses_the_game_without_an_exception() -> None:
    for name in IDS:
        environment = make(name)
        _, info = environment.reset()
        before = info["position"]
        illegal = int(np.flatnonzero(info["action_mask"] == 0)[0])
        observation, reward, terminated, truncated, info = environment.step(np.int64(illegal))
        assert (reward, terminated, truncated) == (-1.0, True, False)
        assert (info["reason"], info["position"]) == ("illegal action", before)
        assert observation in environment.observation_space
        with pytest.raises(gymnasium.error.ResetNeeded, match="the game is over; call reset"):
            environment.step(np.int64(0))


def test_a_threefold_repetition_is_claimed_and_shown_before() -> None:
    environment = make("matchbox/Chess-v0")
    environment.reset()
    there_and_back = ["g1f3", "g8f6", "f3g1", "f6g8"]
    observation, *_ = play(environment, *there_and_back)
    assert observation[16].min() == 1
    assert observation[17].max() == 0
    _, reward, terminated, _, info = play(environment, *there_and_back)
    assert (reward, terminated, info["reason"]) == (0.0, True, "threefold repetition")


def test_a_random_opponent_replies_at_once_and_comes_from_the_seed() -> None:
    environment = make("matchbox/Chess-v0", opponent="random")

    def replies(seed: int) -> list[str]:
        environment.reset(seed=seed)
        return [play(environment, move)[4]["position"] for move in ("e2e4", "d2d4", "g1f3")]

    assert replies(3) == replies(3)
    assert len({tuple(replies(seed)) for seed in range(5)}) > 1
    assert all(position.split()[1] == "w" for position in replies(3))


def test_an_opponent_moves_first_when_the_caller_is_second() -> None:
    environment = make("matchbox/Hexapawn-v0", opponent="random", side=1)
    _, info = environment.reset(seed=0)
    assert info["side"] == 1
    assert info["position"] != "ppp/3/PPP w"
    sides = {environment.reset(seed=seed, options={"side": None})[1]["side"] for seed in range(10)}
    assert sides == {0, 1}


def test_a_perfect_opponent_never_loses_3x3_as_second_player() -> None:
    environment = make("matchbox/Hexapawn-v0", opponent=Minimax(PACKING, seed=1))
    rng = np.random.default_rng(2)
    for game in range(20):
        _, info = environment.reset(seed=game)
        terminated = False
        while not terminated:
            _, reward, terminated, _, info = environment.step(rng.choice(np.flatnonzero(info["action_mask"])))
        assert reward == -1.0


def test_a_game_can_begin_at_any_position() -> None:
    fen = "4k3/P7/8/8/8/8/8/4K3 w - - 0 1"
    environment = make("matchbox/Chess-v0", position=fen)
    assert environment.reset()[1]["position"] == fen
    other = fen.replace("P7", "1P6")
    assert environment.reset(options={"position": other})[1]["position"] == other
    assert environment.reset()[1]["position"] == fen


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"opponent": "stockfish"}, "opponent 'stockfish': it is None, 'random' or a search.searcher.Searcher"),
        ({"side": 2}, "side 2: it is 0"),
        ({"position": "nonsense"}, "nonsense"),
        (
            {"fen": "7k/8/8/8/8/8/8/K7 w - - 0 1"},
            "option 'fen' is not known; there are opponent, opponent_limits, side",
        ),
    ],
)
@pytest.mark.parametrize("name", IDS)
def test_what_cannot_be_is_refused(name: str, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make(name, **options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"fen": chess.STARTING_FEN}, "option 'fen' is not known; there are 'position' and 'side'"),
        ({"side": 3}, "side 3: it is 0, 1 or None"),
        ({"position": "7k/5Q2/7K/8/8/8/8/8 b - - 0 1"}, "the game is over at '7k/5Q2/7K/8/8/8/8/8 b - - 0 1'"),
    ],
)
def test_options_of_reset_that_cannot_be_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make("matchbox/Chess-v0").reset(options=options)


def test_an_unknown_render_mode_is_refused() -> None:
    from engine.environments.hexapawn import HexapawnEnvironment

    with pytest.raises(ValueError, match="render_mode 'human': it is 'ansi', 'rgb_array' or None"):
        HexapawnEnvironment(render_mode="human")


def test_ansi_shows_the_board() -> None:
    environment = make("matchbox/Hexapawn-v0", render_mode="ansi")
    environment.reset()
    assert environment.render() == environment.game.draw(environment.state) + "\n"
    assert "♙ ♙ ♙" in environment.render()


def test_the_picture_shows_the_pieces_and_the_last_move() -> None:
    environment = make("matchbox/Chess-v0", render_mode="rgb_array")
    environment.reset()
    before = environment.render()
    assert (before.shape, before.dtype) == ((8 * SQUARE, 8 * SQUARE, 3), np.uint8)
    play(environment, "e2e4")
    changed = np.argwhere((environment.render() != before).any(axis=2))
    squares = {(x // SQUARE, 7 - y // SQUARE) for y, x in changed}
    assert squares == {(4, 1), (4, 3)}


def test_the_board_of_the_picture_is_dark_at_a1_and_as_wide_as_the_game() -> None:
    picture = board_picture(4, 3, {})
    assert picture.shape == (3 * SQUARE, 4 * SQUARE, 3)
    assert tuple(picture[-1, 0]) == DARK
    assert tuple(picture[-1, -1]) == LIGHT


def test_every_piece_looks_different_and_stays_in_its_square() -> None:
    pictures = {letter: np.asarray(piece_picture(letter)) for letter in "PNBRQKpnbrqk"}
    assert len({picture.tobytes() for picture in pictures.values()}) == 12
    for letter, picture in pictures.items():
        opacity = picture[:, :, 3]
        border = np.concatenate([opacity[0], opacity[-1], opacity[:, 0], opacity[:, -1]])
        assert border.max() < 8  # what scaling down spills over
        assert 0.15 < (opacity > 128).mean() < 0.6
        brightness = picture[opacity == 255][:, :3].mean()
        assert brightness > 150 if letter.isupper() else brightness < 100


def test_no_action_is_legal_by_accident() -> None:
    """Every action that the mask forbids stands for no move."""
    environment = make("matchbox/Chess-v0")
    _, info = environment.reset()
    legal = environment.encoding.legal(environment.state)
    assert set(legal) == set(np.flatnonzero(info["action_mask"]).tolist())
    assert NO_MOVE not in legal.values()
