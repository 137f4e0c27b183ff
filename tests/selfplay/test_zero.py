"""Self-play: games by the rules, targets that are policies, and runs that go on where they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.game import Position
from engine.games import game
from engine.hexapawn.packing import PACKING
from engine.hexapawn.planes import HexapawnEncoding
from search.mcts import Options
from search.minimax import solve
from search.playouts import Playouts
from search.rules import ONGOING, legal, verdict
from selfplay.lockstep import Lockstep, PlayedGame, SelfPlayConfig
from selfplay.replay import Replay, power_law_window
from selfplay.samples import no_samples
from selfplay.solved import grade, lessons
from selfplay.zero import ZeroConfig, ZeroRun

HEXAPAWN = game("hexapawn3x3")
ENCODING = HexapawnEncoding(3, 3)
TINY = ZeroConfig(
    iterations=4, games=8, games_per_iteration=16, batch=32, blocks=1, channels=8,
    play=SelfPlayConfig(simulations=6, opening_plies=3),
)  # fmt: skip
ROOT = Path(__file__).parents[2]


def played(config: SelfPlayConfig, games: int = 20, name: str = "hexapawn3x3", seed: int = 1) -> list[PlayedGame]:
    chosen = game(name)
    evaluator = Playouts(chosen.rules)
    return Lockstep(lambda: Position(chosen).state, evaluator, config, games=7).play(games, seed)


@pytest.mark.parametrize("selection", ["gumbel", "puct"])
def test_games_are_played_by_the_rules_to_their_ends(selection: Any) -> None:
    config = SelfPlayConfig(options=Options(selection=selection), simulations=8)
    games = played(config)
    assert len(games) == 20
    for one in games:
        position = Position(HEXAPAWN)
        for move in one.moves:
            assert move in position.legal()
            position.push(move)
        outcome = position.outcome()
        assert outcome is not None
        assert one.result == {0: 1, 1: -1, None: 0}[outcome.winner]
        for row, state in enumerate(one.samples.states):
            count = int(one.samples.counts[row])
            assert one.samples.policy[row].sum() == pytest.approx(1, abs=1e-5)
            assert not one.samples.policy[row, count:].any()
            # The outcome is told from the mover's side.
            won = one.result if state.side == 0 else -one.result
            assert one.samples.wdl[row, 1 - won] == 1
    # The same seed plays the same games, another one others.
    assert [one.moves for one in played(config)] == [one.moves for one in games]
    assert [one.moves for one in played(config, seed=2)] != [one.moves for one in games]


def test_a_won_position_is_won_with_a_few_simulations() -> None:
    """Proofs of the search reach the policy that is learnt."""
    one_move = HEXAPAWN.parse("p2/1P1/3 w")
    lockstep = Lockstep(lambda: one_move, Playouts(HEXAPAWN.rules), SelfPlayConfig(opening_share=0.0), games=2)
    buffer = np.zeros(HEXAPAWN.rules.max_moves, np.int32)
    for one in lockstep.play(4, seed=1):
        assert one.result == 1
        assert len(one.moves) == 1
        count = int(legal(one.samples.states[0], buffer))
        assert count == 2
        assert one.samples.policy[0, buffer[:count].tolist().index(one.moves[0])] == 1


def test_quick_moves_are_not_learnt_from() -> None:
    everything = played(SelfPlayConfig(opening_share=0.0), games=40)
    some = played(SelfPlayConfig(opening_share=0.0, full_share=0.3), games=40)
    assert sum(len(one.samples) for one in everything) == sum(len(one.moves) for one in everything)
    share = sum(len(one.samples) for one in some) / sum(len(one.moves) for one in some)
    assert 0.15 < share < 0.45


def test_long_games_of_chess_are_drawn_at_their_limit() -> None:
    games = played(SelfPlayConfig(simulations=2, longest=12), games=3, name="chess")
    for one in games:
        position = Position(game("chess"))
        for move in one.moves:
            position.push(move)
        if len(one.moves) == 12 and verdict(position.state, np.zeros(256, np.int32)) == ONGOING:
            assert one.result == 0
        assert len(one.moves) <= 12


def test_the_window_keeps_the_newest() -> None:
    replay = Replay(HEXAPAWN.rules, 10)
    with pytest.raises(ValueError, match="nothing to learn from"):
        replay.draw(1, np.random.default_rng(1))
    for first in range(0, 24, 4):
        samples = no_samples(HEXAPAWN.rules, 4)
        samples.counts[:] = np.arange(first, first + 4)
        replay.add(samples)
    assert (len(replay), replay.added) == (10, 24)
    rng = np.random.default_rng(1)
    assert set(replay.draw(300, rng).counts.tolist()) == set(range(14, 24))
    assert set(replay.draw(300, rng, window=3).counts.tolist()) == {21, 22, 23}
    assert power_law_window(100, 1_000) == 100
    assert 1_000 < power_law_window(10_000, 1_000) < 4_000
    with pytest.raises(ValueError, match="holds nothing"):
        Replay(HEXAPAWN.rules, 0)


def weights(run: ZeroRun) -> np.ndarray[Any, Any]:
    parameters = run.learner.network.parameters()
    return np.concatenate([parameter.detach().numpy().ravel() for parameter in parameters])


def finish(folder: Path, config: ZeroConfig = TINY) -> ZeroRun:
    run = ZeroRun(HEXAPAWN, ENCODING, config, folder)
    while not run.finished:
        run.iterate()
    return run


def test_a_run_that_was_left_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole = finish(tmp_path / "whole")
    broken = tmp_path / "broken"
    for _ in range(TINY.iterations):
        ZeroRun(HEXAPAWN, ENCODING, TINY, broken).iterate()
    again = ZeroRun(HEXAPAWN, ENCODING, TINY, broken)
    assert again.finished
    assert np.array_equal(weights(whole), weights(again))
    assert [one.samples for one in again.history] == [one.samples for one in whole.history]
    assert (
        again.replay.samples.states[: len(again.replay)].tobytes()
        == whole.replay.samples.states[: len(whole.replay)].tobytes()
    )
    # More iterations may be asked for later; anything else is another run.
    longer = replace(TINY, iterations=5)
    assert not ZeroRun(HEXAPAWN, ENCODING, longer, broken).finished
    with pytest.raises(ValueError, match="with another configuration"):
        ZeroRun(HEXAPAWN, ENCODING, replace(TINY, seed=2), broken)


def test_what_a_kill_left_half_written_is_ignored(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    ZeroRun(HEXAPAWN, ENCODING, TINY, folder).iterate()
    half = folder / "iteration-000002.tmp"
    half.mkdir()
    (half / "learner.safetensors").write_bytes(b"half")
    run = ZeroRun(HEXAPAWN, ENCODING, TINY, folder)
    assert len(run.history) == 1
    run.iterate()
    assert sorted(path.name for path in folder.glob("iteration-*")) == ["iteration-000002"]


@pytest.mark.slow
def test_a_run_that_is_killed_ten_times_ends_in_the_same_place(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tests.selfplay.test_zero import finish, TINY; from dataclasses import replace\n"
        "finish(Path(sys.argv[1]), replace(TINY, iterations=12))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "killed")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    rng = np.random.default_rng(1)
    for _ in range(10):
        process = subprocess.Popen(command, env=environment)
        # Wait until it works, then a little longer.
        saved = len(list((tmp_path / "killed").glob("iteration-??????")))
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if len(list((tmp_path / "killed").glob("iteration-*"))) > saved or saved:
                break
            time.sleep(0.05)
        time.sleep(float(rng.random()) * 3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, env=environment, check=False).returncode == 0
    whole = finish(tmp_path / "whole", replace(TINY, iterations=12))
    killed = ZeroRun(HEXAPAWN, ENCODING, replace(TINY, iterations=12), tmp_path / "killed")
    assert np.array_equal(weights(whole), weights(killed))


def test_hexapawn_is_learnt_from_its_rules_alone(tmp_path: Path) -> None:
    config = ZeroConfig(iterations=14, play=SelfPlayConfig(simulations=16, opening_share=0.8, opening_plies=7))
    run = ZeroRun(HEXAPAWN, ENCODING, config, tmp_path / "run")
    solution = solve(PACKING, Position(HEXAPAWN).state)
    assert solution is not None
    samples = lessons(HEXAPAWN.rules, solution)
    before = grade(run.evaluator, samples, solution)
    while not run.finished:
        run.iterate()
    after = grade(run.evaluator, samples, solution)
    assert before.safe < 0.9 or before.value < 0.9
    assert after.safe > 0.97
    assert after.value > 0.97
    assert run.export("hexapawn3x3").exists()
    assert (tmp_path / "run" / "games.txt").read_text().count("\n") == 20
