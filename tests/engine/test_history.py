"""Encodings that show what came before: where pieces were, whose view it is, and networks that are told of it."""

from __future__ import annotations

from typing import Any

import chess
import numpy as np
import numpy.typing as npt
import pytest

from engine.encodings import default_encoding, encoding
from engine.game import PAST, Position
from engine.games import game
from engine.history import HistoryEncoding
from search.evaluator import Batch, new_batch
from search.mcts import MonteCarlo
from search.mcts.forest import PAST_STATES
from search.memory import copy_record
from search.searcher import Limits
from tests.search.mcts.opinions import Opinionated

CHESS = game("chess")
HEXAPAWN = game("hexapawn4x4")
SEVEN = encoding("chess-history7-1")


def batch_of(position: Position, history: int) -> Batch:
    """A batch of one state with all that came before it."""
    rules = position.game.rules
    batch = new_batch(rules, 1, history)
    copy_record(position.state, batch.states[0])
    batch.counts[0] = rules.legal(position.state, batch.moves[0])
    earlier = position.states[:-1][::-1][:history]
    batch.past_counts[0] = len(earlier)
    keys = position.keys()
    batch.repetitions[0] = (keys[:-1] == keys[-1]).sum()
    for back, state in enumerate(earlier):
        copy_record(state, batch.past[0, back])
        index = len(keys) - 2 - back
        batch.past_repetitions[0, back] = (keys[:index] == keys[index]).sum()
    return batch


def planes_of(position: Position, known: Any = SEVEN) -> npt.NDArray[np.float32]:
    planes = np.full((1, *known.shape), 7, np.float32)
    known.write_batch(batch_of(position, known.history), planes)
    return np.asarray(planes[0])


def pieces(board: chess.Board, view: chess.Color) -> npt.NDArray[np.float32]:
    """Twelve planes of a board, by python-chess, as the player `view` sees it."""
    planes = np.zeros((12, 8, 8), np.float32)
    for square, piece in board.piece_map().items():
        seen = square if view == chess.WHITE else chess.square_mirror(square)
        plane = piece.piece_type - 1 + (0 if piece.color == view else 6)
        planes[plane, chess.square_rank(seen), chess.square_file(seen)] = 1
    return planes


def test_chess_with_history_has_the_planes_that_the_drawing_says() -> None:
    assert SEVEN.shape == (20 + 7 * 14, 8, 8) == (118, 8, 8)
    assert (SEVEN.name, SEVEN.history, SEVEN.actions) == ("chess-history7-1", 7, 4672)
    assert PAST == PAST_STATES == 7


@pytest.mark.parametrize("plies", [0, 1, 5, 30])
def test_earlier_positions_are_shown_as_the_mover_sees_them(plies: int) -> None:
    rng = np.random.default_rng(plies)
    position, board = Position(CHESS), chess.Board()
    boards = [board.copy()]
    for _ in range(plies):
        move = int(rng.choice(position.legal()))
        board.push(CHESS.to_chess(position.state, move))  # type: ignore[attr-defined]
        position.push(move)
        boards.append(board.copy())
    planes = planes_of(position)
    assert np.array_equal(planes[:20], encoding("chess-planes-1").planes_of(position.state, 0))
    for back in range(1, 8):
        shown = planes[20 + 14 * (back - 1) : 20 + 14 * back]
        if back < len(boards):
            assert np.array_equal(shown[:12], pieces(boards[-1 - back], board.turn))
        else:
            assert not shown.any()


def test_earlier_positions_tell_whether_they_had_been_there_before() -> None:
    position = Position(CHESS, moves=["g1f3", "g8f6", "f3g1", "f6g8", "g1f3"])
    planes = planes_of(position)

    def told(back: int) -> tuple[float, float]:
        first = 20 + 14 * (back - 1) + 12
        return float(planes[first].min()), float(planes[first + 1].max())

    assert planes[16].min() == 1  # after 1. Nf3, for the second time
    assert told(1) == (1.0, 0.0)  # the initial position, for the second time
    assert told(2) == told(3) == told(5) == (0.0, 0.0)


@pytest.mark.bounds
@pytest.mark.interpreted
def test_hexapawn_has_a_history_too() -> None:
    known = encoding("hexapawn4x4-history2-1")
    assert known.shape == (4 + 2 * 2, 4, 4)
    position = Position(HEXAPAWN, moves=["a1a2", "b4b3"])
    planes = planes_of(position, known)
    # One ply ago the second player was to move; the first one's pawns are the mover's, at the bottom.
    assert np.argwhere(planes[4]).tolist() == [[0, 1], [0, 2], [0, 3], [1, 0]]
    assert np.argwhere(planes[5]).tolist() == [[3, 0], [3, 1], [3, 2], [3, 3]]
    assert np.argwhere(planes[6]).tolist() == [[0, 0], [0, 1], [0, 2], [0, 3]]


def test_a_search_tells_its_evaluator_of_the_game_and_of_the_line() -> None:
    seen: list[tuple[int, list[int]]] = []

    class Listening(Opinionated):
        def evaluate(self, batch: Batch) -> None:
            super().evaluate(batch)
            for row in range(len(batch.counts)):
                known = int(batch.past_counts[row])
                keys = [int(HEXAPAWN.rules.key(state)) for state in batch.past[row, :known]]
                seen.append((int(HEXAPAWN.rules.key(batch.states[row])), keys))

    position = Position(HEXAPAWN, moves=["a1a2", "b4b3"])
    searcher = MonteCarlo(Listening(HEXAPAWN.rules, history=3), hash_mib=4, batch=4)
    searcher.search(position.root(), Limits(nodes=80))
    game_keys = position.keys().tolist()
    assert seen[0] == (game_keys[-1], game_keys[-2::-1])
    lines = dict(seen)
    below = [past for past in lines.values() if len(past) == 3]
    assert below
    # Whatever came before a state was itself asked about, or was in the game.
    assert {key for past in below for key in past} <= lines.keys() | set(game_keys)


def test_a_batch_without_history_is_written_as_if_there_were_none() -> None:
    position = Position(CHESS, moves=["e2e4", "e7e5"])
    planes = np.full((1, *SEVEN.shape), 7, np.float32)
    SEVEN.write_batch(batch_of(position, 0), planes)
    assert not planes[0, 20:].any()
    assert np.array_equal(SEVEN.planes_of(position.state), planes[0])


def test_actions_are_those_of_the_encoding_within() -> None:
    plain = default_encoding(CHESS)
    state = CHESS.parse("n1n5/PPPk4/8/8/8/8/4Kppp/5N1N b - - 0 1")
    assert SEVEN.legal(state) == plain.legal(state)


@pytest.mark.parametrize("name", ["chess-planes-2", "chess-history8-1", "go-planes-1", "hexapawn3x3", ""])
def test_an_encoding_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="there is no encoding"):
        encoding(name)


def test_an_encoding_needs_planes_of_pieces_to_show_earlier_ones() -> None:
    class Blind(type(default_encoding(HEXAPAWN))):  # type: ignore[misc]
        piece_planes = 0

    with pytest.raises(ValueError, match="cannot be shown"):
        HistoryEncoding(Blind(4, 4), 2)
