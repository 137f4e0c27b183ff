"""The generic functions of the rules dispatch on the record, in both speeds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.hexapawn import HEXAPAWN, HexapawnGame
from examples import tictactoe
from search import rules
from search.kernel import INTERPRETED, kernel
from search.rules import DRAW, LOSS, NO_MOVE, ONGOING

GAME = HexapawnGame(3, 3)


@kernel
def walk(state: Any, child: Any, moves: Any) -> Any:
    """Facts about a state and its first child, written once for every game."""
    count = rules.legal(state, moves)
    rules.play(state, child, moves[0])
    return count, rules.side(state), rules.side(child), rules.key(child), rules.ended(child), rules.noisy(child, moves)


@pytest.mark.bounds
@pytest.mark.interpreted
@pytest.mark.parametrize(
    ("state", "game"),
    [(GAME.parse(GAME.start), HEXAPAWN), (tictactoe.new_game(), tictactoe.TICTACTOE)],
    ids=["hexapawn", "tictactoe"],
)
def test_one_source_serves_two_games_in_two_speeds(state: Any, game: rules.Rules) -> None:
    moves = np.zeros(game.max_moves, np.int32)
    child, other = state.copy(), state.copy()
    compiled = walk(state, child, moves)
    interpreted = getattr(walk, "py_func", walk)(state, other, moves)
    assert tuple(map(int, compiled)) == tuple(map(int, interpreted))
    assert rules.equal(child, other)
    assert int(compiled[0]) == {"hexapawn": 3, "tictactoe": 9}[game.name]


def test_a_state_of_no_registered_game_is_refused() -> None:
    stranger = np.zeros(1, [("unheard_of", np.int64)]).view(np.recarray)[0]
    with pytest.raises(TypeError, match=r"side: no game is registered for states of .*unheard_of"):
        rules.side(stranger)


def test_the_number_of_moves_must_be_possible() -> None:
    for number in (0, 1025):
        with pytest.raises(ValueError, match=f"max_moves of hexapawn is {number}; it must be in 1..1024"):
            replace(HEXAPAWN, max_moves=number)


def test_a_game_may_be_registered_again() -> None:
    assert rules.register(HEXAPAWN) is HEXAPAWN


def test_the_verdict_asks_for_moves_only_where_it_must() -> None:
    moves = np.zeros(HEXAPAWN.max_moves, np.int32)
    assert rules.verdict(GAME.parse(GAME.start), moves) == ONGOING
    assert rules.verdict(GAME.parse("p2/P2/3 w"), moves) == LOSS
    full = tictactoe.new_game()
    full.marks[:] = (0b011_100_101, 0b100_011_010)
    full.side = 1
    assert rules.verdict(full, moves) == DRAW


@pytest.mark.skipif(INTERPRETED, reason="about the compiled functions")
def test_the_digest_of_a_game_names_its_sources() -> None:
    assert HEXAPAWN.digest == HEXAPAWN.digest
    assert HEXAPAWN.digest != tictactoe.TICTACTOE.digest
    assert replace(HEXAPAWN, victim=lambda state, move: 0).digest != HEXAPAWN.digest


@pytest.mark.interpreted
def test_equality_is_of_fields_and_not_of_the_bytes_between() -> None:
    one, two = GAME.parse(GAME.start), GAME.parse(GAME.start)
    assert rules.equal(one, two)
    two.side = 1
    assert not rules.equal(one, two)
    assert not rules.equal(one, tictactoe.new_game())


def test_moves_hold_their_squares() -> None:
    move = GAME.parse_move(GAME.parse(GAME.start), "b1b2")
    assert (int(rules.origin(move)), int(rules.target(move))) == (1, 9)
    assert move != NO_MOVE
