"""Learning from a solved game, and networks as evaluators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.chess.planes import ChessEncoding
from engine.game import Position
from engine.games import game
from engine.hexapawn.packing import PACKING
from engine.hexapawn.planes import HexapawnEncoding
from engine.network import NetworkEvaluator, config_for
from nets.residual import ResidualNetwork
from search.evaluator import new_batch
from search.mcts import MonteCarlo
from search.minimax import Solution, solve
from search.rules import legal
from search.searcher import MATE, Limits
from selfplay.learning.learner import Learner, LearnerConfig
from selfplay.learning.samples import Samples
from selfplay.learning.solved import grade, lessons

HEXAPAWN = game("hexapawn3x3")
ENCODING = HexapawnEncoding(3, 3)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small are slower on several threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def solution() -> Solution:
    solved = solve(PACKING, Position(HEXAPAWN).state)
    assert solved is not None
    return solved


@pytest.fixture(scope="module")
def samples(solution: Solution) -> Samples:
    return lessons(HEXAPAWN.rules, solution)


def small() -> ResidualNetwork:
    torch.manual_seed(1)
    return ResidualNetwork(config_for(ENCODING, blocks=1, channels=24))


def test_lessons_are_what_minimax_found(samples: Samples, solution: Solution) -> None:
    assert len(samples) == 70
    assert np.allclose(samples.policy.sum(1), 1)
    assert np.allclose(samples.wdl.sum(1), 1)
    buffer = np.zeros(HEXAPAWN.rules.max_moves, np.int32)
    for row, state in enumerate(samples.states):
        entry = solution[state]
        count = int(legal(state, buffer))
        assert count == samples.counts[row]
        chosen = {int(move) for move, share in zip(buffer[:count], samples.policy[row], strict=False) if share > 0}
        assert chosen == set(entry.optimal)
        assert samples.wdl[row].argmax() == 1 - entry.value


def test_a_network_learns_hexapawn_to_the_end(samples: Samples, solution: Solution) -> None:
    network = small()
    learner = Learner(network, ENCODING, LearnerConfig(steps=250, warmup=10))
    rng = np.random.default_rng(1)
    first = learner.losses(samples)
    assert grade(NetworkEvaluator(network, ENCODING), samples, solution).value < 0.9
    for _ in range(250):
        learner.step(samples.take(rng.integers(0, len(samples), 128)))
    last = learner.losses(samples)
    assert last.policy < first.policy / 2
    assert last.value < 0.01
    evaluator = NetworkEvaluator(network, ENCODING)
    known = grade(evaluator, samples, solution)
    assert (known.states, known.policy, known.value, known.safe) == (70, 1.0, 1.0, 1.0)
    # One simulation plays the policy; more prove what it says.
    searcher = MonteCarlo(evaluator, hash_mib=1, batch=4)
    position = Position(HEXAPAWN)
    assert searcher.search(position.root(), Limits(nodes=1)).move in solution[position.state].optimal
    assert searcher.search(position.root(), Limits(nodes=500)).score < 100 - MATE


def test_the_divergence_is_what_is_left_of_the_loss_of_the_policy(samples: Samples) -> None:
    """A network that says what is to be learnt has the entropy of that as its loss, and no divergence."""
    learner = Learner(small(), ENCODING, LearnerConfig())
    losses = learner.losses(samples)
    shares = samples.policy.astype(np.float64)
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(1).mean()
    assert entropy > 0.1
    assert losses.divergence == pytest.approx(losses.policy - entropy, abs=1e-5)
    assert losses.divergence > 0


def test_plies_to_the_end_are_learnt_where_they_are_known(samples: Samples) -> None:
    torch.manual_seed(1)
    network = ResidualNetwork(config_for(ENCODING, blocks=1, channels=24, moves_left=True))
    learner = Learner(network, ENCODING, LearnerConfig(warmup=10, moves_left_weight=1.0))
    some = samples.take(np.arange(len(samples)))
    some.moves_left[::3] = np.nan
    before = learner.losses(some).moves_left
    for _ in range(80):
        learner.step(some)
    after = learner.losses(some).moves_left
    assert before is not None
    assert after is not None
    assert after < before / 4
    some.moves_left[:] = np.nan
    assert learner.step(some).moves_left == 0
    assert all(bool(torch.isfinite(parameter).all()) for parameter in network.parameters())
    assert Learner(small(), ENCODING, LearnerConfig()).losses(samples).moves_left is None


def test_the_same_seed_learns_the_same_and_a_learner_goes_on_where_it_was(samples: Samples) -> None:
    def learnt(breaks: bool) -> torch.Tensor:
        learner = Learner(small(), ENCODING, LearnerConfig(steps=20))
        rng = np.random.default_rng(2)
        for number in range(20):
            if breaks and number == 10:
                state = learner.state()
                learner = Learner(small(), ENCODING, LearnerConfig(steps=20))
                learner.restore(state)
            learner.step(samples.take(rng.integers(0, len(samples), 32)))
        return torch.cat([parameter.flatten() for parameter in learner.network.parameters()])

    assert torch.equal(learnt(False), learnt(True))


def test_a_batch_is_evaluated_as_its_states_are_one_by_one() -> None:
    chess = game("chess")
    encoding = ChessEncoding()
    torch.manual_seed(1)
    evaluator = NetworkEvaluator(ResidualNetwork(config_for(encoding, blocks=1, channels=16)), encoding)
    batch = new_batch(chess.rules, 4)
    fens = (chess.start, "r3k2r/8/8/8/8/8/8/R3K2R b KQkq - 0 1", "8/P7/8/8/8/8/7k/K7 w - - 0 1")
    for row, fen in enumerate(fens):
        batch.states[row] = chess.parse(fen)
        batch.counts[row] = legal(batch.states[row], batch.moves[row])
    evaluator.evaluate(batch.first(3))
    together = batch.logits[:3].copy(), batch.wdl[:3].copy()
    assert np.isfinite(together[0]).all()
    assert np.allclose(together[1].sum(1), 1, atol=1e-5)
    for row in range(3):
        single = new_batch(chess.rules, 1)
        single.states[0] = batch.states[row]
        single.counts[0] = batch.counts[row]
        evaluator.evaluate(single)
        count = int(batch.counts[row])
        assert np.allclose(single.logits[0, :count], together[0][row, :count], atol=1e-4)
        assert np.allclose(single.wdl[0], together[1][row], atol=1e-4)
        # The logits are those of the actions of the legal moves.
        planes = torch.from_numpy(encoding.planes_of(batch.states[row])[None])
        with torch.inference_mode():
            policy = evaluator.network(planes).policy[0].numpy()
        expected = [policy[encoding.action_of(batch.states[row], int(move))] for move in batch.moves[row, :count]]
        assert np.allclose(together[0][row, :count], expected, atol=1e-4)


def test_a_network_for_another_board_is_refused() -> None:
    with pytest.raises(ValueError, match="knows 27 actions; hexapawn4x4-planes-1 has"):
        NetworkEvaluator(small(), HexapawnEncoding(4, 4))
    for wrong in ({"learning_rate": 0.0}, {"clip": 0.0}, {"warmup": -1}):
        with pytest.raises(ValueError, match=r"must be above 0|may be negative"):
            LearnerConfig(**wrong)  # type: ignore[arg-type]


def test_a_checkpoint_keeps_the_network_for_its_encoding(tmp_path: Path) -> None:
    from nets.checkpoint import Checkpoint, load_checkpoint, save_checkpoint

    path = save_checkpoint(Checkpoint(small(), ENCODING.name), tmp_path, "hexapawn3x3")
    loaded = load_checkpoint(path, ENCODING.name)
    assert NetworkEvaluator(loaded.network, ENCODING).rules is HEXAPAWN.rules
