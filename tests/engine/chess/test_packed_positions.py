"""Positions packed into 32 bytes come back as they were, whatever the game, and impossible ones are noticed."""

from __future__ import annotations

import random

import chess
import numpy as np
import pytest

from engine.chess.game import ChessGame
from engine.chess.packed import (
    DRAWN,
    LOST,
    MOST_PIECES,
    NO_SCORE,
    PACKED,
    WON,
    first_unsound,
    new_positions,
    pack,
    placed,
    result,
    results,
    set_result,
    side_to_move,
    sides,
    sound,
    states_of,
    unpack,
)
from search.rules import equal

GAME = ChessGame()
GAME_960 = ChessGame(chess960=True)


def random_board(number: int, rng: random.Random) -> chess.Board:
    """A position some random plies into a game from the Chess960 start position of this number."""
    while True:
        board = chess.Board.from_chess960_pos(number)
        for _ in range(rng.randrange(120)):
            moves = list(board.legal_moves)
            if not moves:
                break
            weights = [30 if board.is_castling(move) or board.is_en_passant(move) else 1 for move in moves]
            board.push(rng.choices(moves, weights)[0])
            if board.has_pseudo_legal_en_passant() and rng.random() < 0.2:
                break
        if any(board.legal_moves):
            return board


def packed_board(board: chess.Board, **facts: int) -> np.record:
    record: np.record = new_positions(1)[0]
    values = {"score": 0, "move": 0, "result": DRAWN} | facts
    pack(GAME_960.from_board(board), record, values["score"], values["move"], values["result"])
    return record


def test_a_record_has_32_bytes_in_the_order_that_is_documented() -> None:
    assert PACKED.itemsize == 32
    record = packed_board(chess.Board("4k3/8/8/8/8/8/8/R3K3 b Q - 7 20"), score=-35, move=0x1234, result=LOST)
    assert record.tobytes() == bytes.fromhex(
        "1100000000000010"  # a1, e1, e8
        "670e000000000000"
        "0000000000000000"  # a rook that may castle, a king, a black king
        "ddff"
        "3412"
        "2700"
        "07"
        "18"  # -35; the move; ply 39; 7 plies; Black lost, no en passant
    )


@pytest.mark.bounds
def test_a_position_comes_back_field_by_field() -> None:
    rng = random.Random(1)
    for _ in range(40):
        state = GAME_960.from_board(random_board(rng.randrange(960), rng))
        record, back = new_positions(1)[0], GAME.new_state()
        pack(state, record, 12, 34, WON)
        unpack(record, back)
        assert equal(state, back)
        assert sound(record)


def test_thousands_of_positions_come_back_as_python_chess_knows_them() -> None:
    rng = random.Random(2)
    boards = [random_board(rng.randrange(960) if rng.random() < 0.7 else 518, rng) for _ in range(1000)]
    positions = np.array([packed_board(board) for board in boards], PACKED)
    assert first_unsound(positions) == -1
    assert sum(bool(board.castling_rights) for board in boards) > 200
    assert sum(board.has_pseudo_legal_en_passant() for board in boards) > 10
    for board, state in zip(boards, states_of(positions), strict=True):
        assert GAME_960.text(state) == board.fen(shredder=True, en_passant="xfen")


@pytest.mark.interpreted
def test_score_move_and_result_are_those_of_the_side_to_move() -> None:
    white, black = (chess.Board(f"6k1/5ppp/8/8/8/8/8/R3K3 {side} Q - 3 9") for side in "wb")
    first = packed_board(white, score=540, move=513, result=WON)
    second = packed_board(black, score=-540, result=LOST)
    positions = np.array([first, second], PACKED)
    assert positions["score"].tolist() == [540, -540]
    assert positions["ply"].tolist() == [16, 17]
    assert positions["halfmove"].tolist() == [3, 3]
    assert sides(positions).tolist() == [side_to_move(first), side_to_move(second)] == [0, 1]
    assert results(positions).tolist() == [result(first), result(second)] == [WON, LOST]
    set_result(second, DRAWN)
    assert (side_to_move(second), result(second)) == (1, DRAWN)
    assert packed_board(white, score=NO_SCORE)["score"] == NO_SCORE


@pytest.mark.interpreted
def test_pieces_are_listed_square_by_square_and_castling_rooks_are_rooks() -> None:
    squares, codes = np.zeros(MOST_PIECES, np.int64), np.zeros(MOST_PIECES, np.int64)
    count = placed(packed_board(chess.Board()), squares, codes)
    assert count == 32
    board = chess.Board()
    for square, code in zip(squares, codes, strict=True):
        piece = board.piece_at(int(square))
        assert piece is not None
        assert (code & 7, code >> 3) == (piece.piece_type, int(not piece.color))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("occupied", 0),  # no kings
        ("occupied", 2**64 - 1),  # 64 pieces
        ("codes", 0),  # pieces of no kind
        ("codes", 0x6666_6666_6666_6666),  # many kings
        ("marks", 0b0000_0011),  # en passant past no pawn
        ("marks", 0b0000_1100),  # a file beyond the board
    ],
)
def test_what_kernels_could_not_take_is_noticed(field: str, value: int) -> None:
    positions = new_positions(3)
    positions[:] = packed_board(chess.Board())
    assert first_unsound(positions) == -1
    positions[2][field] = np.uint64(value)
    assert first_unsound(positions) == 2


def test_pawns_on_the_last_rank_and_rooks_that_cannot_castle_are_noticed() -> None:
    record = packed_board(chess.Board("4k3/8/8/8/8/8/8/R3K3 w Q - 0 1"))
    assert sound(record)
    record["codes"][0] = 0xE61  # a pawn on a1
    assert not sound(record)
    record["codes"][0] = 0xE6F  # a black rook on a1 that has not moved
    assert not sound(record)
