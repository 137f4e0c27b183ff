"""How games of chess end: over whole games, with and without claims, and as verdicts on single positions."""

from __future__ import annotations

import pytest

from engine.chess.game import ChessGame
from engine.game import Position
from search.rules import DRAW, LOSS, ONGOING

CHESS = ChessGame()


def ending(fen: str, moves: str = "", *, claim: bool = True) -> tuple[str, str] | None:
    """Result and reason of a game, or None while it goes on."""
    outcome = Position(CHESS, fen, moves.split()).outcome(claim=claim)
    return None if outcome is None else (outcome.result, outcome.reason)


START = CHESS.start


def test_fools_mate() -> None:
    assert ending(START, "f2f3 e7e5 g2g4 d8h4") == ("0-1", "checkmate")


def test_a_back_rank_mate_by_white() -> None:
    assert ending("6k1/5ppp/8/8/8/8/8/R5K1 w - - 0 1", "a1a8") == ("1-0", "checkmate")


def test_stalemate() -> None:
    assert ending("k7/8/2K5/8/8/8/8/1Q6 w - - 0 1", "b1b6") == ("1/2-1/2", "stalemate")


@pytest.mark.parametrize(
    "board",
    ["8/8/4k3/8/8/4K3/8/8", "8/8/4k3/8/8/4KN2/8/8", "8/8/4kb2/8/8/4K3/8/8", "8/2b5/4k3/8/8/4K3/1B6/8"],
    ids=["bare kings", "a knight", "a bishop", "bishops of one colour of square"],
)
def test_material_that_cannot_mate(board: str) -> None:
    assert ending(f"{board} w - - 0 1") == ("1/2-1/2", "insufficient material")


@pytest.mark.parametrize(
    "board",
    [
        "8/8/4k3/8/8/4KNN1/8/8",
        "8/8/4kn2/8/8/4KN2/8/8",
        "8/8/4kb2/8/8/4KN2/8/8",
        "8/3b4/4k3/8/8/4K3/1B6/8",
        "8/p7/4k3/8/8/4K3/8/8",
    ],
    ids=["two knights", "knight against knight", "bishop against knight", "bishops of both colours", "a pawn"],
)
def test_material_that_can_mate_with_help(board: str) -> None:
    assert ending(f"{board} w - - 0 1") is None


SHUFFLE = "g1f3 g8f6 f3g1 f6g8 "


def test_threefold_repetition_is_claimed_and_fivefold_is_not_asked() -> None:
    assert ending(START, SHUFFLE) is None
    assert ending(START, SHUFFLE * 2) == ("1/2-1/2", "threefold repetition")
    assert ending(START, SHUFFLE * 2, claim=False) is None
    assert ending(START, SHUFFLE * 3, claim=False) is None
    assert ending(START, SHUFFLE * 4, claim=False) == ("1/2-1/2", "fivefold repetition")


def test_another_right_to_castle_is_another_position() -> None:
    rooks = "r3k2r/8/8/8/8/8/8/R3K2R w KQkq - 0 1"
    moves = "h1g1 h8g8 g1h1 g8h8 "
    assert ending(rooks, moves * 2) is None  # at first both could castle on that side
    assert ending(rooks, moves * 3) == ("1/2-1/2", "threefold repetition")


def test_en_passant_that_is_legal_makes_another_position() -> None:
    pawns = "4k3/8/8/8/3p4/8/4P3/4K3 w - - 0 1"
    kings = "e8e7 e1d2 e7e8 d2e1 "
    assert ending(pawns, "e2e4 " + kings * 2) is None
    assert ending(pawns, "e2e4 " + kings * 2 + kings) == ("1/2-1/2", "threefold repetition")


def test_en_passant_that_a_pin_forbids_makes_no_other_position() -> None:
    pinned = "8/8/8/8/k2p3R/8/4P3/4K3 w - - 0 1"
    kings = "a4b4 e1d2 b4a4 d2e1 "
    assert ending(pinned, "e2e4 " + kings) is None
    assert ending(pinned, "e2e4 " + kings * 2) == ("1/2-1/2", "threefold repetition")


def test_fifty_moves_are_claimed_and_seventy_five_are_not_asked() -> None:
    at = "7k/8/8/8/8/8/R7/K7 w - - {} 90"
    assert ending(at.format(98), "a2b2") is None
    assert ending(at.format(99), "a2b2") == ("1/2-1/2", "fifty moves")
    assert ending(at.format(99), "a2b2", claim=False) is None
    assert ending(at.format(149), "a2b2", claim=False) == ("1/2-1/2", "seventy-five moves")


@pytest.mark.interpreted
def test_mate_comes_before_the_counters() -> None:
    mate = Position(CHESS, "k7/8/1K6/8/8/8/8/7R w - - 149 200", ["h1h8"])
    assert mate.outcome() is not None
    assert mate.outcome().reason == "checkmate"  # type: ignore[union-attr]
    assert mate.verdict() == LOSS


@pytest.mark.interpreted
def test_verdicts_on_single_positions() -> None:
    def verdict(fen: str) -> int:
        return Position(CHESS, fen).verdict()

    assert verdict(START) == ONGOING
    assert verdict("R5k1/5ppp/8/8/8/8/8/6K1 b - - 0 1") == LOSS
    assert verdict("k7/8/1Q6/8/8/8/8/K7 b - - 0 1") == DRAW
    assert verdict("k7/8/8/8/8/8/8/K6N w - - 0 1") == DRAW
    assert verdict("7k/8/8/8/8/8/R7/K7 w - - 99 90") == ONGOING
    assert verdict("7k/8/8/8/8/8/R7/K7 w - - 100 90") == DRAW
    assert verdict("k7/8/1K6/8/8/8/8/7R w - - 0 1") == ONGOING
