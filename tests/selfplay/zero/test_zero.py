"""Runs of self-play: they go on where they were, whoever plays, whatever was killed or damaged."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.game import Position
from engine.games import game
from engine.hexapawn.packing import PACKING
from nets.checkpoint import load_checkpoint
from nets.onnx import fast_bytes
from search.minimax import solve
from selfplay.learning.learner import LearnerConfig
from selfplay.learning.solved import Grader
from selfplay.workforce import Here, Processes, Work, Workforce
from selfplay.zero.config import ZeroConfig
from selfplay.zero.gating import GateConfig
from selfplay.zero.lockstep import SelfPlayConfig
from selfplay.zero.recipes import recipe
from selfplay.zero.resignation import ResignationConfig, WouldBe
from selfplay.zero.run import ZeroRun

HEXAPAWN = game("hexapawn3x3")
#: Small, with everything that a run may have to remember.
TINY = ZeroConfig(
    iterations=5, games=8, games_per_iteration=16, unit=8, lag=1, batch=32, blocks=1, channels=8, least_window=100,
    capacity=120,
    play=SelfPlayConfig(
        simulations=6, quick_simulations=2, full_share=0.7, surprise_share=0.5, opening_plies=3,
        resignation=ResignationConfig(enabled=True, highest=0.0, moves=1, played_on=0.3, most_false=0.5, least=2),
    ),
    learner=LearnerConfig(averaging=0.9),
    gate=GateConfig(gate="best", every=2, pairs=2, candidates=2),
)  # fmt: skip
ROOT = Path(__file__).parents[3]


def numbers(run: ZeroRun) -> dict[str, bytes]:
    """Everything that a run has learnt."""
    return {name: tensor.numpy().tobytes() for name, tensor in run.learner.state().items()}


def course(run: ZeroRun) -> list[dict[str, Any]]:
    """The history without what depends on the clock."""
    return [{name: value for name, value in asdict(one).items() if "seconds" not in name} for one in run.history]


def same(one: ZeroRun, other: ZeroRun) -> bool:
    """Whether two runs came to the same place."""
    return (
        numbers(one) == numbers(other)
        and course(one) == course(other)
        and one.standing == other.standing
        and one.resignation.seen == other.resignation.seen
        and np.array_equal(one.replay.samples.policy, other.replay.samples.policy)
        and np.array_equal(one.replay.samples.states["key"], other.replay.samples.states["key"])
    )


def finish(folder: Path, config: ZeroConfig = TINY, hire: Callable[[Work], Workforce] = Here) -> ZeroRun:
    with ZeroRun(HEXAPAWN, config, folder, hire=hire) as run:
        while not run.finished:
            run.iterate()
    return run


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> ZeroRun:
    """A run that nothing disturbed."""
    return finish(tmp_path_factory.mktemp("whole"))


def test_a_run_that_was_left_goes_on_to_the_same_end(whole: ZeroRun, tmp_path: Path) -> None:
    for _ in range(TINY.iterations):
        with ZeroRun(HEXAPAWN, TINY, tmp_path) as run:
            run.iterate()
    again = ZeroRun(HEXAPAWN, TINY, tmp_path)
    assert again.finished
    # What was overwritten in the window is not kept, so only what is drawn from must agree.
    assert numbers(again) == numbers(whole)
    assert course(again) == course(whole)
    assert (again.standing, again.replay.added) == (whole.standing, whole.replay.added)
    assert len(again.replay) == len(whole.replay) == TINY.capacity
    assert np.array_equal(again.replay.samples.policy, whole.replay.samples.policy)
    # More iterations may be asked for later; anything else is another run.
    assert not ZeroRun(HEXAPAWN, replace(TINY, iterations=6), tmp_path).finished
    with pytest.raises(ValueError, match="with another configuration"):
        ZeroRun(HEXAPAWN, replace(TINY, seed=2), tmp_path)
    (tmp_path / "config.json").write_text("[]")
    with pytest.raises(ValueError, match="is no description of a run"):
        ZeroRun(HEXAPAWN, TINY, tmp_path)


def test_a_network_with_history_learns_and_goes_on(tmp_path: Path) -> None:
    config = replace(TINY, history=2, iterations=2)
    seeing = finish(tmp_path / "whole", config)
    assert seeing.encoding.name == "hexapawn3x3-history2-1"
    assert seeing.replay.samples.past_counts.max() == 2
    with ZeroRun(HEXAPAWN, config, tmp_path / "parts") as run:
        run.iterate()
    again = finish(tmp_path / "parts", config)
    assert same(again, seeing)
    known = load_checkpoint(again.export("seeing"))
    assert known.encoding == "hexapawn3x3-history2-1"


def test_a_run_may_begin_with_a_network(tmp_path: Path) -> None:
    first = finish(tmp_path / "first", replace(TINY, iterations=1))
    file = first.export("first")
    again = ZeroRun(HEXAPAWN, TINY, tmp_path / "second", start=file)
    for ours, theirs in zip(again.learner.network.parameters(), first.learner.player.parameters(), strict=True):
        assert np.allclose(ours.detach(), theirs.detach(), atol=1e-3)
    again.iterate()
    assert load_checkpoint(again.export("second")).parent == hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(ValueError, match="with another configuration"):
        ZeroRun(HEXAPAWN, TINY, tmp_path / "second")
    with pytest.raises(ValueError, match="another size: blocks 1, not 2"):
        ZeroRun(HEXAPAWN, replace(TINY, blocks=2), tmp_path / "third", start=file)


def test_a_threshold_of_0_is_a_threshold(tmp_path: Path) -> None:
    run = ZeroRun(HEXAPAWN, TINY, tmp_path)
    run.resignation.seen = [WouldBe(-0.5, lost=True), WouldBe(-0.2, lost=False)]
    for threshold, share in ((0.0, 0.5), (-0.4, 0.0), (None, 0.0)):
        run._thresholds = [threshold]
        assert run._false_resignations(0) == share


def test_a_network_may_learn_how_long_games_last(tmp_path: Path) -> None:
    config = replace(TINY, moves_left=True, iterations=2)
    run = finish(tmp_path, config)
    assert run.evaluator.tells_moves_left
    assert all(one.moves_left_loss is not None and one.moves_left_loss > 0 for one in run.history)
    assert same(ZeroRun(HEXAPAWN, config, tmp_path), run)


def test_a_run_does_what_its_options_say(whole: ZeroRun) -> None:
    assert [one.iteration for one in whole.history] == [1, 2, 3, 4, 5]
    # The network that plays is at least one iteration behind, and is promoted by games alone.
    assert [one.playing for one in whole.history[:3]] == [0, 0, 0]
    assert [one.elo is not None for one in whole.history] == [False, True, False, True, False]
    for one in whole.history:
        assert 0 <= one.policy_divergence < one.policy_loss
        assert one.moves_left_loss is None
        assert (one.elo_error is None) == (one.elo is None)
        assert one.playing <= max(one.iteration - 2, 0)
        assert one.window <= TINY.capacity
        assert sum(one.first_moves.values()) <= 16
    assert any(one.resigned > 0 for one in whole.history)
    assert whole.history[-1].games == 80
    config = json.loads((whole.folder / "config.json").read_text())
    assert config["config"]["play"]["simulations"] == 6
    assert set(config["made_with"]) == {"python", "matchbox-ai", "numpy", "numba", "torch", "revision"}
    assert (whole.folder / "games.txt").read_text().count("\n") == 16


def test_games_are_played_with_bytes_where_that_is_fast(whole: ZeroRun, tmp_path: Path) -> None:
    config = replace(TINY, precision="auto", iterations=2)
    run = finish(tmp_path / "one", config)
    assert same(run, finish(tmp_path / "other", config))
    divergences = [[one.policy_divergence for one in some.history[:2]] for some in (run, whole)]
    assert (divergences[0] != divergences[1]) == fast_bytes()


def test_processes_that_play_change_nothing_even_if_one_dies(whole: ZeroRun, tmp_path: Path) -> None:
    workforce: list[Processes] = []

    def hire(work: Work) -> Workforce:
        workforce.append(Processes(work, 2))
        return workforce[0]

    with ZeroRun(HEXAPAWN, TINY, tmp_path, hire=hire) as run:
        run.iterate()
        os.kill(workforce[0].pids()[0], signal.SIGKILL)
        while not run.finished:
            run.iterate()
        assert run.workers == 2
    assert same(run, whole)


def test_what_a_kill_left_half_written_is_ignored(tmp_path: Path) -> None:
    ZeroRun(HEXAPAWN, TINY, tmp_path).iterate()
    half = tmp_path / "iteration-000002.tmp"
    half.mkdir()
    (half / "learner.safetensors").write_bytes(b"half")
    run = ZeroRun(HEXAPAWN, TINY, tmp_path)
    assert len(run.history) == 1
    run.iterate()
    assert sorted(path.name for path in tmp_path.glob("iteration-*")) == ["iteration-000001", "iteration-000002"]


def test_a_damaged_iteration_is_named_and_the_one_before_is_gone_on_with(whole: ZeroRun, tmp_path: Path) -> None:
    for _ in range(3):
        ZeroRun(HEXAPAWN, TINY, tmp_path).iterate()
    damaged = tmp_path / "iteration-000003" / "learner.safetensors"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    with pytest.warns(UserWarning, match=r"iteration-000003/learner.safetensors is damaged"):
        run = ZeroRun(HEXAPAWN, TINY, tmp_path)
    assert len(run.history) == 2
    while not run.finished:
        run.iterate()
    assert numbers(run) == numbers(whole)
    for facts in tmp_path.glob("iteration-*/facts.json"):
        facts.write_text("{")
    with (
        pytest.warns(UserWarning, match=r"facts.json is damaged"),
        pytest.raises(ValueError, match=r"no iteration in .* can be gone on with"),
    ):
        ZeroRun(HEXAPAWN, TINY, tmp_path)


@pytest.mark.parametrize("damage", ["truncated", "changed", "missing"])
def test_a_damaged_shard_is_named_and_skipped(damage: str, tmp_path: Path) -> None:
    config = replace(TINY, capacity=10_000)
    for _ in range(2):
        ZeroRun(HEXAPAWN, config, tmp_path).iterate()
    shard = tmp_path / "games" / "000001-001.npz"
    content = shard.read_bytes()
    size = len(ZeroRun(HEXAPAWN, config, tmp_path).replay)
    if damage == "missing":
        shard.unlink()
    else:
        shard.write_bytes(content[:-10] if damage == "truncated" else content[:-10] + bytes(10))
    with pytest.warns(UserWarning, match=r"000001-001.npz is (damaged|missing).*its games are not learnt from"):
        run = ZeroRun(HEXAPAWN, config, tmp_path)
    assert 0 < len(run.replay) < size
    # Nothing is drawn from where its samples would have been.
    drawn = run.replay.draw(1_000, np.random.default_rng(1))
    assert np.allclose(drawn.policy.sum(1), 1, atol=1e-5)
    run.iterate()
    assert len(ZeroRun(HEXAPAWN, config, tmp_path).history) == 3


@pytest.mark.parametrize("writes", [0, 2, 4, 6])
def test_a_full_disk_is_an_error_that_a_run_survives(
    writes: int, whole: ZeroRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = ZeroRun(HEXAPAWN, TINY, tmp_path)
    run.iterate()
    left = [writes]
    really = os.fsync

    def full(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        really(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left") as error:
            run.iterate()
    assert str(error.value.filename).startswith(str(tmp_path))
    assert not list(tmp_path.rglob(".*.tmp"))
    with ZeroRun(HEXAPAWN, TINY, tmp_path) as again:
        while not again.finished:
            again.iterate()
    assert numbers(again) == numbers(whole)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("actors", [0, 2])
def test_a_run_that_is_killed_ten_times_ends_in_the_same_place(actors: int, tmp_path: Path) -> None:
    config = replace(TINY, iterations=12)
    code = (
        "import sys; from pathlib import Path\n"
        "from dataclasses import replace\n"
        "from selfplay.workforce import Here, Processes\n"
        "from tests.selfplay.zero.test_zero import finish, TINY\n"
        "if __name__ == '__main__':\n"
        "    hire = (lambda work: Processes(work, int(sys.argv[2]))) if int(sys.argv[2]) else Here\n"
        "    finish(Path(sys.argv[1]), replace(TINY, iterations=12), hire)"
    )
    program = tmp_path / "program.py"
    program.write_text(code)
    folder = tmp_path / "killed"
    command = [sys.executable, str(program), str(folder), str(actors)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    rng = np.random.default_rng(1)
    for _ in range(10):
        before = {path.name for path in folder.rglob("*")}
        process = subprocess.Popen(command, env=environment)
        # Until it has written something, then a little longer.
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if {path.name for path in folder.rglob("*")} != before:
                break
            time.sleep(0.01)
        time.sleep(float(rng.random()))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert subprocess.run(command, env=environment, check=False).returncode == 0
    undisturbed = finish(tmp_path / "whole", config)
    killed = ZeroRun(HEXAPAWN, config, folder)
    assert numbers(killed) == numbers(undisturbed)
    assert course(killed) == course(undisturbed)


def test_hexapawn_is_learnt_from_its_rules_alone(tmp_path: Path) -> None:
    solution = solve(PACKING, Position(HEXAPAWN).state)
    assert solution is not None
    grader = Grader(HEXAPAWN.rules, solution)
    run = ZeroRun(
        HEXAPAWN,
        recipe(HEXAPAWN, iterations=14),
        tmp_path,
        measure=lambda evaluator: asdict(grader.grade(evaluator)),
    )
    before = grader.grade(run.evaluator)
    while not run.finished:
        run.iterate()
    after = run.history[-1].measures
    assert before.safe < 0.9 or before.value < 0.9
    assert after["safe"] > 0.97
    assert after["value"] > 0.97
    assert run.export("hexapawn3x3").exists()
