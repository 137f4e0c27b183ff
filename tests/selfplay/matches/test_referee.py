"""Games under the referee: ends by the rules, adjudication, clocks, and every way in which a program can fail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

import chess
import chess.engine
import pytest

from selfplay.matches.openings import Opening, chess960_opening
from selfplay.matches.player import Player
from selfplay.matches.referee import (
    AbandonedError,
    Adjudication,
    Clock,
    Patience,
    PlayedGame,
    PlayedMove,
    adjudicated,
    ended,
    play_game,
)
from selfplay.matches.spec import Limit, PlayerSpec

MakePlayer = Callable[..., PlayerSpec]
Play = Callable[..., PlayedGame]
START = Opening(fen=chess.STARTING_FEN)
PATIENCE = Patience(silence=0.5, overrun=0.5, start=10.0)


@pytest.fixture
def play() -> Iterator[Play]:
    """Plays a game of two specs and closes the programs afterwards."""
    started: list[Player] = []

    def run(
        white: PlayerSpec,
        black: PlayerSpec,
        limit: Limit = Limit(nodes=1),  # noqa: B008 - frozen
        *,
        opening: Opening = START,
        rules: Adjudication = Adjudication(max_moves=4),  # noqa: B008 - frozen
        patience: Patience = PATIENCE,
        stopped: Callable[[], bool] = lambda: False,
    ) -> PlayedGame:
        players = [Player(spec, start_seconds=patience.start) for spec in (white, black)]
        started.extend(players)
        return play_game(players, (limit, limit), opening, adjudication=rules, patience=patience, stopped=stopped)

    yield run
    for player in started:
        player.close()


def test_good_programs_play_to_the_move_limit(play: Play, fake: MakePlayer) -> None:
    game = play(fake("good", name="a"), fake("good", name="b"))
    assert (game.result, game.reason, len(game.moves)) == ("1/2-1/2", "move limit", 8)
    assert all((move.depth, move.nodes, move.score) == (3, 100, chess.engine.Cp(12)) for move in game.moves)


@pytest.mark.parametrize(
    ("behaviour", "reason", "detail"),
    [
        ("crash", "crash", "out of matches"),
        ("illegal", "illegal move", "'a1a1'"),
        ("none", "illegal move", "(none)"),
        ("hang", "silence", "no bestmove within 0.5 s"),
    ],
)
@pytest.mark.parametrize("white", [True, False])
def test_a_failing_program_loses(
    play: Play, fake: MakePlayer, behaviour: str, reason: str, detail: str, white: bool
) -> None:
    players = [fake(behaviour, 2), fake("good")]
    game = play(*(players if white else players[::-1]))
    assert (game.winner, game.reason) == (not white, reason)
    assert detail in game.detail
    assert len(game.moves) == (2 if white else 3)


def test_a_late_answer_loses_and_says_by_how_much(play: Play, fake: MakePlayer) -> None:
    game = play(fake("good"), fake("late", 2), Limit(base=0.4, increment=0.01))
    assert (game.result, game.reason) == ("1-0", "time")
    assert 0.02 < game.overrun < 0.4
    assert "ms too late at move 2" in game.detail


def test_a_late_answer_within_the_margin_does_not(play: Play, fake: MakePlayer) -> None:
    game = play(
        fake("good"),
        fake("late", 2),
        Limit(base=0.3, increment=0.01),
        rules=Adjudication(max_moves=2),
        patience=Patience(margin=5.0, overrun=5.0),
    )
    assert game.reason == "move limit"


def test_a_program_that_refuses_to_start_loses(play: Play, fake: MakePlayer) -> None:
    game = play(fake("refuse"), fake("good"))
    assert (game.result, game.reason, game.moves) == ("0-1", "start", ())


def test_a_program_that_never_says_uciok_loses(play: Play, fake: MakePlayer) -> None:
    game = play(fake("good"), fake("nostart"), patience=Patience(start=2.0))
    assert (game.result, game.reason) == ("1-0", "start")
    assert "no uciok within 2 s" in game.detail


def test_books_are_off_and_threads_are_one_unless_the_spec_says_otherwise(fake: MakePlayer) -> None:
    plain = Player(fake("good"))
    chosen = Player(PlayerSpec(name="x", command=fake("good").command, options={"threads": "2", "Style": "wild"}))
    for player, expected in ((plain, (False, 1, "calm")), (chosen, (False, 2, "wild"))):
        with contextlib.closing(player):
            player.start()
            assert player._protocol is not None
            config = player._protocol.config
            assert (config["OwnBook"], config["Threads"], config["Style"]) == expected


def test_options_that_a_program_lacks_are_a_mistake_of_the_user(fake: MakePlayer) -> None:
    player = Player(PlayerSpec(name="x", command=fake("good").command, options={"Colour": "red"}))
    with contextlib.closing(player), pytest.raises(ValueError, match=r"player x: .*Colour"):
        player.start()


def test_a_program_is_started_again_after_a_crash(fake: MakePlayer) -> None:
    players = [Player(fake("crash", 2)), Player(fake("good"))]
    with contextlib.closing(players[0]), contextlib.closing(players[1]):
        for _ in range(2):
            game = play_game(players, (Limit(nodes=1),) * 2, START, adjudication=Adjudication(), patience=PATIENCE)
            assert (game.reason, len(game.moves)) == ("crash", 2)


def test_a_program_without_chess960_cannot_play_it(play: Play, fake: MakePlayer) -> None:
    game = play(fake("good", name="a"), fake("good", name="b"), opening=chess960_opening(0))
    assert (game.result, game.reason) == ("0-1", "start")
    assert "UCI_Chess960" in game.detail


def test_a_stopped_match_abandons_the_game(play: Play, fake: MakePlayer) -> None:
    with pytest.raises(AbandonedError):
        play(fake("good", name="a"), fake("good", name="b"), stopped=lambda: True)


@pytest.mark.parametrize(
    ("fen", "expected"),
    [
        ("rnb1kbnr/pppp1ppp/8/4p3/6Pq/5P2/PPPPP2P/RNBQKBNR w KQkq - 1 3", (chess.BLACK, "checkmate")),
        ("7k/5Q2/6K1/8/8/8/8/8 b - - 0 1", (None, "stalemate")),
        ("7k/8/6K1/8/8/8/8/6N1 b - - 0 1", (None, "insufficient material")),
        ("7k/8/6K1/8/8/8/8/6R1 b - - 100 90", (None, "fifty moves")),
        ("R6k/8/6K1/8/8/8/8/8 b - - 100 90", (chess.WHITE, "checkmate")),
        (chess.STARTING_FEN, None),
    ],
)
def test_ends_by_the_rules(fen: str, expected: tuple[bool | None, str] | None) -> None:
    assert ended(chess.Board(fen)) == expected


def test_threefold_repetition_ends_the_game() -> None:
    board = chess.Board()
    for _ in range(2):
        assert ended(board) is None
        for move in ("g1f3", "g8f6", "f3g1", "f6g8"):
            board.push_uci(move)
    assert ended(board) == (None, "threefold repetition")


def scored(scores: Sequence[int | None]) -> list[PlayedMove]:
    return [
        PlayedMove(
            move=chess.Move.null(),
            seconds=0.1,
            score=None if score is None else chess.engine.Cp(score),
            depth=None,
            nodes=None,
        )
        for score in scores
    ]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([700, -700, 650, -800], (chess.WHITE, "resignation")),
        ([-700, 700, -650, 800], (chess.BLACK, "resignation")),
        ([700, -700, 650, -500], None),  # The loser does not agree yet.
        ([700, -700, None, -700], None),
        ([-700, 700], None),  # Too few moves.
    ],
)
def test_resignation_needs_both_players(scores: list[int | None], expected: tuple[bool, str] | None) -> None:
    # An even number of moves was played from the start, so White is to move and White made the first of them.
    assert adjudicated(chess.Board(), scored(scores), Adjudication(resign_moves=2, resign_score=600)) == expected


@pytest.mark.parametrize(
    ("move_number", "scores", "drawn"),
    [(40, [5, -5, 0, 9], True), (40, [5, -5, 0, 11], False), (39, [0, 0, 0, 0], False), (40, [0, 0, 0], False)],
)
def test_draws_are_adjudicated_late_and_when_both_see_nothing(move_number: int, scores: list[int], drawn: bool) -> None:
    board = chess.Board(f"4k3/8/8/8/8/8/4P3/4K3 w - - 0 {move_number}")
    rules = Adjudication(draw_after=40, draw_moves=2, draw_score=10)
    assert adjudicated(board, scored(scores), rules) == ((None, "draw adjudicated") if drawn else None)


def test_programs_that_agree_on_the_winner_end_the_game(play: Play, fake: MakePlayer) -> None:
    game = play(fake("resigned"), fake("winner"), rules=Adjudication(resign_moves=3))
    assert (game.result, game.reason, len(game.moves)) == ("0-1", "resignation", 6)


def test_a_clock_adds_its_increment_and_counts_moves_to_go() -> None:
    clock = Clock(Limit(base=10, increment=0.5, moves=2))
    assert clock.spend(4.0) == 0.0
    assert (clock.left, clock.to_go) == (6.5, 1)
    assert clock.spend(1.0) == 0.0
    assert (clock.left, clock.to_go) == (16.0, 2)
    assert clock.spend(17.0) == pytest.approx(1.0)


def test_a_fixed_time_for_a_move_is_overstepped_by_itself() -> None:
    clock = Clock(Limit(movetime=1.0))
    assert (clock.spend(0.9), clock.spend(1.25), clock.spend(0.5)) == (0.0, pytest.approx(0.25), 0.0)
