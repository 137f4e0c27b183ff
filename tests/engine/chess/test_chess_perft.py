"""Perft: the generator counts exactly what it should, over a suite and over published figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import chess
import pytest

from engine.chess.game import ChessGame
from engine.chess.perft import divide, perft

SUITE = Path(__file__).with_name("perft_suite.epd")
#: Counts of others, which a checkout may lie beside.
PUBLISHED = Path(__file__).resolve().parents[4] / "shared" / "data" / "perft"

#: In the default run a position is counted to the deepest figure below this.
QUICK_NODES = 1_500_000

STANDARD, CHESS960 = ChessGame(), ChessGame(chess960=True)


def suite() -> list[tuple[str, dict[int, int]]]:
    """FEN and the count for each depth."""
    entries = []
    for line in SUITE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            fen, *counts = line.split(" ;")
            entries.append((fen, {int(depth[1:]): int(nodes) for depth, nodes in map(str.split, counts)}))
    return entries


def is_chess960(fen: str) -> bool:
    return any(letter not in "KQkq-" for letter in fen.split()[2])


def exact(entries: list[tuple[str, dict[int, int]]], most_nodes: int, *, play_last: bool = False) -> Iterator[str]:
    """What differs, at the deepest figure of each position that has at most so many nodes."""
    for fen, counts in entries:
        depth = max((depth for depth, nodes in counts.items() if nodes <= most_nodes), default=1)
        nodes = perft(STANDARD.parse(fen), depth, play_last=play_last)
        if nodes != counts[depth]:
            yield f"{fen}: perft {depth} is {nodes}, not {counts[depth]}"


def test_the_suite_has_what_it_should() -> None:
    entries = suite()
    boards = [chess.Board(fen, chess960=True) for fen, _ in entries]
    assert len({fen for fen, _ in entries}) == len(entries) >= 100
    assert all(max(counts) >= 4 for _, counts in entries)
    assert sum(is_chess960(fen) for fen, _ in entries) >= 25
    assert sum(board.has_legal_en_passant() for board in boards) >= 15
    assert sum(any(map(board.is_castling, board.legal_moves)) for board in boards) >= 25
    assert sum(any(move.promotion for move in board.legal_moves) for board in boards) >= 15


def test_the_suite_is_counted_exactly() -> None:
    assert list(exact(suite(), QUICK_NODES)) == []


def test_the_suite_is_counted_exactly_with_every_move_played() -> None:
    assert list(exact(suite(), QUICK_NODES // 4, play_last=True)) == []


@pytest.mark.slow
def test_the_suite_is_counted_exactly_to_its_full_depth() -> None:
    assert list(exact(suite(), 10**12)) == []


@pytest.mark.bounds
def test_a_part_of_the_suite_with_bounds_checks() -> None:
    assert list(exact(suite(), 100_000)) == []


@pytest.mark.interpreted
def test_a_part_of_the_suite_interpreted() -> None:
    assert list(exact(suite()[::6], 60)) == []


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="no folder of published perft counts beside this checkout")
@pytest.mark.slow
def test_published_counts_are_met() -> None:
    entries = []
    for line in (PUBLISHED / "stockfish_ci_perft.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        fen, depth, nodes, _ = line.split("\t")
        entries.append((fen, {int(depth): int(nodes)}))
    fen = ""
    for line in (PUBLISHED / "tricky.perft").read_text(encoding="utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if word == "epd":
            fen = rest
        elif word == "perft":
            depth, nodes = rest.split()
            entries.append((fen, {int(depth): int(nodes)}))
    assert len(entries) > 50
    assert list(exact(entries, 10**12)) == []


def test_divide_sums_up_to_perft() -> None:
    fen = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"
    state = STANDARD.parse(fen)
    by_move = divide(state, 3)
    board = chess.Board(fen)
    assert {STANDARD.move_text(state, move) for move in by_move} == {move.uci() for move in board.legal_moves}
    assert sum(by_move.values()) == perft(state, 3) == perft(state, 3, play_last=True) == 97862
    assert divide(state, 3, play_last=True) == by_move
    assert divide(state, 1) == dict.fromkeys(by_move, 1)


def test_no_depth_is_one_line() -> None:
    state = STANDARD.parse(chess.STARTING_FEN)
    assert perft(state, 0) == perft(state, 0, play_last=True) == 1
    assert divide(state, 0) == {}


@pytest.mark.parametrize("depth", [-1, 33])
def test_a_depth_that_cannot_be_counted_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match=r"the depth must be in 0\.\.32"):
        perft(STANDARD.parse(chess.STARTING_FEN), depth)


def test_a_mated_side_has_no_lines() -> None:
    mate = CHESS960.parse("4R1k1/5ppp/8/8/8/8/8/6K1 b - - 0 1")
    assert perft(mate, 1) == perft(mate, 4) == perft(mate, 4, play_last=True) == 0
