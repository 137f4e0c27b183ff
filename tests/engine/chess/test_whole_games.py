"""Whole games in a kernel are the games that the searcher plays move by move, and what is kept of them is quiet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from engine.chess.game import ChessGame
from engine.chess.packed import DRAWN, LOST, PACKED, WON, new_positions, pack
from engine.chess.whole_games import COURSE, LONGEST_GAME, play_game
from engine.game import Position
from search.alphabeta import AlphaBeta
from search.searcher import MATE, MAX_PLY, Limits

GAME = ChessGame()
EVALUATION = GAME.evaluations["classical"]
USUAL = {
    "nodes": 60, "opening_score": 2000, "won_score": 900, "won_plies": 4, "drawn_score": 10, "drawn_plies": 6,
    "drawn_from": 30, "longest": 150, "most_score": 800, "quiet": 1,
}  # fmt: skip


@dataclass
class Played:
    positions: np.ndarray
    winner: int
    plies: int
    nodes: int


def quickly(fen: str, **changes: int) -> Played | None:
    searcher = AlphaBeta(GAME.rules, EVALUATION, hash_mib=1)
    course = np.zeros(1, COURSE).view(np.recarray)[0]
    for name, value in (USUAL | changes).items():
        course[name] = value
    positions = new_positions(LONGEST_GAME)
    workers = searcher.bare_worker()
    workers[0].states[0] = GAME.parse(fen)
    count = play_game(workers, course, positions)
    if count < 0:
        return None
    return Played(np.asarray(positions[:count]), int(course.winner), int(course.plies), int(course.searched))


def slowly(fen: str, **changes: int) -> Played:
    """The same with `AlphaBeta.search` and python-chess, which knows how games end."""
    course = USUAL | changes
    searcher = AlphaBeta(GAME.rules, EVALUATION, hash_mib=1)
    position = Position(GAME, fen)
    board = GAME.board(position.state)
    whites: list[int] = []
    winner, nodes = -1, 0
    records = new_positions(LONGEST_GAME)
    count = 0
    sides = []
    while len(board.move_stack) < course["longest"]:
        if board.is_fifty_moves() or board.is_repetition(3) or board.is_insufficient_material() or board.is_stalemate():
            break
        if board.is_checkmate():
            winner = int(board.turn)
            break
        result = searcher.search(position.root(), Limits(nodes=course["nodes"]))
        nodes += result.nodes
        whites.append(result.score if board.turn else -result.score)
        last = whites[-course["won_plies"] :]
        if len(last) == course["won_plies"] and min(map(abs, last)) >= course["won_score"]:
            if min(last) > 0 or max(last) < 0:
                winner = int(last[0] < 0)
                break
        level = whites[max(len(whites) - course["drawn_plies"], course["drawn_from"]) :]
        if len(level) == course["drawn_plies"] and max(map(abs, level)) <= course["drawn_score"]:
            break
        move = GAME.to_chess(position.state, result.move)
        loud = course["quiet"] and (board.is_check() or board.is_capture(move) or move.promotion)
        if not loud and abs(result.score) <= course["most_score"]:
            pack(position.state, records[count], result.score, result.move, DRAWN)
            count += 1
            sides.append(position.side)
        position.push(result.move)
        board.push(move)
    for index, side in enumerate(sides):
        outcome = DRAWN if winner < 0 else WON if side == winner else LOST
        records[index]["marks"] = int(records[index]["marks"]) & 31 | outcome << 5
    return Played(np.asarray(records[:count]), winner, len(board.move_stack), nodes)


@pytest.mark.parametrize(
    ("fen", "winner"),
    [
        (GAME.start, None),
        ("rnbqkbnr/ppp2ppp/8/3pp3/4P3/2N5/PPPP1PPP/R1BQKBNR w KQkq - 0 3", None),
        ("4k3/8/8/8/8/8/3QP3/4K3 b - - 0 1", 0),  # the queen wins
        ("4k3/8/8/3r4/8/8/8/3RK3 w - - 95 80", None),
        ("8/8/8/4k3/8/8/4p3/4K3 w - - 0 1", -1),  # level
    ],
)
def test_a_game_in_a_kernel_is_the_game_of_the_searcher(fen: str, winner: int | None) -> None:
    quick, slow = quickly(fen), slowly(fen)
    assert quick is not None
    assert (quick.winner, quick.plies, quick.nodes) == (slow.winner, slow.plies, slow.nodes)
    assert quick.positions.tobytes() == slow.positions.tobytes()
    if winner is not None:
        assert quick.winner == winner


def test_all_positions_are_kept_on_request() -> None:
    quick, slow = quickly(GAME.start, quiet=0), slowly(GAME.start, quiet=0)
    assert quick is not None
    assert quick.positions.tobytes() == slow.positions.tobytes()
    quiet = quickly(GAME.start)
    assert quiet is not None
    assert len(quiet.positions) < len(quick.positions) <= quick.plies
    assert set(quiet.positions["ply"]) < set(quick.positions["ply"])


def test_games_end_by_mate_by_repetition_and_at_their_longest() -> None:
    never = {"won_score": 32_000, "drawn_plies": 1000, "opening_score": 32_000}
    mated = quickly("6k1/5ppp/8/8/8/8/5PPP/R5K1 w - - 0 1", nodes=300, **never)
    assert mated is not None
    assert (mated.winner, mated.plies) == (0, 1)
    assert mated.positions.dtype == PACKED
    assert len(mated.positions) == 0, "a mate is no score to learn"
    short = quickly(GAME.start, longest=5, **never)
    assert short is not None
    assert (short.winner, short.plies) == (-1, 5)
    repeated = quickly("7k/6pp/8/8/8/8/r5PP/Q5K1 w - - 0 1", nodes=2, **never)
    assert repeated is not None
    assert repeated.plies <= 150


def test_a_start_that_is_not_level_or_over_is_not_played() -> None:
    assert quickly("3qk3/8/8/8/8/8/8/4K3 w - - 0 1", opening_score=300) is None
    assert quickly("R5k1/5ppp/8/8/8/8/8/4K3 b - - 0 1") is None
    assert quickly("4k3/8/8/8/8/8/8/4K3 w - - 0 1") is None


def test_results_are_those_of_the_side_to_move() -> None:
    played = quickly(
        "rnb1kbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", nodes=300, won_plies=20, most_score=3000
    )
    assert played is not None
    assert played.winner == 0
    assert len(played.positions)
    for record in played.positions:
        side = int(record["marks"]) >> 4 & 1
        assert int(record["marks"]) >> 5 == (WON if side == 0 else LOST)
        assert abs(int(record["score"])) < MATE - MAX_PLY
