"""Encodings: planes and actions of chess and Hexapawn, their round trip, and the view of the mover."""

from __future__ import annotations

from typing import Any

import chess
import numpy as np
import pytest

from engine.chess.attack_planes import AttackEncoding
from engine.chess.game import ChessGame
from engine.chess.planes import ACTIONS, ChessEncoding
from engine.encoding import Encoding
from engine.game import Game, Position
from engine.hexapawn import HexapawnGame
from engine.hexapawn.planes import HexapawnEncoding
from search.memory import aligned_records
from search.rules import NO_MOVE

CHESS, CHESS960 = ChessGame(), ChessGame(chess960=True)
ENCODING = ChessEncoding()
OF_CHESS = (ENCODING, AttackEncoding())

POSITIONS = {
    "the initial position": chess.STARTING_FEN,
    "castling, both sides": "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "en passant": "rnbqkbnr/ppp1pppp/8/8/3pP3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1",
    "promotions": "n1n5/PPPk4/8/8/8/8/4Kppp/5N1N b - - 0 1",
    "promotions of White": "n1n5/PPPk4/8/8/8/8/4Kppp/5N1N w - - 0 1",
    "queens everywhere": "3Q4/1Q4Q1/4Q3/2Q4R/Q4Q2/3Q4/1Q4Rp/1K1BBNNk w - - 0 1",
    "Chess960, king beside its rook": "5kr1/8/8/8/8/8/8/1RK5 w Bg - 0 1",
}


def laws(encoding: Encoding, game: Game, position: Position) -> None:
    """The laws of `engine.encoding` for one position."""
    state, legal = position.state, position.legal()
    actions = [encoding.action_of(state, move) for move in legal]
    assert len(set(actions)) == len(legal)
    assert all(0 <= action < encoding.actions for action in actions)
    assert [encoding.move_of(state, action) for action in actions] == legal
    mask = encoding.mask(state)
    assert mask.dtype == np.int8
    assert mask.shape == (encoding.actions,)
    assert sorted(actions) == np.flatnonzero(mask).tolist()
    assert set(mask.tolist()) <= {0, 1}
    absent = int(np.flatnonzero(mask == 0)[0])
    assert encoding.move_of(state, absent) == NO_MOVE
    planes = encoding.planes_of(state)
    assert planes.shape == encoding.shape
    assert planes.dtype == np.float32
    assert 0 <= planes.min() <= planes.max() <= 1


@pytest.mark.parametrize("encoding", OF_CHESS, ids=lambda encoding: encoding.name)
@pytest.mark.parametrize("fen", POSITIONS.values(), ids=POSITIONS.keys())
def test_moves_and_actions_of_chess_are_each_others_inverse(fen: str, encoding: Encoding) -> None:
    rng = np.random.default_rng(7)
    for _ in range(3):
        position = Position(CHESS960, fen)
        for _ in range(40):
            if position.outcome() is not None:
                break
            laws(encoding, CHESS960, position)
            position.push(int(rng.choice(position.legal())))


@pytest.mark.bounds
@pytest.mark.interpreted
@pytest.mark.parametrize("size", [(3, 3), (4, 5), (8, 3), (3, 8), (8, 8)], ids=str)
def test_moves_and_actions_of_hexapawn_are_each_others_inverse(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    game, encoding = HexapawnGame(*size), HexapawnEncoding(*size)
    for _ in range(5):
        position = Position(game)
        while position.outcome() is None:
            laws(encoding, game, position)
            position.push(int(rng.choice(position.legal())))


def action(fen: str, move: str, game: Game = CHESS) -> tuple[int, int]:
    """Plane and square of the action of a move."""
    state = game.parse(fen)
    return divmod(ENCODING.action_of(state, game.parse_move(state, move)), 64)


@pytest.mark.parametrize(
    ("fen", "move", "plane", "square"),
    [
        (chess.STARTING_FEN, "e2e4", 7 * 0 + 1, chess.E2),
        (chess.STARTING_FEN, "g1f3", 56 + 7, chess.G1),
        (chess.STARTING_FEN, "b1c3", 56 + 0, chess.B1),
        (chess.STARTING_FEN.replace(" w ", " b "), "e7e5", 7 * 0 + 1, chess.E2),  # Black's board is turned
        (chess.STARTING_FEN.replace(" w ", " b "), "g8f6", 56 + 7, chess.G1),
        ("4k3/8/8/8/3Q4/8/8/4K3 w - - 0 1", "d4h8", 7 * 1 + 3, chess.D4),
        ("4k3/8/8/8/3Q4/8/8/4K3 w - - 0 1", "d4h4", 7 * 2 + 3, chess.D4),
        ("4k3/8/8/8/3Q4/8/8/4K3 w - - 0 1", "d4g1", 7 * 3 + 2, chess.D4),
        ("4k3/8/8/8/3Q4/8/8/4K3 w - - 0 1", "d4d1", 7 * 4 + 2, chess.D4),
        ("4k3/8/8/8/3Q4/8/8/4K3 w - - 0 1", "d4a1", 7 * 5 + 2, chess.D4),
        ("4k3/8/8/8/3Q4/8/8/4K3 w - - 0 1", "d4a4", 7 * 6 + 2, chess.D4),
        ("4k3/8/8/8/3Q4/8/8/4K3 w - - 0 1", "d4a7", 7 * 7 + 2, chess.D4),
        ("4k3/8/8/8/8/8/8/R3K2R w KQ - 0 1", "e1g1", 7 * 2 + 2, chess.E1),  # the king onto its rook
        ("4k3/8/8/8/8/8/8/R3K2R w KQ - 0 1", "e1c1", 7 * 6 + 3, chess.E1),
        ("1n2k3/P7/8/8/8/8/8/4K3 w - - 0 1", "a7a8q", 7 * 0 + 0, chess.A7),
        ("1n2k3/P7/8/8/8/8/8/4K3 w - - 0 1", "a7b8q", 7 * 1 + 0, chess.A7),
        ("1n2k3/P7/8/8/8/8/8/4K3 w - - 0 1", "a7a8n", 64 + 1, chess.A7),
        ("1n2k3/P7/8/8/8/8/8/4K3 w - - 0 1", "a7b8r", 64 + 3 * 2 + 2, chess.A7),
        ("4k3/8/8/8/8/8/7p/4K1N1 b - - 0 1", "h2g1b", 64 + 3 * 1 + 0, chess.H7),
    ],
)
def test_actions_are_where_the_drawing_says(fen: str, move: str, plane: int, square: int) -> None:
    assert action(fen, move) == (plane, square)


def test_eight_knight_leaps_have_eight_planes_clockwise() -> None:
    fen = "4k3/8/8/8/3N4/8/8/4K3 w - - 0 1"
    leaps = ["d4e6", "d4f5", "d4f3", "d4e2", "d4c2", "d4b3", "d4b5", "d4c6"]
    assert [action(fen, leap) for leap in leaps] == [(56 + leap, chess.D4) for leap in range(8)]


def test_there_are_4672_actions() -> None:
    assert ACTIONS == ENCODING.actions == 4672


@pytest.mark.parametrize("encoding", OF_CHESS, ids=lambda encoding: encoding.name)
@pytest.mark.parametrize("fen", POSITIONS.values(), ids=POSITIONS.keys())
def test_black_sees_what_white_sees_in_the_mirrored_position(fen: str, encoding: Encoding) -> None:
    """Planes and actions of a position and of its mirror image are the same, but for the colour to move."""
    board = chess.Board(fen, chess960=True)
    mirrored = CHESS960.from_board(board.mirror())
    state = CHESS960.from_board(board)
    one, two = encoding.planes_of(state), encoding.planes_of(mirrored)
    colour = 18
    assert np.array_equal(np.delete(one, colour, 0), np.delete(two, colour, 0))
    assert {float(one[colour].min()), float(two[colour].min())} == {0.0, 1.0}
    assert np.array_equal(encoding.mask(state), encoding.mask(mirrored))


def test_the_planes_of_chess_are_where_the_docstring_says() -> None:
    fen = "r3k2r/8/8/3pP3/8/8/7P/R3K2R w KQq d6 7 20"
    planes = ENCODING.planes_of(CHESS.parse(fen), repetitions=1)

    def squares(plane: int) -> set[str]:
        return {chess.square_name(chess.square(file, rank)) for rank, file in np.argwhere(planes[plane] == 1)}

    everywhere = set(chess.SQUARE_NAMES)
    assert squares(0) == {"e5", "h2"}
    assert squares(3) == {"a1", "h1"}
    assert squares(5) == {"e1"}
    assert squares(6) == {"d5"}
    assert squares(9) == {"a8", "h8"}
    assert squares(11) == {"e8"}
    assert squares(12) == {"a1", "h1"}
    assert squares(13) == {"a8"}
    assert squares(14) == {"d6"}
    assert np.allclose(planes[15], 0.07)
    assert squares(16) == everywhere
    assert squares(17) == set()
    assert squares(18) == set()
    assert squares(19) == everywhere
    assert all(not squares(plane) for plane in (1, 2, 4, 7, 8, 10))
    twice = ENCODING.planes_of(CHESS.parse(fen), repetitions=2)
    assert twice[16:18].min() == 1


@pytest.mark.bounds
@pytest.mark.interpreted
def test_the_planes_of_hexapawn_are_where_the_docstring_says() -> None:
    game, encoding = HexapawnGame(4, 3), HexapawnEncoding(4, 3)
    planes = encoding.planes_of(game.parse("p1p1/1P2/P2P b"))
    assert planes.shape == (4, 3, 4)
    assert np.argwhere(planes[0]).tolist() == [[0, 0], [0, 2]]
    assert np.argwhere(planes[1]).tolist() == [[1, 1], [2, 0], [2, 3]]
    assert planes[2].min() == planes[3].min() == 1
    state = game.parse("p1p1/1P2/P2P b")
    names = {game.move_text(state, move): divmod(action, 12) for action, move in encoding.legal(state).items()}
    assert names == {"a3b2": (2, 0), "c3b2": (0, 2), "a3a2": (1, 0), "c3c2": (1, 2)}


def test_a_batch_is_its_states_one_by_one() -> None:
    states = aligned_records(len(POSITIONS), ENCODING.rules.dtype)
    for index, fen in enumerate(POSITIONS.values()):
        states[index] = CHESS960.parse(fen)
    repetitions = np.arange(len(POSITIONS), dtype=np.int64) % 3
    planes = np.full((len(POSITIONS), *ENCODING.shape), 7, np.float32)
    ENCODING.write(states, repetitions, planes)
    for index, fen in enumerate(POSITIONS.values()):
        state: Any = CHESS960.parse(fen)
        assert np.array_equal(planes[index], ENCODING.planes_of(state, int(repetitions[index])))


def test_a_move_that_is_not_legal_has_no_action() -> None:
    state = CHESS.parse(chess.STARTING_FEN)
    with pytest.raises(ValueError, match="move 4095 is not legal"):
        ENCODING.action_of(state, 4095)
