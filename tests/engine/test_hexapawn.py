"""Hexapawn: rules, text forms, outcomes and the evaluation."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.game import Position
from engine.games import game as named
from engine.hexapawn import HEXAPAWN, HexapawnGame
from search.rules import NO_MOVE

pytestmark = [pytest.mark.bounds, pytest.mark.interpreted]

THREE = HexapawnGame(3, 3)


def moves(game: HexapawnGame, text: str) -> set[str]:
    position = Position(game, text)
    return {game.move_text(position.state, move) for move in position.legal()}


def written(kernel_name: str, game: HexapawnGame, text: str) -> set[str]:
    """The moves that a kernel such as `noisy` writes for a position."""
    state = game.parse(text)
    buffer = np.zeros(HEXAPAWN.max_moves, np.int32)
    return {game.move_text(state, int(move)) for move in buffer[: getattr(HEXAPAWN, kernel_name)(state, buffer)]}


def test_the_tree_of_3x3_has_the_known_size() -> None:
    """252 nodes, 134 games; 70 positions go on and 65 have ended."""
    paths: Counter[int] = Counter()
    ended: dict[str, bool] = {}
    games = 0
    stack = [Position(THREE)]
    while stack:
        position = stack.pop()
        paths[len(position.moves)] += 1
        over = position.outcome() is not None
        ended[THREE.text(position.state)] = over
        games += over
        for move in [] if over else position.legal():
            played = [
                THREE.move_text(state, done) for state, done in zip(position.states, position.moves, strict=False)
            ]
            stack.append(Position(THREE, None, [*played, THREE.move_text(position.state, move)]))
    assert [paths[ply] for ply in sorted(paths)] == [1, 3, 10, 28, 56, 70, 64, 20]
    assert (sum(paths.values()), games) == (252, 134)
    assert (list(ended.values()).count(False), list(ended.values()).count(True)) == (70, 65)


def test_pawns_step_forward_and_capture_diagonally() -> None:
    assert moves(THREE, "ppp/3/PPP w") == {"a1a2", "b1b2", "c1c2"}
    assert moves(THREE, "ppp/1P1/P1P b") == {"a3a2", "c3c2", "a3b2", "c3b2"}
    assert moves(THREE, "p1p/1p1/PPP w") == {"a1a2", "c1c2", "a1b2", "c1b2"}


def test_captures_do_not_wrap_around_the_edges_of_the_widest_board() -> None:
    wide = HexapawnGame(8, 3)
    assert moves(wide, "8/p6p/P6P w") == set()
    assert moves(wide, "p6p/P6P/8 b") == set()
    assert moves(wide, "pp6/7P/8 w") == {"h2h3"}
    assert moves(wide, "8/7P/P7 w") == {"h2h3", "a1a2"}


def test_reaching_the_last_row_wins() -> None:
    position = Position(THREE, "1p1/P2/2P w", ["a2a3"])
    outcome = position.outcome()
    assert outcome is not None
    assert (outcome.winner, outcome.reason, outcome.result) == (0, "reached the last row", "1-0")
    assert position.legal() == []


def test_who_cannot_move_has_lost() -> None:
    for text, winner in (("p2/P2/3 w", 1), ("p2/P2/3 b", 0), ("3/3/P2 b", 0)):
        outcome = Position(THREE, text).outcome()
        assert outcome is not None
        assert (outcome.winner, outcome.reason) == (winner, "no move left")


def test_noisy_moves_are_captures_and_steps_onto_the_last_row() -> None:
    game = HexapawnGame(4, 5)
    text = "1p2/P3/1p2/2PP/4 w"
    assert moves(game, text) == {"a4b5", "a4a5", "c2b3", "c2c3", "d2d3"}
    assert written("noisy", game, text) == {"a4b5", "a4a5", "c2b3"}


def test_checks_are_quiet_steps_that_threaten_to_reach_the_last_row() -> None:
    game = HexapawnGame(4, 5)
    assert written("checks", game, "1p2/4/P2P/4/4 w") == {"a3a4", "d3d4"}
    assert written("checks", game, "p1p1/4/P2P/4/4 w") == {"d3d4"}
    position = Position(game, "1p2/4/P2P/4/4 w", ["d3d4"])
    assert HEXAPAWN.in_check(position.state)
    assert not HEXAPAWN.in_check(Position(game, "3p/4/P2P/4/4 w", ["a3a4", "d5d4"]).state)


@pytest.mark.parametrize(
    ("text", "move", "worth"),
    [
        ("4/1p2/P3/4/4 w", "a3b4", 100),  # undefended
        ("p3/1p2/P3/4/4 w", "a3b4", 0),  # defended once, not supported
        ("p3/1p2/P1P1/4/4 w", "a3b4", 100),  # defended once, supported once
        ("p1p1/1p2/P1P1/4/4 w", "a3b4", 0),  # defended twice, supported once
        ("4/1p2/4/P3/4 w", "a2a3", -100),  # a step into a capture
        ("4/1p2/4/P3/1P2 w", "a2a3", -100),
        ("4/1p2/4/PP2/4 w", "a2a3", 0),  # supported: an even trade
        ("4/P3/1p2/4/4 w", "a4a5", 5000),  # the game
    ],
)
def test_the_static_exchange_is_exact(text: str, move: str, worth: int) -> None:
    game = HexapawnGame(4, 5)
    state = game.parse(text)
    played = game.parse_move(state, move)
    assert HEXAPAWN.exchange(state, played, worth)
    assert not HEXAPAWN.exchange(state, played, worth + 1)


def test_text_and_state_are_each_others_inverse_along_random_games() -> None:
    rng = np.random.default_rng(1)
    for game in (THREE, HexapawnGame(8, 8), HexapawnGame(4, 5)):
        for _ in range(20):
            position = Position(game)
            while position.outcome() is None:
                again = game.parse(game.text(position.state))
                assert again.tobytes() == position.state.tobytes()
                position.push(int(rng.choice(position.legal())))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ppp/3/PPP", "after the rows must stand 'w' or 'b'"),
        ("ppp/3/PPP x", "after the rows must stand 'w' or 'b'"),
        ("ppp/PPP w", "hexapawn3x3 has 3 rows, not 2"),
        ("ppp/4/PPP w", "row '4' must fill 3 squares"),
        ("ppp/3/PQP w", "row 'PQP' must fill 3 squares"),
        ("ppp/p2/PPP w", "at most 3 pawns"),
        ("P2/3/PP1 w", "the player to move has reached the last row already"),
    ],
)
def test_a_broken_position_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        THREE.parse(text)


@given(st.text(alphabet="pP123/ wbé", max_size=20))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        state = THREE.parse(text)
    except ValueError:
        return
    assert THREE.parse(THREE.text(state)).tobytes() == state.tobytes()


def test_an_illegal_move_is_refused_with_the_legal_ones() -> None:
    with pytest.raises(ValueError, match=r"'a1a3' is not a legal move .* legal: a1a2, b1b2, c1c2"):
        Position(THREE, None, ["a1a3"])


@pytest.mark.parametrize("size", [(2, 3), (3, 2), (9, 3), (3, 9)])
def test_boards_beyond_the_limits_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="must be 3 to 8"):
        HexapawnGame(*size)


def test_games_are_found_by_name() -> None:
    assert named("hexapawn4x5").name == "hexapawn4x5" == named("hexapawn-4x5").name
    with pytest.raises(ValueError, match="the games are chess, chess960, and hexapawn3x3 to hexapawn8x8"):
        named("hexapawn")


def test_the_drawing_shows_the_first_player_at_the_bottom() -> None:
    assert THREE.draw(THREE.parse("p1p/1P1/P2 b")).splitlines() == [
        "3 │ ♟ · ♟",
        "2 │ · ♙ ·",
        "1 │ ♙ · ·",
        "  └──────",
        "    a b c",
    ]


def test_keys_tell_boards_and_players_apart() -> None:
    keys = {
        int(HexapawnGame(files, ranks).parse(f"{files}/" * (ranks - 1) + f"P{files - 1} {side}").key)
        for files in range(3, 9)
        for ranks in range(3, 9)
        for side in "wb"
    }
    assert len(keys) == 72


def test_the_evaluation_is_the_movers_view_and_likes_passed_pawns() -> None:
    evaluation = THREE.evaluations["pawns"]
    game = HexapawnGame(4, 5)

    def score(text: str) -> int:
        accumulator = np.zeros(1, evaluation.dtype).view(np.recarray)[0]
        state = game.parse(text)
        evaluation.refresh(accumulator, state)
        child = np.zeros(1, evaluation.dtype).view(np.recarray)[0]
        evaluation.advance(child, accumulator, state, state, NO_MOVE)
        assert evaluation.score(child, state) == evaluation.score(accumulator, state)
        return int(evaluation.score(accumulator, state))

    assert score(game.start) == 0
    assert score("p3/4/4/4/PP2 w") == -score("p3/4/4/4/PP2 b") > 0
    assert score("3p/4/P3/4/4 w") > score("1p2/4/P3/4/4 w")  # nothing can stop it; something can
    assert score("p3/4/4/4/3P w") == 0
