"""Attack sets, static exchanges, passing the turn and the keys, each against an independent answer."""

from __future__ import annotations

import random
from collections.abc import Iterator

import chess
import numpy as np
import pytest

from engine.chess import attacks
from engine.chess.exchange import VALUES, exchange, gain
from engine.chess.game import ChessGame
from engine.chess.movegen import legal
from engine.chess.play import pass_turn
from engine.chess.rules import structure, threatened
from engine.chess.state import MAX_MOVES
from search.memory import aligned_records
from search.rules import equal

CHESS = ChessGame()
SLIDERS = {chess.BISHOP: attacks.bishop_attacks, chess.ROOK: attacks.rook_attacks}


def positions(count: int, seed: int) -> Iterator[chess.Board]:
    """Positions of random games."""
    rng = random.Random(seed)
    while True:
        board = chess.Board()
        for _ in range(rng.randrange(10, 150)):
            if board.is_game_over():
                break
            board.push(rng.choice(list(board.legal_moves)))
            if rng.random() < 0.1 and not board.is_game_over():
                yield board
                count -= 1
                if count == 0:
                    return


@pytest.mark.bounds
@pytest.mark.interpreted
@pytest.mark.parametrize("kind", SLIDERS, ids=["bishop", "rook"])
def test_sliders_stop_at_the_first_piece(kind: int) -> None:
    rng = random.Random(7)
    for square in chess.SQUARES:
        for density in (0.0, 0.2, 0.5, 1.0):
            occupied = sum(1 << other for other in range(64) if rng.random() < density)
            board = chess.Board(None)
            board.set_piece_at(square, chess.Piece(kind, chess.WHITE))
            for other in chess.SquareSet(occupied & ~(1 << square)):
                board.set_piece_at(other, chess.Piece(chess.PAWN, chess.BLACK))
            found = SLIDERS[kind](square, np.uint64(occupied | 1 << square))
            assert int(found) == board.attacks_mask(square), (square, hex(occupied))
            assert found == SLIDERS[kind](square, np.uint64(occupied & ~(1 << square)))


@pytest.mark.interpreted
def test_leapers_and_lines() -> None:
    for square in chess.SQUARES:
        assert int(attacks.knight_attacks(square)) == chess.BB_KNIGHT_ATTACKS[square]
        assert int(attacks.king_attacks(square)) == chess.BB_KING_ATTACKS[square]
        for side in (0, 1):
            assert int(attacks.pawn_attacks(side, square)) == chess.BB_PAWN_ATTACKS[side == 0][square]
        for other in chess.SQUARES:
            assert int(attacks.between(square, other)) == chess.between(square, other)
            assert int(attacks.line(square, other)) == chess.ray(square, other)


def test_attackers_of_both_sides() -> None:
    for board in positions(100, seed=3):
        state = CHESS.parse(board.fen())
        occupied = np.uint64(board.occupied)
        for square in chess.SQUARES:
            expected = board.attackers_mask(chess.WHITE, square) | board.attackers_mask(chess.BLACK, square)
            assert int(attacks.attackers(state, square, occupied)) == expected, (board.fen(), square)


def test_what_the_opponent_threatens() -> None:
    for board in positions(100, seed=4):
        pieces = chess.SquareSet(board.occupied_co[not board.turn])
        expected = chess.SquareSet()
        for square in pieces:
            expected |= board.attacks(square)
        assert int(threatened(CHESS.parse(board.fen()))) == int(expected), board.fen()


def won(board: chess.Board, square: int, side: bool) -> int:
    """What `side` wins at best by capturing on `square` with its least valuable piece first, or by leaving it."""
    takers = board.attackers(side, square)
    if not takers:
        return 0
    taker = min(takers, key=board.piece_type_at)
    if board.piece_type_at(taker) == chess.KING and board.attackers(not side, square):
        return 0
    after = board.copy(stack=False)
    victim = after.piece_type_at(square)
    assert victim is not None
    after.set_piece_at(square, after.remove_piece_at(taker))
    return max(0, VALUES[victim] - won(after, square, not side))


def exchanged(board: chess.Board, move: chess.Move) -> int:
    """The static exchange evaluation of a move that is no castling, by plain recursion on a board."""
    victim = chess.PAWN if board.is_en_passant(move) else board.piece_type_at(move.to_square) or 0
    gained = VALUES[victim]
    if move.promotion:
        gained += VALUES[move.promotion] - VALUES[chess.PAWN]
    after = board.copy(stack=False)
    after.push(move)
    return gained - won(after, move.to_square, after.turn)


@pytest.mark.bounds
def test_static_exchange_agrees_with_plain_recursion() -> None:
    captures = 0
    for board in positions(400, seed=5):
        state = CHESS.parse(board.fen())
        for named in board.legal_moves:
            move = CHESS.parse_move(state, named.uci())
            if board.is_castling(named):
                assert exchange(state, move, 0)
                assert not exchange(state, move, 1)
                assert gain(state, move) == 0
                continue
            captures += board.is_capture(named)
            worth = exchanged(board, named)
            for threshold in (worth - 1, worth, worth + 1):
                assert exchange(state, move, threshold) == (worth >= threshold), (board.fen(), named.uci(), threshold)
    assert captures > 500


@pytest.mark.interpreted
@pytest.mark.parametrize(
    ("fen", "move", "worth"),
    [
        ("4k3/8/3p4/4p3/8/5N2/8/4K3 w - - 0 1", "f3e5", VALUES[1] - VALUES[2]),
        ("4k3/8/8/4p3/8/5N2/8/4K3 w - - 0 1", "f3e5", VALUES[1]),
        ("4k3/8/3p4/4p3/8/8/4Q3/4RK2 w - - 0 1", "e2e5", VALUES[1] - VALUES[5] + VALUES[1]),  # the rook behind takes
        ("4k3/8/8/3pP3/8/8/8/4K3 w - d6 0 1", "e5d6", VALUES[1]),
        ("8/2P1k3/8/8/8/8/8/4K3 w - - 0 1", "c7c8q", VALUES[5] - VALUES[1]),
        ("8/2Pk4/8/8/8/8/8/4K3 w - - 0 1", "c7c8q", -VALUES[1]),
        ("4k3/8/8/8/3p4/8/3K4/8 w - - 0 1", "d2d3", 0),
        ("4k3/8/8/2p5/8/3N4/8/4K3 w - - 0 1", "d3b4", -VALUES[2]),
    ],
    ids=["defended pawn", "free pawn", "battery", "en passant", "promotion", "lost promotion", "quiet", "hanging"],
)
def test_what_a_move_wins(fen: str, move: str, worth: int) -> None:
    state = CHESS.parse(fen)
    number = CHESS.parse_move(state, move)
    assert exchange(state, number, worth)
    assert not exchange(state, number, worth + 1)


@pytest.mark.interpreted
def test_passing_the_turn_is_refused_in_check_and_with_pawns_alone() -> None:
    child = aligned_records(1, CHESS.rules.dtype)[0]
    for fen in ("4k3/8/8/8/8/8/4r3/R3K3 w - - 0 1", "4k3/8/8/8/8/8/4P3/4K3 w - - 0 1", "4k3/8/8/8/8/8/8/4K3 w - - 0 1"):
        assert not pass_turn(CHESS.parse(fen), child)


@pytest.mark.interpreted
def test_passing_the_turn_changes_nothing_else() -> None:
    child = aligned_records(1, CHESS.rules.dtype)[0]
    assert pass_turn(CHESS.parse("4k3/8/8/2pP4/8/8/8/R3K3 w Q c6 7 30"), child)
    assert equal(child, CHESS.parse("4k3/8/8/2pP4/8/8/8/R3K3 b Q - 0 30"))
    assert pass_turn(CHESS.parse("r3k3/8/8/8/2pP4/8/8/R3K3 b q d3 7 30"), child)
    assert equal(child, CHESS.parse("r3k3/8/8/8/2pP4/8/8/R3K3 w q - 0 31"))


@pytest.mark.interpreted
def test_parts_of_the_position_have_their_own_keys() -> None:
    def parts(fen: str) -> list[int]:
        state = CHESS.parse(fen)
        return [int(structure(state, np.int64(index))) for index in range(3)]

    one = parts("4k3/pp6/8/3n4/8/8/PP6/R3K3 w - - 0 1")
    assert all(one)
    assert parts("4k3/pp6/8/8/5n2/8/PP6/R3K3 b - - 3 9")[:2] == one[:2]
    assert parts("4k3/pp6/8/8/5n2/8/PP6/R3K3 b - - 3 9")[2] != one[2]
    assert parts("4k3/p7/1p6/3n4/8/8/PP6/R3K3 w - - 0 1")[1:] == one[1:]
    assert parts("4k3/p7/1p6/3n4/8/8/PP6/R3K3 w - - 0 1")[0] != one[0]


def test_the_most_moves_known_fit() -> None:
    state = CHESS.parse("R6R/3Q4/1Q4Q1/4Q3/2Q4Q/Q4Q2/pp1Q4/kBNN1KB1 w - - 0 1")
    assert legal(state, np.zeros(MAX_MOVES, np.int32)) == 218
