"""The hand-written evaluation and its tuner: scores that chess players expect, and arithmetic that adds up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.chess.classical.endgames import WHOLE, bare_king_bonus, scale
from engine.chess.classical.evaluation import CLASSICAL, FADE, FULL_PHASE, trace
from engine.chess.classical.explain import explain
from engine.chess.classical.layout import COUNT, ENDGAME_ONLY, START, TERMS
from engine.chess.classical.tally import TRACE
from engine.chess.classical.weights import WEIGHTS
from engine.chess.game import ChessGame
from search.memory import aligned_records

GAME = ChessGame()


def score(fen: str) -> int:
    """The static score, White's view."""
    state = GAME.parse(fen)
    accumulator = aligned_records(1, CLASSICAL.dtype)
    kept = CLASSICAL.prepare(accumulator)
    CLASSICAL.refresh(accumulator[0], state)
    value = int(CLASSICAL.score(accumulator[0], state))
    del kept
    return value if state.side == 0 else -value


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        # A knight in the centre, and one in the corner.
        ("4k3/pppp4/8/8/4N3/8/PPPP4/4K3 w - - 0 1", "4k3/pppp4/8/8/8/8/PPPP4/4K2N w - - 0 1"),
        # Two bishops, and bishop and knight.
        ("4k3/pppp4/8/8/8/3BB3/PPPP4/4K3 w - - 0 1", "4k3/pppp4/8/8/8/3BN3/PPPP4/4K3 w - - 0 1"),
        # A passed pawn on the seventh, and on the third.
        ("4k3/P7/8/8/8/8/8/4K2R w - - 0 1", "4k3/8/8/8/8/P7/8/4K2R w - - 0 1"),
        # A rook on an open file, and behind its pawn.
        ("6k1/5ppp/8/8/8/8/1P3PPP/2R3K1 w - - 0 1", "6k1/5ppp/8/8/8/8/1P3PPP/1R4K1 w - - 0 1"),
        # Castled behind pawns, and in the open, with queens on.
        ("3q1rk1/5ppp/8/8/8/8/5PPP/3Q1RK1 w - - 0 1", "3q1rk1/5ppp/8/8/6K1/8/5PPP/3Q1R2 w - - 0 1"),
        # Pawns side by side, and doubled and alone.
        ("4k3/2pp4/8/8/8/8/2PP4/4K3 w - - 0 1", "4k3/2pp4/8/8/8/3P4/3P4/4K3 w - - 0 1"),
        # A rook that stands well, and one that a pawn attacks.
        ("4k3/ppp5/8/8/8/3R4/PPP5/4K3 b - - 0 1", "4k3/p1p5/1p6/2R5/8/8/PPP5/4K3 b - - 0 1"),
    ],
)
def test_what_players_prefer_scores_higher(better: str, worse: str) -> None:
    assert score(better) > score(worse)


def test_the_initial_position_is_worth_the_right_to_move() -> None:
    assert 0 < score(GAME.start) < 60
    assert score("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR b KQkq - 0 1") == -score(GAME.start)


@pytest.mark.parametrize(
    "fen",
    [
        "8/8/4k3/8/8/3NNK2/8/8 w - - 0 1",  # two knights
        "8/8/4k3/8/8/3B1K2/8/8 w - - 0 1",
        "7k/8/6K1/8/2B5/8/7P/8 w - - 0 1",  # the bishop does not see the pawn's last square
    ],
)
def test_what_cannot_be_won_is_near_a_draw(fen: str) -> None:
    assert abs(score(fen)) < 100


def test_opposite_bishops_halve_an_advantage_at_least() -> None:
    opposite = score("8/2b2k2/8/3P4/2P5/3B4/5K2/8 w - - 0 1")
    alike = score("8/3b1k2/8/3P4/2P5/3B4/5K2/8 w - - 0 1")
    assert 0 < 2 * opposite < alike


def test_a_bare_king_is_driven_to_the_edge_and_to_the_bishops_corner() -> None:
    assert score("8/8/8/8/8/2K5/1R6/k7 w - - 0 1") > score("8/8/8/3k4/8/2K5/1R6/8 w - - 0 1")
    light, dark = "7k/8/5K2/8/8/3BN3/8/8 w - - 0 1", "k7/8/2K5/8/8/3BN3/8/8 w - - 0 1"
    assert score(dark) > score(light)  # a8 is light, as is the bishop
    assert bare_king_bonus(GAME.parse("8/8/8/3k4/8/2K5/1R6/8 w - - 0 1")) > 0
    assert bare_king_bonus(GAME.parse(GAME.start)) == 0


def test_an_advantage_fades_as_the_fifty_moves_go_by() -> None:
    scores = [score(f"4k3/ppp5/8/8/8/8/PPP5/R3K3 w - - {clock} 60") for clock in (0, 40, 80, 99)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] < 0.6 * scores[0]


@pytest.mark.parametrize(
    "fen",
    [
        GAME.start,
        "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
        "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 b - - 3 1",
        "r1bq1rk1/pp3ppp/2n1pn2/2bp4/2P5/P1N1PN2/1PQ2PPP/R1B1KB1R w KQ - 0 9",
    ],
)
def test_weights_times_counts_are_the_score(fen: str) -> None:
    state = GAME.parse(fen)
    record = aligned_records(1, TRACE)[0]
    trace(record, state)
    totals = np.zeros(2)
    for name, start in START.items():
        totals += np.array(WEIGHTS[name]) @ record.counts[start : start + TERMS[name]]
    accumulator = aligned_records(1, CLASSICAL.dtype)
    kept = CLASSICAL.prepare(accumulator)
    CLASSICAL.refresh(accumulator[0], state)
    del kept
    phase = min(int(accumulator[0].phase), FULL_PHASE)
    factor = int(scale(state, 0 if totals[1] >= 0 else 1)) / WHOLE
    expected = (totals[0] * phase + totals[1] * factor * (FULL_PHASE - phase)) / FULL_PHASE
    expected *= (FADE - int(state.halfmove)) / FADE
    assert abs(expected - score(fen)) <= 2
    lines = explain(state)
    assert lines[-1].startswith(f"Score: {score(fen)} ")


def test_the_layout_holds_every_weight_once() -> None:
    assert set(WEIGHTS) == set(TERMS)
    for name, size in TERMS.items():
        assert [len(values) for values in WEIGHTS[name]] == [size, size]
    assert max(START[name] + TERMS[name] for name in TERMS) == COUNT
    for name in ENDGAME_ONLY:
        assert not any(WEIGHTS[name][0])


def test_the_tuner_finds_the_weights_that_made_the_scores(tmp_path: Path) -> None:
    from selfplay.tuning.weights import current_weights, fit, format_weights, loss, read_positions

    suite = Path(__file__).with_name("perft_suite.epd").read_text().splitlines()
    fens = [line.split(" ;")[0] for line in suite if line and not line.startswith("#") and "960" not in line]
    lines = [f"{fen}\t0\t0.5" for fen in fens if is_standard(fen)]
    positions = read_positions(lines)
    # The truth: a bishop pair worth far more, and nothing else changed.
    truth = current_weights()
    truth[:, START["bishop_pair"]] += 80.0
    x = positions.midgame * (positions.counts @ truth[0]) + positions.endgame * (positions.counts @ truth[1])
    object.__setattr__(positions, "target", 1 / (1 + np.exp(-x / 100.0)))
    before = loss(positions, current_weights(), 100.0)
    found = fit(positions, current_weights(), 100.0)
    assert loss(positions, found, 100.0) < before
    assert np.all(found[:, START["bishop_pair"]] > current_weights()[:, START["bishop_pair"]])
    for name in ENDGAME_ONLY:
        assert np.all(found[0, START[name] : START[name] + TERMS[name]] == 0)
    namespace: dict[str, dict[str, tuple[list[int], list[int]]]] = {}
    exec(format_weights(found), namespace)
    assert list(namespace["WEIGHTS"]) == list(TERMS)


def is_standard(fen: str) -> bool:
    """Whether the position is one of standard chess."""
    try:
        GAME.parse(fen)
    except ValueError:
        return False
    return True
