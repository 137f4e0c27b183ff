"""Opening books, endgame tables, chances of winning, and playing weaker on purpose."""

from __future__ import annotations

import random
import struct
from collections import Counter
from pathlib import Path

import chess
import chess.polyglot
import chess.syzygy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book import Book
from engine.strength import choose, node_limit
from engine.tablebase import Tablebase
from engine.uci.commands import parse_go, parse_position
from engine.uci.options import HIGHEST_ELO, LOWEST_ELO, Settings
from engine.uci.session import Session
from engine.wdl import chances, win_draw_loss
from search.searcher import MATE, Line, Result, Stop
from tests.engine.uci.conversation import Conversation, bestmove


def polyglot_move(move: chess.Move) -> int:
    """A move as Polyglot's format has it: to, from, promotion, castling as the king taking its rook."""
    return move.to_square | move.from_square << 6 | ((move.promotion or 1) - 1) << 12


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A book of two moves, e2e4 three times as heavy as d2d4, and one that is not legal."""
    key = chess.polyglot.zobrist_hash(chess.Board())
    path = tmp_path / "book.bin"
    moves = (("e2e4", 300), ("d2d4", 100), ("e2e5", 50))
    entries = [struct.pack(">QHHI", key, polyglot_move(chess.Move.from_uci(uci)), weight, 0) for uci, weight in moves]
    path.write_bytes(b"".join(entries))
    return path


def test_a_book_draws_by_weight_and_never_an_illegal_move(book: Path) -> None:
    opened, generator = Book(book), random.Random(1)
    drawn = Counter(str(opened.choose(chess.Board(), generator)) for _ in range(2000))
    assert set(drawn) == {"e2e4", "d2d4"}
    assert 0.70 < drawn["e2e4"] / 2000 < 0.80
    assert opened.choose(chess.Board("8/8/8/8/8/8/4K3/7k w - - 0 1"), generator) is None
    opened.close()


@pytest.mark.parametrize("content", [None, b"", b"PK not a book"])
def test_a_file_that_is_no_book_is_refused(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "book.bin"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match="book"):
        Book(path)


def test_the_engine_plays_from_its_book_when_it_is_told_to(book: Path) -> None:
    with Conversation() as talk:
        talk.send(f"setoption name BookFile value {book}")
        assert len(talk.go("position startpos", "go depth 3")) > 1  # OwnBook is off
        talk.send("setoption name OwnBook value true")
        lines = talk.go("position startpos", "go depth 3")
        assert bestmove(lines) in ("e2e4", "d2d4")
        assert not any(" depth " in line for line in lines)
        assert len(talk.go("position startpos moves a2a3", "go depth 3")) > 1


class FakeTables:
    """Stands for python-chess's tables: three men, values by a rule that the tests know."""

    def add_directory(self, folder: str) -> int:
        return 1

    def probe_wdl(self, board: chess.Board) -> int:
        """A queen or rook wins for its side."""
        heavy = board.occupied_co[chess.WHITE] & (board.queens | board.rooks)
        return 0 if not heavy else 2 if board.turn else -2

    def probe_dtz(self, board: chess.Board) -> int:
        """Nearer when the bare king is nearer to a1."""
        king = board.king(chess.BLACK)
        assert king is not None
        return chess.square_distance(king, chess.A1) + 1

    def close(self) -> None:
        pass


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tablebase:
    monkeypatch.setattr(chess.syzygy, "Tablebase", FakeTables)
    (tmp_path / "KQvK.rtbw").touch()
    return Tablebase(str(tmp_path))


def test_only_moves_that_keep_the_win_are_left(tables: Tablebase) -> None:
    probe = tables.probe_root(chess.Board("7k/8/6Q1/5K2/8/8/8/8 w - - 0 1"))
    assert probe is not None
    assert probe.wdl == 2
    # Every move of the king leaves a stalemate.
    assert {move.from_square for move in probe.moves} == {chess.G6}
    assert probe.hits > len(probe.moves)


def test_what_the_tables_know_is_told_as_the_score(tables: Tablebase) -> None:
    said: list[str] = []
    session = Session(Settings(), said.append)
    session.tablebase = tables
    session.settings.values["MultiPV"] = 3
    session.set_position(parse_position(["fen", "7k/8/6Q1/5K2/8/8/8/8", "w", "-", "-", "0", "1"]))
    assert bestmove([session.go(parse_go(["depth", "1"]), Stop(), 0.0)])[:2] == "g6"
    lines = [line for line in said if " multipv " in line]
    assert {line.split(" multipv ")[1][0] for line in lines} == {"1", "2", "3"}
    hits = tables.probe_root(chess.Board("7k/8/6Q1/5K2/8/8/8/8 w - - 0 1")).hits  # type: ignore[union-attr]
    assert all(f" tbhits {hits} " in line for line in lines)
    assert all(" score cp 20000 " in line or " score mate " in line for line in lines)


def test_the_loser_runs_where_it_lasts_longest(tables: Tablebase) -> None:
    probe = tables.probe_root(chess.Board("7Q/8/8/8/4k3/8/8/K7 b - - 0 1"))
    assert probe is not None
    assert probe.wdl == -2
    assert {chess.square_distance(move.to_square, chess.A1) for move in probe.moves} == {
        max(
            chess.square_distance(move.to_square, chess.A1)
            for move in chess.Board("7Q/8/8/8/4k3/8/8/K7 b - - 0 1").legal_moves
        )
    }


def test_more_men_than_the_tables_have_are_not_probed(tables: Tablebase) -> None:
    assert tables.probe_root(chess.Board("8/8/8/8/8/2k1p3/1Q6/K7 w - - 0 1")) is None


@pytest.mark.parametrize("folders", ["/no/such/folder", "."])
def test_folders_without_tables_are_refused(folders: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="Syzygy tables"):
        Tablebase(folders)


@given(st.integers(-MATE, MATE))
def test_chances_add_up_and_turn_round_with_the_board(score: int) -> None:
    win, draw, loss = win_draw_loss(score)
    assert win + draw + loss == 1000
    assert min(win, draw, loss) >= 0
    assert win_draw_loss(-score) == (loss, draw, win)


@given(st.integers(-3000, 3000), st.integers(0, 500))
def test_a_better_score_never_lowers_the_chance_of_winning(score: int, more: int) -> None:
    assert win_draw_loss(score + more)[0] >= win_draw_loss(score)[0]


def test_proven_ends_are_certain() -> None:
    assert win_draw_loss(MATE - 3) == (1000, 0, 0)
    assert win_draw_loss(4 - MATE) == (0, 0, 1000)


def _result(*scores: int) -> Result:
    lines = tuple(
        Line(rank=rank, score=score, bound="exact", depth=1, seldepth=1, pv=(rank,))
        for rank, score in enumerate(scores, 1)
    )
    return Result(move=1, ponder=0, score=scores[0], lines=lines, depth=1, nodes=1, seconds=0.0)


def test_the_weaker_the_player_the_more_often_it_errs() -> None:
    def errors(elo: int) -> int:
        generator = random.Random(1)
        return sum(choose(_result(50, 0, -100), elo, generator) != 1 for _ in range(500))

    assert errors(LOWEST_ELO) > errors(1600) > errors(2400)
    assert choose(_result(50, 49), 1000, random.Random(7)) == choose(_result(50, 49), 1000, random.Random(7))


def test_a_higher_rating_means_more_nodes() -> None:
    limits = [node_limit(elo) for elo in range(LOWEST_ELO, HIGHEST_ELO + 1, 50)]
    assert limits == sorted(set(limits))


def test_chances_of_many_scores_are_those_of_each() -> None:
    scores = np.arange(-3000, 3001, 7)
    with np.errstate(all="raise"):
        known = chances(np.append(scores, [-32_000, 32_000]))
    assert np.abs(1000 * known[:-2] - [win_draw_loss(int(score)) for score in scores]).max() <= 1
    assert np.allclose(known[-2:], [(0, 0, 1), (1, 0, 0)])
