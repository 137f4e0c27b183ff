"""Openings from every source, and what is said about files that hold none."""

from __future__ import annotations

import zipfile
from pathlib import Path

import chess
import pytest

from selfplay.matches.openings import load_openings, pair_opening

EPD = "r1bqkbnr/pppp1ppp/2n5/4p3/4P3/5N2/PPPP1PPP/RNBQKB1R w KQkq - 2 3"
PGN = """[Event "?"]
[ECO "C60"]
[Opening "Ruy Lopez"]

1. e4 e5 2. Nf3 Nc6 3. Bb5 {a comment} (3. Bc4) a6 *

[Event "?"]
[FEN "4k3/8/8/8/8/8/4P3/4K3 w - - 0 1"]
[SetUp "1"]

1. e4 *
"""


def test_built_in_set_is_balanced_and_without_doubles() -> None:
    openings = load_openings("builtin")
    boards = [opening.board() for opening in openings]
    assert len(openings) >= 250
    assert len({board.epd() for board in boards}) == len(openings)
    assert all(board.is_valid() and not board.is_check() and board.ply() == 0 for board in boards)
    assert all(board.turn == chess.WHITE for board in boards)


def test_shuffling_is_by_seed() -> None:
    plain, once, again = load_openings("builtin"), load_openings("builtin", seed=1), load_openings("builtin", seed=1)
    assert once == again != plain
    assert set(once) == set(plain)


def test_epd_and_fen_lines(tmp_path: Path) -> None:
    path = tmp_path / "some.epd"
    path.write_text(f'# comment\n\n{" ".join(EPD.split()[:4])} bm Bb5; id "three";\n{EPD}\n')
    first, second = load_openings(str(path))
    assert first.name == "three"
    assert first.fen.split()[:4] == EPD.split()[:4]
    assert second.fen == EPD


def test_epd_with_chess960_castling_is_chess960(tmp_path: Path) -> None:
    path = tmp_path / "960.epd"
    path.write_text("nrbbqknr/pppppppp/8/8/8/8/PPPPPPPP/NRBBQKNR w HBhb -\n")
    (opening,) = load_openings(str(path))
    assert opening.chess960
    assert opening.board().has_kingside_castling_rights(chess.WHITE)


def test_pgn_lines_with_their_history(tmp_path: Path) -> None:
    path = tmp_path / "book.pgn"
    path.write_text(PGN)
    lopez, ending = load_openings(str(path))
    assert lopez.name == "C60 Ruy Lopez"
    assert lopez.moves == ("e2e4", "e7e5", "g1f3", "b8c6", "f1b5", "a7a6")
    assert len(lopez.board().move_stack) == 6
    assert ending.board().fen() == "4k3/8/8/8/4P3/8/8/4K3 b - - 0 1"


def test_pgn_lines_are_cut_at_plies(tmp_path: Path) -> None:
    path = tmp_path / "book.pgn"
    path.write_text(PGN)
    assert load_openings(str(path), plies=2)[0].moves == ("e2e4", "e7e5")


def test_zip_holds_files_of_either_kind(tmp_path: Path) -> None:
    path = tmp_path / "books.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.epd", EPD)
        archive.writestr("b.pgn", PGN)
        archive.writestr("readme.md", "no opening")
    assert len(load_openings(str(path))) == 3


def test_chess960_by_number() -> None:
    (usual,) = load_openings("chess960:518")
    assert usual.board().board_fen() == chess.STARTING_BOARD_FEN
    assert len({opening.fen for opening in load_openings("chess960")}) == 960


def test_positions_where_the_game_is_over_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "some.fen"
    path.write_text(f"rnb1kbnr/pppp1ppp/8/4p3/6Pq/5P2/PPPPP2P/RNBQKBNR w KQkq - 1 3\n{EPD}\n")
    assert [opening.fen for opening in load_openings(str(path))] == [EPD]


def test_the_list_starts_again_when_it_is_used_up() -> None:
    openings = load_openings("builtin")[:3]
    assert [pair_opening(openings, pair) for pair in range(4)] == [*openings, openings[0]]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("bad.epd", f"{EPD}\nrubbish\n", "bad.epd, line 2: no position"),
        ("bad.fen", "8/8/8/8/8/8/8/8 w - - 0 1\n", "bad.fen, line 1: .*cannot come from a game"),
        ("bad.pgn", "1. e4 e5 2. Ke3 *\n", "bad.pgn, game 1: illegal"),
        ("empty.epd", "\n", "there is no opening in"),
        ("some.doc", EPD, "should end in .epd"),
        ("bad.zip", "rubbish", "is no zip archive"),
    ],
)
def test_files_without_openings_are_refused(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(ValueError, match=sentence):
        load_openings(str(path))


@pytest.mark.parametrize(
    ("source", "sentence"),
    [("nowhere.epd", "there is no openings file"), ("chess960:960", "0 to 959"), ("chess960:x", "0 to 959")],
)
def test_sources_that_are_none_are_refused(source: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        load_openings(source)
