"""Networks as an evaluation of chess: incremental sums, the rounding bound, the protocol's options, the table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.chess.game import ChessGame
from engine.chess.nnue import FADE, NNUE, network_score, nnue_evaluation, shipped_network
from engine.chess.nnue_features import extract_features
from engine.chess.nnue_table import explain_network
from engine.chess.packed import new_positions, pack
from nets.nnue.batch import Batch
from nets.nnue.config import ACTIVATIONS, FEATURE_SETS
from nets.nnue.file import load_network, save_network
from nets.nnue.gradient import PAIR_SCALE
from nets.nnue.inference import new_context
from nets.nnue.kernel_steps import KernelSteps
from nets.nnue.parameters import ARRAYS
from nets.nnue.quantise import RealNetwork, output_one, quantise, unit
from nets.simd import ONE
from search.conformance import check_evaluation
from search.memory import aligned_records
from tests.engine.uci.conversation import Conversation
from tests.nets.nnue_examples import random_network, random_real

GAME = ChessGame(chess960=True)
KIWIPETE = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"
#: Kings that cross the middle and change their buckets, castling, en passant, promotions, and Chess960.
POSITIONS = {
    "start": GAME.start,
    "castling": KIWIPETE,
    "promotions": "n1n5/PPPk4/8/8/8/8/4Kppp/5N1N b - - 0 1",
    "kings": "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
    "chess960": "1rkbbnqr/pppppppp/3n4/8/8/3N4/PPPPPPPP/1RKBB1QR w BHbh - 0 1",
}


#: Scores of POSITIONS by random networks, by activation and numbers of the second and third layer.
GOLDEN = {
    ("squared", 0, 0): [59, -163, -371, 17, 77],
    ("pairs", 0, 0): [113, 86, 66, 108, 145],
    ("pairs", 16, 0): [246, 138, 147, 64, 314],
    ("pairs", 24, 32): [-65, 12, 171, 388, 223],
}


def mirror(state: Any) -> Any:
    return GAME.from_board(GAME.board(state).mirror())


@pytest.mark.bounds
@pytest.mark.parametrize("features", FEATURE_SETS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_sums_that_are_carried_along_are_those_of_a_fresh_board(features: str, activation: str) -> None:
    evaluation = nnue_evaluation(random_network(features=features, activation=activation, width=128))
    for fen in POSITIONS.values():
        assert check_evaluation(evaluation, GAME.parse(fen), games=4, plies=80, describe=GAME.text, mirror=mirror) > 40


@pytest.mark.interpreted
@pytest.mark.parametrize("fen", POSITIONS.values(), ids=POSITIONS.keys())
def test_they_are_without_the_compiler_too(fen: str) -> None:
    evaluation = nnue_evaluation(random_network(features="halfka-4"))
    assert check_evaluation(evaluation, GAME.parse(fen), games=1, plies=6, describe=GAME.text, mirror=mirror) > 3


@pytest.mark.bounds
@pytest.mark.interpreted
@pytest.mark.parametrize(("activation", "hidden", "last"), GOLDEN)
def test_scores_are_the_same_on_every_machine_and_without_the_compiler(activation: str, hidden: int, last: int) -> None:
    shape = {"activation": activation, "hidden": hidden, "last": last}
    evaluation = nnue_evaluation(random_network(7, features="halfka-8", width=128, **shape))
    accumulators = aligned_records(1, evaluation.dtype)
    kept = evaluation.prepare(accumulators)
    found = []
    for fen in POSITIONS.values():
        state = GAME.parse(fen)
        evaluation.refresh(accumulators[0], state)
        found.append(int(evaluation.score(accumulators[0], state)))
    del kept
    assert found == GOLDEN[activation, hidden, last]


def random_states(count: int, seed: int = 1) -> list[Any]:
    """States of random games from a few openings."""
    generator = np.random.default_rng(seed)
    states: list[Any] = []
    moves = np.zeros(256, np.int32)
    while len(states) < count:
        state = GAME.parse(generator.choice([GAME.start, KIWIPETE]))
        for _ in range(120):
            number = int(GAME.rules.legal(state, moves))
            if number == 0 or len(states) == count:
                break
            child = GAME.new_state()
            GAME.rules.play(state, child, int(generator.choice(moves[:number])))
            state = child
            states.append(state)
    return states


def trained_scores(real: RealNetwork, states: list[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Centipawns of the trainer's network in real numbers, and how far those of the integers may be off, each [n]."""
    config = real.config
    packed = new_positions(len(states))
    for number, state in enumerate(states):
        pack(state, packed[number], 0, 0, 0)
    batch = Batch(config, len(states))
    order = np.arange(len(states))
    extract_features(new_context(config)[0], packed, order, 0, len(states), batch.features, batch.counts, batch.buckets)
    batch.arrange(len(states))
    steps = KernelSteps(config)
    steps.start_from({name: np.asarray(getattr(real, name), np.float32) for name in ARRAYS})
    answers = steps.answers(batch, len(states))
    # The bound of docs/nnue.md: each sum is off by half a step for each feature and the bias, and so on.
    bounds = np.zeros(len(states))
    epsilon, whole = 0.5 / output_one(config), 0.5 / unit(config)

    def later(layer: str, bucket: int, inputs: Any, moved: Any) -> tuple[Any, Any]:
        """The sums of a later layer, and how far they may be off."""
        rows = np.asarray(getattr(real, f"{layer}_rows")[bucket], np.float64)
        rows = rows.reshape(len(rows), len(inputs))
        values = getattr(real, f"{layer}_biases")[bucket] + rows @ inputs
        return values, (np.abs(rows) + epsilon) @ moved + epsilon * inputs.sum() + whole

    def added(layer: str, bucket: int, values: Any, drift: Any) -> tuple[Any, Any]:
        """The clipped numbers of a later layer, rounded down to whole steps, and how far these may be off."""
        value = np.clip(values, 0, 1)
        low, high = np.clip(values - drift - 1 / ONE, 0, 1), np.clip(values + drift, 0, 1)
        moved = np.maximum(high - value, value - low)
        weights = np.abs(np.asarray(getattr(real, f"{layer}_outputs")[bucket], np.float64))
        bounds[n] += np.sum((weights + epsilon) * moved + epsilon * value)
        return value, moved

    for n in range(len(states)):
        bucket = batch.buckets[n]
        off = (batch.counts[n] + 1) / 2 / ONE
        inputs, moves = [], []
        for features in batch.features[n]:
            total = real.biases + real.rows[features[: batch.counts[n]]].sum(0)
            low, high, active = np.clip(total - off, 0, 1), np.clip(total + off, 0, 1), np.clip(total, 0, 1)
            rounded = 0.0
            if config.activation == "squared":
                low, high, active = low**2, high**2, active**2
            elif config.activation == "pairs":
                low, high, active = (
                    part[: config.inputs] * part[config.inputs :] * PAIR_SCALE for part in (low, high, active)
                )
                rounded = 0.5 / ONE
            inputs.append(active)
            moves.append(np.maximum(high - active, active - low) + rounded)
        entering, moved = np.concatenate(inputs), np.concatenate(moves)
        weights = np.abs(np.asarray(real.outputs[bucket], np.float64)).reshape(-1)
        bounds[n] += np.sum((weights + epsilon) * moved + epsilon * entering)
        values, drift = later("hidden", bucket, entering, moved)
        numbers, moved = added("hidden", bucket, values, drift)
        # A square is rounded down as well.
        squares = np.minimum(values**2, 1)
        squares_moved = np.minimum((2 * np.abs(values) + drift) * drift, 1) + 1 / ONE
        values, drift = later(
            "last", bucket, np.concatenate([numbers, squares]), np.concatenate([moved, squares_moved])
        )
        added("last", bucket, values, drift)
    bounds = (bounds + whole) * config.scale
    # Single precision in the trainer, and the whole centipawn that is left away.
    return answers.astype(np.float64) * config.scale, bounds * (1 + 1e-4) + 1.01


@pytest.mark.parametrize(
    ("activation", "hidden", "last", "count"),
    [
        ("squared", 0, 0, 2_000),
        ("clipped", 0, 0, 1_000),
        ("pairs", 8, 0, 1_000),
        ("pairs", 16, 32, 2_000),
        ("pairs", 24, 20, 1_000),
        pytest.param("squared", 0, 0, 10_000, marks=pytest.mark.slow),
        pytest.param("pairs", 16, 32, 10_000, marks=pytest.mark.slow),
    ],
)
def test_integers_say_what_the_trainer_says_within_the_bound(
    activation: str, hidden: int, last: int, count: int
) -> None:
    real = random_real(3, features="halfka-4", width=128, activation=activation, hidden=hidden, last=last)
    evaluation = nnue_evaluation(quantise(real))
    states = random_states(count)
    expected, bounds = trained_scores(real, states)
    accumulators = aligned_records(1, evaluation.dtype)
    kept = evaluation.prepare(accumulators)
    found = np.zeros(len(states))
    for number, state in enumerate(states):
        evaluation.refresh(accumulators[0], state)
        found[number] = network_score(accumulators[0], state)
    del kept
    assert np.all(np.abs(found - expected) <= bounds)
    assert np.mean(np.abs(found - expected)) < 6
    assert np.std(expected) > 20


def test_the_shipped_network_is_small_and_says_where_it_comes_from() -> None:
    path = shipped_network()
    assert path is not None
    assert path.stat().st_size <= 8_000_000
    network = load_network(path)
    assert network.provenance["sources"]
    assert network.recipe["passes"] > 0
    state = GAME.parse(GAME.start)
    accumulators = aligned_records(1, NNUE.dtype)
    kept = NNUE.prepare(accumulators)
    NNUE.refresh(accumulators[0], state)
    assert 0 < int(NNUE.score(accumulators[0], state)) < 100
    del kept


def test_a_score_fades_as_the_fifty_moves_go_by() -> None:
    evaluation = nnue_evaluation(random_network())
    accumulators = aligned_records(1, evaluation.dtype)
    kept = evaluation.prepare(accumulators)
    scores = []
    for clock in (0, 50, 99):
        state = GAME.parse(f"4k3/ppp5/8/8/8/8/PPP5/R3K3 w - - {clock} 60")
        evaluation.refresh(accumulators[0], state)
        scores.append(
            (int(evaluation.score(accumulators[0], state)), int(network_score(accumulators[0], state)), clock)
        )
    del kept
    assert all(value == network * (FADE - clock) // FADE for value, network, clock in scores)


@pytest.mark.parametrize("fen", [GAME.start, KIWIPETE, "8/2k5/8/8/8/5N2/4K3/8 b - - 12 40"])
def test_the_table_shows_pieces_outputs_and_the_movers_score(fen: str) -> None:
    evaluation = nnue_evaluation(random_network(output_buckets=4))
    lines = explain_network(ChessGame(), GAME.parse(fen), evaluation)
    assert sum(line.startswith("|") for line in lines) == 16
    assert sum("this position has" in line for line in lines) == 1
    assert sum(re.match(r" *\d+ to +\d+:", line) is not None for line in lines) == 4
    assert lines[-1].endswith("the side to move's view")


def test_a_network_file_is_chosen_and_a_bad_one_leaves_the_old(tmp_path: Path) -> None:
    path = save_network(random_network(5), tmp_path, "other")
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(path.read_bytes()[:1000])
    with Conversation() as talk:
        shipped = [
            line
            for line in talk.ask("setoption name Evaluation value nnue", "position startpos", "eval")
            if not line.startswith("info string")
        ]
        chosen = talk.ask(f"setoption name EvalFile value {path}", "eval")
        assert chosen != shipped
        refusal, *after = talk.ask(f"setoption name EvalFile value {bad}", "eval")
        assert refusal.startswith("info string")
        assert "bad.safetensors is no network" in refusal
        assert after == chosen
        assert talk.ask("setoption name EvalFile value <empty>", "eval") == shipped
