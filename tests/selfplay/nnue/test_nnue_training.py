"""Training of networks: it learns what the shards say, goes on where it was left, and refuses what does not fit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.chess.game import ChessGame
from engine.chess.material import MATERIAL
from engine.chess.packed import DRAWN, LOST, NO_SCORE, UNKNOWN, WON, new_positions, pack, results, sides, states_of
from nets.nnue.config import NnueConfig
from nets.nnue.parameters import ARRAYS
from search.memory import aligned_records
from selfplay.nnue.distilled import distilled, evaluation_teacher
from selfplay.nnue.from_text import packed_lines
from selfplay.nnue.positions import Positions, expected_points, load_positions
from selfplay.nnue.trainer import Training, TrainingConfig
from selfplay.positions.shards import shard_files, write_shard
from tests.selfplay.nnue.random_games import random_positions

GAME = ChessGame()
CONFIG = TrainingConfig(
    network=NnueConfig(features="768-mirrored", width=64, output_buckets=2),
    passes=6,
    batch=64,
    rate=4e-3,
    warmup=5,
    held_out=100,
)


PACKED = random_positions(2_000)


def positions(folder: Path) -> Positions:
    write_shard(folder / "a.shard", PACKED[:1200], {"from": "here"})
    write_shard(folder / "b.shard", PACKED[1200:], {"from": "there"})
    return load_positions(shard_files([folder]), teacher_scale=110.0, result_share=0.0, on_damage=refuse)


def refuse(error: Exception) -> None:
    raise error


def test_a_network_learns_the_worth_of_the_pieces(tmp_path: Path) -> None:
    training = Training(CONFIG, positions(tmp_path), tmp_path / "run", threads=2)
    begun = training.held_out_error()
    while not training.finished:
        report = training.run()
    assert report.held_out < begun / 4
    assert report.passes == 6
    network = training.network()
    assert network.provenance["positions"] == 2_000
    assert [source["from"] for source in network.provenance["sources"]] == ["here", "there"]


def test_a_run_that_was_left_goes_on_to_the_same_end(tmp_path: Path) -> None:
    known = positions(tmp_path)
    whole = Training(CONFIG, known, tmp_path / "whole")
    while not whole.finished:
        whole.run()
    for _ in range(20):
        parts = Training(CONFIG, known, tmp_path / "parts")
        if parts.finished:
            break
        parts.run(report_steps=37)
    assert parts.finished
    for name in ARRAYS:
        assert np.array_equal(whole.steps.parameters()[name], parts.steps.parameters()[name])
    assert len(list((tmp_path / "parts").glob("checkpoint-*"))) == 2


def test_a_torn_checkpoint_is_passed_over(tmp_path: Path) -> None:
    known = positions(tmp_path)
    training = Training(CONFIG, known, tmp_path / "run")
    training.run(report_steps=3)
    training.run(report_steps=3)
    newest = max((tmp_path / "run").glob("checkpoint-*"))
    newest.write_bytes(newest.read_bytes()[:1000])
    again = Training(CONFIG, known, tmp_path / "run")
    assert again.step == 3
    assert [report.step for report in again.history] == [3]


def test_another_run_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    known = positions(tmp_path)
    Training(CONFIG, known, tmp_path / "run")
    with pytest.raises(ValueError, match="other settings"):
        Training(replace(CONFIG, seed=2), known, tmp_path / "run")
    # As many positions in a shard of the same name, but other ones.
    changed = PACKED.copy()
    changed["score"][0] += 1
    write_shard(tmp_path / "a.shard", changed[:1200], {"from": "here"})
    other = load_positions(shard_files([tmp_path]), teacher_scale=110.0, result_share=0.0, on_damage=refuse)
    with pytest.raises(ValueError, match="other positions"):
        Training(CONFIG, other, tmp_path / "run")


@pytest.mark.parametrize("hidden", [0, 8])
def test_a_network_may_be_given_further_layers(tmp_path: Path, hidden: int) -> None:
    known = positions(tmp_path)
    shape = replace(CONFIG.network, width=128, activation="pairs", hidden=hidden)
    without = replace(CONFIG, network=shape)
    first = Training(without, known, tmp_path / "first")
    while not first.finished:
        first.run()
    config = replace(CONFIG, network=replace(shape, hidden=8, last=4))
    second = Training(config, known, tmp_path / "second", parent=first.network())
    begun = second.held_out_error()
    assert begun == pytest.approx(first.held_out_error(), rel=0.1)  # rounded to integers
    while not second.finished:
        second.run()
    assert second.held_out_error() < begun
    assert np.abs(second.network().hidden_outputs).max() > 0
    assert np.abs(second.network().last_outputs).max() > 0
    with pytest.raises(ValueError, match="another shape"):
        Training(without, known, tmp_path / "third", parent=second.network())


def test_scores_become_points_and_results_are_blended_in() -> None:
    packed = new_positions(4)
    state = GAME.parse(GAME.start)
    for number, outcome in enumerate((LOST, DRAWN, WON, UNKNOWN)):
        pack(state, packed[number], 110, 0, outcome)
    points = 1 / (1 + np.exp(-1))
    assert expected_points(packed, 110.0, 0.0) == pytest.approx([points] * 4)
    assert expected_points(packed, 110.0, 1.0) == pytest.approx([0, 0.5, 1, points])
    assert expected_points(packed, 110.0, 0.25)[0] == pytest.approx(0.75 * points)


def test_positions_without_a_score_are_left_out(tmp_path: Path) -> None:
    packed = PACKED[:5].copy()
    packed["score"] = (NO_SCORE, 5_000, -5_000, 30, 20)
    write_shard(tmp_path / "a.shard", packed, {})
    files = shard_files([tmp_path])
    assert len(load_positions(files, teacher_scale=110.0, result_share=0.0, on_damage=refuse)) == 2
    with pytest.raises(ValueError, match="no position with a score"):
        load_positions(files, teacher_scale=110.0, result_share=0.0, most_score=10, on_damage=refuse)


@pytest.mark.parametrize("wrong", [{"passes": 0}, {"rate": -1.0}, {"result_share": 1.5}, {"held_out": -1}])
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"above 0|in 0\.\.1"):
        TrainingConfig(**wrong)


def test_variants_of_known_positions_are_scored_as_they_stand() -> None:
    taken = np.zeros(len(PACKED), np.bool_)
    found = distilled(evaluation_teacher(MATERIAL), PACKED, taken, 400, np.random.default_rng(1))
    assert 200 < len(found) <= 400
    states = states_of(found)
    for packed, state in zip(found, states, strict=True):
        accumulator = aligned_records(1, MATERIAL.dtype)[0]
        MATERIAL.refresh(accumulator, state)
        assert int(packed["score"]) == int(MATERIAL.score(accumulator, state))
        assert not state.checkers
    assert len({state.tobytes() for state in states}) > 200


def test_a_position_is_taken_as_it_stands_once_at_most() -> None:
    quiet = PACKED[:1]
    taken = np.zeros(1, np.bool_)
    teacher = evaluation_teacher(MATERIAL)
    parts = [distilled(teacher, quiet, taken, 200, np.random.default_rng(seed)) for seed in range(3)]
    unchanged = [
        states_of(quiet)[0].board.tobytes() == state.board.tobytes() for part in parts for state in states_of(part)
    ]
    assert len(unchanged) > 300
    assert sum(unchanged[: len(parts[0])]) >= 1
    assert taken.all()
    # Two plies and more may lead back to it by chance, but not as often as one variant in four.
    assert sum(unchanged) < 10


def test_equal_positions_are_held_out_together(tmp_path: Path) -> None:
    twice = np.concatenate([PACKED, PACKED])
    twice["score"][len(PACKED) :] += 1
    twice["ply"][len(PACKED) :] += 2
    write_shard(tmp_path / "a.shard", twice, {})
    known = load_positions(shard_files([tmp_path]), teacher_scale=110.0, result_share=0.0, on_damage=refuse)
    training = Training(replace(CONFIG, held_out=200), known, tmp_path / "run")
    boards = [
        record[["occupied", "codes"]].tobytes() + bytes(sides(known.packed)[[n]])
        for n, record in enumerate(known.packed)
    ]
    held = {boards[number] for number in training._held}
    assert 100 < len(training._held) < 300
    assert len(training._held) + len(training._learnt) == len(known)
    assert not held & {boards[number] for number in training._learnt}


def test_lines_of_text_become_positions_of_the_mover() -> None:
    lines = [f"{GAME.start}\t25\t1.0\n", f"{GAME.start.replace(' w ', ' b ')}\t25\t1.0\n", f"{GAME.start}\t-3\t0.5\n"]
    packed = packed_lines(lines)
    assert packed["score"].tolist() == [25, -25, -3]
    assert results(packed).tolist() == [WON, LOST, DRAWN]
    with pytest.raises(ValueError, match="line 2"):
        packed_lines([lines[0], "nonsense"])
