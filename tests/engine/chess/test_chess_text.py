"""Positions, moves and boards as text: what is understood, what is refused and in which words."""

from __future__ import annotations

import chess
import pytest

from engine.chess.game import ChessGame
from engine.chess.state import BLACK, CASTLING
from engine.games import game
from search.rules import equal

STANDARD, CHESS960 = ChessGame(), ChessGame(chess960=True)

KIWIPETE = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"

REFUSED = [
    ("", "a FEN looks like"),
    ("rubbish", "a FEN looks like"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP w KQkq - 0 1", "expected 8 rows"),
    ("rnbqkbnr/ppppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", "expected 8 columns"),
    ("rnbqkbnr/pppppppp/44/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", "two subsequent digits"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBXR w KQkq - 0 1", "invalid character"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR x KQkq - 0 1", "expected 'w' or 'b'"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQxq - 0 1", "invalid castling part"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq e9 0 1", "invalid en passant part"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - x 1", "invalid half-move clock"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - -1 1", "half-move clock cannot be negative"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 x", "invalid fullmove number"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 99999", "counters of plies and moves"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 40000 1", "counters of plies and moves"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1 and more", "more parts than expected"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBN♖ w KQkq - 0 1", "this is not a FEN"),
    ("8/8/8/8/8/8/8/8 w - - 0 1", "the board is empty"),
    ("8/8/8/4k3/8/8/8/8 w - - 0 1", "there is no white king"),
    ("8/8/8/4K3/8/8/8/8 w - - 0 1", "there is no black king"),
    ("4k3/8/8/8/8/8/8/K3K3 w - - 0 1", "there are too many kings"),
    ("4k3/8/8/8/P7/8/PPPPPPPP/4K3 w - - 0 1", "White has more than 8 pawns"),
    ("4k3/pppppppp/p7/8/8/8/8/4K3 w - - 0 1", "Black has more than 8 pawns"),
    ("4k2P/8/8/8/8/8/8/4K3 w - - 0 1", "a pawn stands on the first or last rank"),
    ("4k3/8/8/8/8/NNN5/PPPPPPPP/RNBQKBNR w - - 0 1", "White has more than 16 pieces"),
    ("rnbqkbnr/pppppppp/nnn5/8/8/8/8/4K3 w - - 0 1", "Black has more than 16 pieces"),
    ("4k3/8/8/8/8/QQ6/PPPPPPPP/4K3 w - - 0 1", "White has more promoted pieces than pawns are missing"),
    ("4k3/8/8/qqqqqqqq/qq6/8/8/6K1 w - - 0 1", "Black has more promoted pieces than pawns are missing"),
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQ1BNR w KQkq - 0 1", "there is no white king"),
    ("r3k2r/8/8/8/8/8/8/R3K3 w KQkq - 0 1", "the castling rights name a king or rook that is not at home"),
    ("r3k2r/8/8/8/4K3/8/8/R6R w KQkq - 0 1", "the castling rights name a king or rook that is not at home"),
    ("4k3/8/8/8/8/8/8/R3K2R w Dh - 0 1", "the castling rights name a king or rook that is not at home"),
    ("4k3/8/8/8/8/8/8/4K3 w - e6 0 1", "the en passant square does not follow a double step of a pawn"),
    ("4k3/8/8/4p3/8/8/8/4K3 b - e6 0 1", "the en passant square does not follow a double step of a pawn"),
    ("4k3/8/8/8/8/8/4R3/4K3 w - - 0 1", "the side that is not to move is in check"),
    ("8/8/8/8/8/8/4kK2/8 w - - 0 1", "the side that is not to move is in check"),
]


@pytest.mark.parametrize(("fen", "words"), REFUSED, ids=[f"{fen} | {words}" for fen, words in REFUSED])
def test_a_faulty_position_is_refused_in_one_sentence(fen: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as refusal:
        STANDARD.parse(fen)
    assert "\n" not in str(refusal.value)


def test_nine_queens_are_possible() -> None:
    fen = "4k3/8/8/8/8/8/QQQQQQQQ/1NBQKBN1 b - - 0 1"
    with pytest.raises(ValueError, match="not to move is in check"):
        STANDARD.parse(fen.replace(" b ", " w "))
    assert STANDARD.text(STANDARD.parse(fen)) == fen


@pytest.mark.interpreted
@pytest.mark.parametrize("fen", [chess.STARTING_FEN, KIWIPETE, "8/8/8/2k5/3Pp3/8/8/4K3 b - d3 0 37"])
def test_a_fen_comes_back_as_it_was(fen: str) -> None:
    assert STANDARD.text(STANDARD.parse(fen)) == fen


def test_missing_fields_have_the_usual_values() -> None:
    assert STANDARD.text(STANDARD.parse("4k3/8/8/8/8/8/8/R3K3 b Q")) == "4k3/8/8/8/8/8/8/R3K3 b Q - 0 1"


def test_an_en_passant_square_that_no_pawn_can_reach_is_dropped() -> None:
    after_e4 = "rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq e3 0 1"
    assert STANDARD.text(STANDARD.parse(after_e4)).split()[3] == "-"
    played = STANDARD.new_state()
    start = STANDARD.parse(STANDARD.start)
    STANDARD.rules.play(start, played, STANDARD.parse_move(start, "e2e4"))
    assert equal(played, STANDARD.parse(after_e4))


@pytest.mark.parametrize(
    ("text", "shredder"),
    [
        ("rkbnqbnr/pppppppp/8/8/8/8/PPPPPPPP/RKBNQBNR w KQkq - 0 1", "HAha"),
        ("rkbnqbnr/pppppppp/8/8/8/8/PPPPPPPP/RKBNQBNR w HAha - 0 1", "HAha"),
        ("1rk1r2r/8/8/8/8/8/8/1RK1R2R w Kk - 0 1", "Hh"),  # the outermost rook is meant
        ("1rk1r2r/8/8/8/8/8/8/1RK1R2R w Ee - 0 1", "Ee"),  # the inner rook, by its file
        ("r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1", "HAha"),
        ("r3k2r/8/8/8/8/8/8/R3K2R w - - 0 1", "-"),
    ],
)
def test_castling_rights_of_chess960_are_written_by_file(text: str, shredder: str) -> None:
    state = CHESS960.parse(text)
    assert CHESS960.text(state).split()[2] == shredder
    assert equal(CHESS960.parse(CHESS960.text(state)), state)
    assert equal(STANDARD.parse(STANDARD.text(state)), state)


def test_an_en_passant_square_of_a_pinned_pawn_is_kept_in_both_notations() -> None:
    for variant in (STANDARD, CHESS960):
        state = variant.parse("7k/8/8/K2pP2r/8/8/8/8 w - d6 0 1")
        assert variant.text(state) == "7k/8/8/K2pP2r/8/8/8/8 w - d6 0 1"


def test_castling_is_understood_both_ways_and_written_one_way() -> None:
    fen = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1"
    for variant in (STANDARD, CHESS960):
        state = variant.parse(fen)
        for text, san in {"e1g1": "O-O", "e1h1": "O-O", "e1c1": "O-O-O", "e1a1": "O-O-O"}.items():
            move = variant.parse_move(state, text)
            assert move >> 12 == CASTLING
            assert variant.san(state, move) == san
    move = STANDARD.parse_move(STANDARD.parse(fen), "e1h1")
    assert STANDARD.move_text(STANDARD.parse(fen), move) == "e1g1"
    assert CHESS960.move_text(STANDARD.parse(fen), move) == "e1h1"


def test_a_king_step_is_not_taken_for_castling() -> None:
    """The king on f1 can step to g1, where castling with the rook on h1 would bring it, too."""
    state = CHESS960.parse("4k3/8/8/8/8/8/8/5K1R w H - 0 1")
    assert CHESS960.san(state, CHESS960.parse_move(state, "f1g1")) == "Kg1"
    assert CHESS960.san(state, CHESS960.parse_move(state, "f1h1")) == "O-O"
    assert STANDARD.san(state, STANDARD.parse_move(state, "f1g1")) == "Kg1"


def test_castling_from_elsewhere_is_written_with_the_rook_in_standard_chess_too() -> None:
    state = STANDARD.parse("4k3/8/8/8/8/8/8/1R1K4 w B - 0 1")
    move = STANDARD.parse_san(state, "O-O-O")
    assert STANDARD.move_text(state, move) == "d1b1"
    assert STANDARD.parse_move(state, "d1b1") == move


@pytest.mark.parametrize("text", ["e2e5", "e7e5", "e2", "", "e2e4q", "Nf3", "0000", "z9z9", "♞"])
def test_a_move_that_is_not_legal_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a legal move in .*; a move looks like e2e4 or e7e8q"):
        STANDARD.parse_move(STANDARD.parse(STANDARD.start), text)


@pytest.mark.parametrize("text", ["Nd4", "Qxx", "", "e5", "O-O"])
def test_algebraic_text_that_names_no_legal_move_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a legal move here"):
        STANDARD.parse_san(STANDARD.parse(STANDARD.start), text)


def test_algebraic_text_that_names_two_moves_is_refused() -> None:
    with pytest.raises(ValueError, match="ambiguous"):
        STANDARD.parse_san(STANDARD.parse("4k3/8/8/8/8/8/8/1N3N1K w - - 0 1"), "Nd2")


def test_promotions_name_the_piece() -> None:
    state = STANDARD.parse("3r4/2P1k3/8/8/8/8/8/4K3 w - - 0 1")
    for text, san in {"c7c8q": "c8=Q", "c7d8n": "cxd8=N", "c7c8r": "c8=R", "c7d8b": "cxd8=B+"}.items():
        move = STANDARD.parse_move(state, text)
        assert STANDARD.move_text(state, move) == text
        assert STANDARD.san(state, move) == san
    with pytest.raises(ValueError, match="not a legal move"):
        STANDARD.parse_move(state, "c7c8")


def test_the_board_is_drawn_from_either_side() -> None:
    state = STANDARD.parse("r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1")
    assert STANDARD.draw(state).splitlines() == [
        "8 ♜ · · · ♚ · · ♜",
        "7 ♟ · ♟ ♟ ♛ ♟ ♝ ·",
        "6 ♝ ♞ · · ♟ ♞ ♟ ·",
        "5 · · · ♙ ♘ · · ·",
        "4 · ♟ · · ♙ · · ·",
        "3 · · ♘ · · ♕ · ♟",
        "2 ♙ ♙ ♙ ♗ ♗ ♙ ♙ ♙",
        "1 ♖ · · · ♔ · · ♖",
        "  a b c d e f g h",
    ]
    from_above = STANDARD.draw(state, BLACK).splitlines()
    assert from_above[0] == "1 ♖ · · ♔ · · · ♖"
    assert from_above[-1] == "  h g f e d c b a"


def test_games_are_found_by_name() -> None:
    assert game("chess").name == "chess"
    assert game("chess960").name == "chess960"
    assert game("hexapawn3x4").name == "hexapawn3x4"
    with pytest.raises(ValueError, match="there is no game 'go'; the games are chess, chess960"):
        game("go")
