"""The checkers of the contracts pass every game of the project, and find each law that is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import chess
import numpy as np
import pytest

from engine.chess.game import ChessGame
from engine.chess.rules import CHESS
from engine.hexapawn import HEXAPAWN, PAWNS, HexapawnGame
from engine.hexapawn.packing import PACKING
from examples import tictactoe
from search.bits import byteswap
from search.conformance import ConformanceError, check, check_evaluation, check_packing
from search.evaluation import Evaluation
from search.rules import DRAW, ONGOING, Rules, register

TICTACTOE = tictactoe.TICTACTOE

BOARDS = [HexapawnGame(files, ranks) for files, ranks in ((3, 3), (4, 5), (6, 6), (8, 8), (8, 3), (3, 8))]

CHESS_POSITIONS = {
    "the initial position": chess.STARTING_FEN,
    "castling and pins": "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "en passant": "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
    "promotions": "n1n5/PPPk4/8/8/8/8/4Kppp/5N1N b - - 0 1",
    "rooks and kings, which repeat": "4k2r/8/8/8/8/8/8/R3K3 w Qk - 90 80",
    "Chess960": "rkbnqbnr/pppppppp/8/8/8/8/PPPPPPPP/RKBNQBNR w HAha - 0 1",
}


# What the project has, obeys the laws.


@pytest.mark.bounds
@pytest.mark.interpreted
@pytest.mark.parametrize("game", BOARDS, ids=lambda game: game.name)
def test_hexapawn_obeys_the_laws(game: HexapawnGame) -> None:
    assert check(HEXAPAWN, game.parse(game.start), games=12, describe=game.text) > 30
    assert check_evaluation(PAWNS, game.parse(game.start), games=12, describe=game.text, mirror=mirrored(game)) > 30


def mirrored(game: HexapawnGame) -> Callable[[Any], Any]:
    """Exchanges the players, turning the board upside down."""

    def upside_down(pawns: np.uint64) -> int:
        return int(byteswap(pawns)) >> 8 * (8 - game.ranks)

    return lambda state: game.state(upside_down(state.pawns[1]), upside_down(state.pawns[0]), 1 - int(state.side))


@pytest.mark.bounds
@pytest.mark.interpreted
def test_tictactoe_obeys_the_laws() -> None:
    assert check(TICTACTOE, tictactoe.new_game(), describe=tictactoe.draw) > 100
    assert check_evaluation(tictactoe.CENTRE, tictactoe.new_game()) > 100
    assert check_packing(tictactoe.PACKING, tictactoe.new_game()) > 100


@pytest.mark.parametrize("fen", CHESS_POSITIONS.values(), ids=CHESS_POSITIONS.keys())
def test_chess_obeys_the_laws(fen: str) -> None:
    game = ChessGame(chess960=True)

    def mirror(state: Any) -> Any:
        return game.from_board(game.board(state).mirror())

    assert check(CHESS, game.parse(fen), games=3, plies=60, describe=game.text) > 20
    for evaluation in game.evaluations.values():
        assert check_evaluation(evaluation, game.parse(fen), games=3, plies=60, describe=game.text, mirror=mirror) > 20


@pytest.mark.parametrize("game", [game for game in BOARDS if game.name != "hexapawn8x8"], ids=lambda game: game.name)
def test_hexapawn_is_packed_exactly(game: HexapawnGame) -> None:
    assert check_packing(PACKING, game.parse(game.start), games=12) > 30


# What is broken is found. The kernels here are plain functions around those of tic-tac-toe.


def legal_twice(state: Any, moves: Any) -> int:
    count = TICTACTOE.legal(state, moves)
    moves[count - 1] = moves[0]
    return int(count)


def legal_too_many(state: Any, moves: Any) -> int:
    moves[:12] = np.arange(1, 13)
    return 12


def legal_zero(state: Any, moves: Any) -> int:
    moves[0] = 0
    return 1


def legal_writes_to_the_state(state: Any, moves: Any) -> Any:
    state.tictactoe += 1
    return TICTACTOE.legal(state, moves)


def play_in_place(parent: Any, child: Any, move: Any) -> None:
    TICTACTOE.play(parent, child, move)
    parent.marks[0] = child.marks[0]
    parent.marks[1] = child.marks[1]


def play_forgets_a_field(parent: Any, child: Any, move: Any) -> None:
    kept = child.tictactoe
    TICTACTOE.play(parent, child, move)
    child.tictactoe = kept


def play_keeps_the_turn(parent: Any, child: Any, move: Any) -> None:
    TICTACTOE.play(parent, child, move)
    child.side = parent.side


def play_hashes_the_way_here(parent: Any, child: Any, move: Any) -> None:
    TICTACTOE.play(parent, child, move)
    child.key = np.uint64((int(parent.key) * 3 + int(move)) % 2**64)


def pass_without_passing(parent: Any, child: Any) -> bool:
    child.marks[:] = parent.marks
    child.key, child.side, child.tictactoe = parent.key, parent.side, 0
    return True


def pass_half(parent: Any, child: Any) -> bool:
    child.side = 1 - parent.side
    return True


def one_illegal(state: Any, moves: Any) -> int:
    moves[0] = 4095
    return 1


def first_legal(state: Any, moves: Any) -> int:
    return min(int(TICTACTOE.legal(state, moves)), 1)


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"legal": legal_twice}, "legal writes a move twice"),
    ({"legal": legal_too_many}, "legal gives 12 moves or writes beyond them; max_moves is 9"),
    ({"legal": legal_zero}, "legal writes move 0, which is not in 1..65535"),
    ({"legal": legal_writes_to_the_state}, "legal changes the state that it is given"),
    ({"play": play_in_place}, "play changes the state that it is given"),
    ({"play": play_forgets_a_field}, "play does not write the field 'tictactoe' of the child"),
    ({"play": play_keeps_the_turn}, "after move 1 the same player is to move"),
    ({"play": play_hashes_the_way_here}, "equal states reached by different moves have different keys"),
    ({"key": lambda state: 7}, "no state with this key lies 1 plies back, but one does"),
    ({"side": lambda state: 2}, "side is 2, not 0 or 1"),
    ({"ended": lambda state: 3}, "ended gives 3, which is no verdict"),
    ({"stuck": lambda state: ONGOING}, "no move is legal and stuck gives 2, which is no final verdict"),
    ({"noisy": one_illegal}, "noisy writes move 4095, which is not legal"),
    ({"checks": one_illegal}, "checks writes move 4095, which is not legal"),
    ({"noisy": first_legal, "checks": first_legal}, "noisy and checks both write move 1"),
    ({"pass_turn": pass_without_passing}, "pass_turn writes a state with the same player to move"),
    ({"pass_turn": pass_half}, "pass_turn does not write the field 'marks' of the child"),
    ({"victim": lambda state, move: 8}, "victim or mover of move 1 is 8 or 0, not in 0..7"),
    ({"gain": lambda state, move: 50}, "move 1 captures nothing and does not promote, but its gain is 50"),
    ({"exchange": lambda state, move, threshold: threshold >= 0}, "reaches a threshold but not a lower one"),
]


@pytest.mark.parametrize(("kernels", "sentence"), BROKEN, ids=[sentence for _, sentence in BROKEN])
def test_a_broken_law_of_the_rules_is_named(kernels: dict[str, Any], sentence: str) -> None:
    broken = replace(TICTACTOE, **kernels)
    with pytest.raises(ConformanceError, match=f"^tictactoe: .*{sentence}.* \\(in "):
        check(broken, tictactoe.new_game(), describe=tictactoe.draw)


def test_a_threat_that_is_overlooked_is_named() -> None:
    game = ChessGame()
    broken = replace(CHESS, threatened=lambda state: np.uint64(1))
    with pytest.raises(ConformanceError, match=r"threatened leaves out square \d+, where the opponent could capture"):
        check(broken, game.parse(CHESS_POSITIONS["castling and pins"]), games=1, plies=3, describe=game.text)


def test_a_game_that_is_not_registered_is_named() -> None:
    dtype = np.dtype([("stranger", np.int64)])
    stranger = replace(TICTACTOE, name="stranger", dtype=dtype)
    with pytest.raises(ConformanceError, match="stranger: the searches do not know states of this type"):
        check(stranger, np.zeros(1, dtype).view(np.recarray)[0])


def test_two_games_of_one_record_are_refused() -> None:
    with pytest.raises(ValueError, match="the states of other have the same record layout as those of tictactoe"):
        register(replace(TICTACTOE, name="other"))


def forgets_to_advance(child_accumulator: Any, parent_accumulator: Any, parent: Any, child: Any, move: Any) -> None:
    child_accumulator.tictactoe_nothing = parent_accumulator.tictactoe_nothing


def count_marks(accumulator: Any, state: Any) -> None:
    accumulator.tictactoe_nothing = int(state.marks[0]).bit_count()


CALLS = iter(range(10_000))

BROKEN_EVALUATIONS: list[tuple[dict[str, Any], str]] = [
    (
        {
            "refresh": count_marks,
            "advance": forgets_to_advance,
            "score": lambda accumulator, state: accumulator.tictactoe_nothing,
        },
        r"advance by move \d+ leads to a score of 0, refresh to 1",
    ),
    ({"score": lambda accumulator, state: 20_001}, "a score of 20001 is not within ±20000"),
    ({"score": lambda accumulator, state: next(CALLS) // 2}, r"the score of one state is \d+ now and was 0 before"),
    ({"refresh": lambda accumulator, state: state.marks.fill(0)}, "refresh or score changes the state"),
]


@pytest.mark.parametrize(
    ("kernels", "sentence"), BROKEN_EVALUATIONS, ids=[sentence for _, sentence in BROKEN_EVALUATIONS]
)
def test_a_broken_law_of_an_evaluation_is_named(kernels: dict[str, Any], sentence: str) -> None:
    broken: Evaluation = replace(tictactoe.CENTRE, **kernels)
    with pytest.raises(ConformanceError, match=f"^centre: .*{sentence}.* \\(in "):
        check_evaluation(broken, tictactoe.new_game(), describe=tictactoe.draw)


def test_an_evaluation_that_favours_a_player_is_named() -> None:
    game = HexapawnGame(4, 5)

    def white_is_better(accumulator: Any, state: Any) -> int:
        return 10 if state.side == 0 else -5

    broken = replace(PAWNS, score=white_is_better)
    with pytest.raises(ConformanceError, match="a score of 10 becomes -5 when the players are exchanged"):
        check_evaluation(broken, game.parse(game.start), mirror=mirrored(game))


def test_a_packing_that_loses_something_is_named() -> None:
    broken = replace(tictactoe.PACKING, pack=lambda state: state.marks[0])
    with pytest.raises(ConformanceError, match="unpack after pack gives another state"):
        check_packing(broken, tictactoe.new_game())


def test_a_drawn_end_is_a_verdict() -> None:
    """A game whose `ended` knows draws passes, too."""

    def ended(state: Any) -> int:
        full = int(state.marks[0] | state.marks[1]).bit_count() == 9
        verdict = int(TICTACTOE.ended(state))
        return DRAW if full and verdict == ONGOING else verdict

    fine: Rules = replace(TICTACTOE, ended=ended)
    assert check(fine, tictactoe.new_game()) > 100
