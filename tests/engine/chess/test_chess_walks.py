"""Random games in step with python-chess: every fact that both know about every position is compared."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import chess
import chess.polyglot
import numpy as np
import pytest

from engine.chess.exchange import mover, victim
from engine.chess.game import ChessGame
from engine.chess.rules import CHESS
from engine.game import Position
from search.rules import DRAW, LOSS, ONGOING, equal

CHECKS = 64
"""Quiet moves that give check are asked for only in every so many positions: python-chess takes long."""

Choice = Callable[[chess.Board, list[chess.Move], random.Random], chess.Move]


def any_move(board: chess.Board, moves: list[chess.Move], rng: random.Random) -> chess.Move:
    return rng.choice(moves)


def special_move(board: chess.Board, moves: list[chess.Move], rng: random.Random) -> chess.Move:
    """Castling, en passant, promotions, pawn moves and checks more often than by chance."""

    def weight(move: chess.Move) -> int:
        if board.is_castling(move) or board.is_en_passant(move):
            return 40
        if move.promotion or board.gives_check(move):
            return 8
        return 4 if board.piece_type_at(move.from_square) == chess.PAWN else 1

    return rng.choices(moves, [weight(move) for move in moves])[0]


def shuffling_move(board: chess.Board, moves: list[chess.Move], rng: random.Random) -> chess.Move:
    """Back to where it came from, or at least nothing that cannot be undone: positions recur, counters rise."""
    if len(board.move_stack) >= 2 and rng.random() < 0.4:
        last = board.move_stack[-2]
        back = chess.Move(last.to_square, last.from_square)
        if back in moves:
            return back
    return rng.choice([move for move in moves if not board.is_zeroing(move)] or moves)


def claimed_or_automatic(board: chess.Board, *, claim: bool) -> tuple[bool | None, str] | None:
    """Winner and reason after python-chess; claims are for what is on the board, not for what the next move brings."""
    outcome = board.outcome()
    if outcome is not None:
        return outcome.winner, outcome.termination.name
    if claim and board.halfmove_clock >= 100:
        return None, "FIFTY_MOVES"
    if claim and board.is_repetition(3):
        return None, "THREEFOLD_REPETITION"
    return None


REASONS = {
    "checkmate": "CHECKMATE",
    "stalemate": "STALEMATE",
    "insufficient material": "INSUFFICIENT_MATERIAL",
    "seventy-five moves": "SEVENTYFIVE_MOVES",
    "fivefold repetition": "FIVEFOLD_REPETITION",
    "fifty moves": "FIFTY_MOVES",
    "threefold repetition": "THREEFOLD_REPETITION",
}


def compare(game: ChessGame, position: Position, board: chess.Board) -> None:
    """Everything about one position; AssertionError with its FEN where the two differ."""
    state = position.state
    fen = board.fen(shredder=game.chess960, en_passant="xfen")
    assert game.text(state) == fen
    assert equal(game.parse(fen), state), fen

    legal = position.legal()
    by_text = {game.move_text(state, move): move for move in legal}
    assert len(by_text) == len(legal), fen
    assert by_text.keys() == {board.uci(move) for move in board.legal_moves}, fen
    assert int(CHESS.key(state)) == chess.polyglot.zobrist_hash(board), fen
    assert bool(CHESS.in_check(state)) == board.is_check(), fen
    assert int(state.checkers) == board.checkers_mask(), fen

    buffer = np.zeros(CHESS.max_moves, np.int32)
    noisy = {int(move) for move in buffer[: CHESS.noisy(state, buffer)]}
    for text, move in by_text.items():
        named = board.parse_uci(text)
        captured = chess.PAWN if board.is_en_passant(named) else board.piece_type_at(named.to_square)
        expected = 0 if board.is_castling(named) else captured or 0
        assert int(victim(state, move)) == expected, (fen, text)
        assert int(mover(state, move)) == board.piece_type_at(named.from_square), (fen, text)
        wanted = named.promotion == chess.QUEEN or (expected > 0 and named.promotion is None)
        assert (move in noisy) == wanted, (fen, text)

    for claim in (False, True):
        outcome = position.outcome(claim=claim)
        found = None
        if outcome is not None:
            found = (None if outcome.winner is None else outcome.winner == 0), REASONS[outcome.reason]
        assert found == claimed_or_automatic(board, claim=claim), fen
    verdict = position.verdict()
    if board.is_checkmate():
        assert verdict == LOSS, fen
    else:
        drawn = board.is_insufficient_material() or board.halfmove_clock >= 100 or not legal
        assert verdict == (DRAW if drawn else ONGOING), fen


def compare_checks(position: Position, board: chess.Board, game: ChessGame) -> None:
    """`checks`: the quiet moves that give check, castling and promotions left out."""
    buffer = np.zeros(CHESS.max_moves, np.int32)
    found = [int(move) for move in buffer[: CHESS.checks(position.state, buffer)]]
    assert {game.move_text(position.state, move) for move in found} == {
        board.uci(move)
        for move in board.legal_moves
        if board.gives_check(move) and not board.is_capture(move) and not move.promotion and not board.is_castling(move)
    }, board.fen()
    assert len(set(found)) == len(found)


def walk(positions: int, seed: int, *, chess960: bool) -> Counter[str]:
    """Compare so many positions of random games; return what was met how often."""
    rng = random.Random(seed)
    game = ChessGame(chess960=chess960)
    met: Counter[str] = Counter()
    while met["positions"] < positions:
        choose: Choice = rng.choice([any_move, special_move, shuffling_move])
        board = chess.Board.from_chess960_pos(rng.randrange(960)) if chess960 else chess.Board()
        position = Position(game, board.fen(shredder=chess960))
        for _ in range(rng.choice([60, 60, 100, 400])):
            compare(game, position, board)
            met["positions"] += 1
            if met["positions"] % CHECKS == 0 or board.is_check():
                compare_checks(position, board, game)
            if board.is_game_over() or met["positions"] >= positions:
                break
            move = choose(board, list(board.legal_moves), rng)
            text, san = board.uci(move), board.san(move)
            met["castling"] += board.is_castling(move)
            met["en passant"] += board.is_en_passant(move)
            met["promotion"] += move.promotion is not None
            ours = game.parse_move(position.state, text)
            assert game.san(position.state, ours) == san, board.fen()
            assert game.parse_san(position.state, san) == ours, board.fen()
            position.push(ours)
            board.push(move)
    return met


@pytest.mark.parametrize("chess960", [False, True], ids=["standard", "chess960"])
def test_random_games_agree_with_python_chess(chess960: bool) -> None:
    met = walk(1_500, seed=1, chess960=chess960)
    assert min(met[kind] for kind in ("castling", "en passant", "promotion")) >= 1, met


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("chess960", [False, True], ids=["standard", "chess960"])
@pytest.mark.parametrize("seed", range(10, 15))
def test_many_random_games_agree_with_python_chess(seed: int, chess960: bool) -> None:
    """100,000 positions in all."""
    met = walk(10_000, seed, chess960=chess960)
    assert min(met[kind] for kind in ("castling", "en passant", "promotion")) >= 3, met


@pytest.mark.bounds
@pytest.mark.parametrize("chess960", [False, True], ids=["standard", "chess960"])
def test_random_games_with_bounds_checks(chess960: bool) -> None:
    assert walk(300, seed=2, chess960=chess960)["positions"] == 300


@pytest.mark.interpreted
def test_random_games_interpreted() -> None:
    assert walk(100, seed=3, chess960=True)["positions"] == 100
