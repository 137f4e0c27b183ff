"""Supervised training: positions and games become lessons, networks learn them, and runs go on where they were left."""

from __future__ import annotations

import io
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import chess
import chess.pgn
import numpy as np
import pytest
import torch

from engine.chess.game import ChessGame
from engine.chess.packed import DRAWN, LOST, NO_SCORE, PACKED, UNKNOWN, WON, new_positions, pack, results, states_of
from nets.checkpoint import load_checkpoint
from selfplay.learning.chess_lessons import Games, games_of_shards, joined, lessons, targets
from selfplay.learning.supervised import HELD_OUT, SupervisedConfig, SupervisedRun, files_as_facts
from selfplay.positions.human_games import Choice, games_of_pgn, parse_window
from selfplay.positions.shards import ShardError, write_shard

GAME = ChessGame(chess960=True)
TINY = SupervisedConfig(steps=6, batch=16, blocks=1, channels=8, measured_every=3, measured=20)


def packed(fen: str, move: str = "", score: int = NO_SCORE, result: int = UNKNOWN) -> np.ndarray:
    records = new_positions(1)
    state = GAME.parse(fen)
    pack(state, records[0], score, GAME.parse_move(state, move) if move else 0, result)
    return np.asarray(records)


def random_games(count: int, plies: int = 12, seed: int = 4) -> Games:
    """Games in which the first legal move is always the best."""
    rng = random.Random(seed)
    records = []
    for _ in range(count):
        board = chess.Board()
        for _ in range(plies):
            moves = list(board.legal_moves)
            best = min(moves, key=lambda move: (move.from_square, move.to_square, move.promotion or 0))
            records.append(packed(board.fen(), best.uci(), rng.randrange(-200, 200), rng.randrange(3)))
            board.push(rng.choice(moves))
    return Games(np.concatenate(records), np.full(count, plies, np.int64))


GAMES = random_games(40)


# Lessons.


def test_the_best_move_is_a_policy_over_the_legal_moves() -> None:
    fen = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"
    positions = np.concatenate([packed(fen, move) for move in ("e1h1", "e5d7", "a2a4")] + [packed(fen)])
    samples, chosen = lessons(positions, 0.5)
    assert samples.counts.tolist() == [48] * 4
    for index, move in enumerate(("e1h1", "e5d7", "a2a4")):
        legal = list(GAME._legal(samples.states[index]))
        assert GAME.move_text(samples.states[index], legal[chosen[index]]) == move
        assert samples.policy[index, chosen[index]] == samples.policy[index].sum() == 1
    assert chosen[3] == -1
    assert samples.policy[3].sum() == 0


def test_left_and_right_are_exchanged_only_where_nobody_may_castle() -> None:
    free, bound = "4k3/8/8/2pP4/8/5N2/8/4K3 w - c6 0 1", "4k3/8/8/8/8/5N2/8/4K2R w K - 0 1"
    positions = np.concatenate([packed(free, "f3g5"), packed(bound, "f3g5"), packed(free, "d5c6")])
    samples, chosen = lessons(positions, 0.5, np.array([True, True, True]))
    names = [
        GAME.move_text(state, GAME._legal(state)[move]) for state, move in zip(samples.states, chosen, strict=True)
    ]
    assert names == ["c3b5", "f3g5", "e5f6"]
    assert GAME.text(samples.states[0]) == "3k4/8/8/4Pp2/8/2N5/8/3K4 w - f6 0 1"


def test_a_value_blends_score_and_result() -> None:
    fen = GAME.start
    cases = [(0, WON), (NO_SCORE, LOST), (NO_SCORE, UNKNOWN), (3000, UNKNOWN), (-31_990, DRAWN)]
    wdl = targets(np.concatenate([packed(fen, "", score, result) for score, result in cases]), 0.25)
    assert np.allclose(wdl.sum(1), 1)
    even = targets(packed(fen, "", 0, UNKNOWN), 0.25)[0]
    assert np.allclose(wdl[0], 0.25 * even + 0.75 * np.array([1, 0, 0]), atol=1e-6)
    assert even[0] == pytest.approx(even[2])
    assert wdl[1].tolist() == [0, 0, 1]
    assert np.allclose(wdl[2], 1 / 3)
    assert wdl[3][0] > 0.99
    assert np.allclose(wdl[4], [0, 0.75, 0.25], atol=1e-3)


def parts(games: Games) -> tuple[set[bytes], set[bytes]]:
    """The games of 12 plies that are learnt from, and those held out, by their content."""
    learnt, held = games.split(HELD_OUT)
    return tuple({part[first : first + 12].tobytes() for first in range(0, len(part), 12)} for part in (learnt, held))  # type: ignore[return-value]


def test_games_are_held_out_whole() -> None:
    learnt, held = parts(GAMES)
    every = {GAMES.positions[first : first + 12].tobytes() for first in range(0, len(GAMES.positions), 12)}
    assert learnt | held == every
    assert not learnt & held
    assert 1 <= len(held) <= 6


def test_games_stay_in_their_part_whatever_others_come() -> None:
    other = random_games(60, seed=5)
    learnt, held = parts(GAMES)
    for more in (joined([other, GAMES]), joined([GAMES, other, GAMES])):
        more_learnt, more_held = parts(more)
        assert learnt <= more_learnt
        assert held <= more_held


def test_games_come_from_shards_and_damaged_ones_are_told(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.shard", GAMES.positions[:24], {"positions_of_games": [10, 14]})
    write_shard(tmp_path / "b.shard", GAMES.positions[:230], {})
    write_shard(tmp_path / "c.shard", GAMES.positions, {})
    (tmp_path / "c.shard").write_bytes(b"MBSHARD\0")
    told: list[ShardError] = []
    games = games_of_shards([tmp_path], told.append)
    assert games.lengths.tolist() == [10, 14, 100, 100, 30]
    assert len(games.positions) == 254
    assert len(told) == 1
    with pytest.raises(ValueError, match="no position to learn from"):
        joined([])


# Games of people.


def pgn(tmp_path: Path, *games: str) -> Path:
    path = tmp_path / "games.pgn"
    path.write_text("\n\n".join(games) + "\n")
    return path


def game(moves: str, result: str, **headers: str) -> str:
    parsed = chess.pgn.read_game(io.StringIO(f"{moves} {result}"))
    assert parsed is not None
    parsed.headers.update({"Result": result, "WhiteElo": "1550", "BlackElo": "1520", "TimeControl": "300+3"})
    parsed.headers.update(headers)
    return str(parsed)


SHORT = "1. e4 e5 2. Nf3 Nc6 3. Bc4 Bc5 4. O-O Nf6"


def test_the_moves_of_a_game_are_learnt_with_its_result(tmp_path: Path) -> None:
    games = games_of_pgn(pgn(tmp_path, game(SHORT, "1-0"), game("1. d4 d5", "1/2-1/2")), Choice())
    assert games.lengths.tolist() == [8, 2]
    assert games.positions.dtype == PACKED
    states = states_of(games.positions)
    names = [GAME.move_text(state, int(move)) for state, move in zip(states, games.positions["move"], strict=True)]
    assert names == ["e2e4", "e7e5", "g1f3", "b8c6", "f1c4", "f8c5", "e1h1", "g8f6", "d2d4", "d7d5"]
    assert results(games.positions).tolist() == [WON, LOST] * 4 + [DRAWN] * 2
    assert set(games.positions["score"].tolist()) == {NO_SCORE}


@pytest.mark.parametrize(
    ("choice", "lengths"),
    [
        (Choice(), [8, 8, 8, 8]),
        (Choice(least_rating=1500, most_rating=1600), [8, 8]),
        (Choice(least_rating=1500, most_rating=1549), []),
        (Choice(least_seconds=180), [8, 8, 8]),
        (Choice(first_ply=6), [2, 2, 2, 2]),
        (Choice(first_ply=8), []),
    ],
)
def test_games_are_chosen_by_rating_time_and_ply(tmp_path: Path, choice: Choice, lengths: list[int]) -> None:
    path = pgn(
        tmp_path,
        game(SHORT, "1-0"),
        game(SHORT, "0-1", WhiteElo="1601"),
        game(SHORT, "0-1", BlackElo="?"),
        game(SHORT, "0-1", TimeControl="60+1"),
        game(SHORT, "0-1", Variant="Atomic"),
    )
    assert games_of_pgn(path, choice).lengths.tolist() == lengths


def test_moves_in_time_trouble_are_left_out(tmp_path: Path) -> None:
    text = game("1. e4 { [%clk 0:01:00] } e5 { [%clk 0:00:20] } 2. Nf3 { [%clk 0:00:40] } Nc6 { [%clk 0:00:05] }", "*")
    games = games_of_pgn(pgn(tmp_path, text), Choice(least_clock=30))
    assert games.positions["ply"].tolist() == [0, 2]
    assert results(games.positions).tolist() == [UNKNOWN] * 2


def test_a_long_game_is_replayed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = game("1. Nf3 Nf6 2. Ng1 Ng8 " * 20, "*")
    boards: list[chess.pgn.ChildNode] = []
    # What replays a game from its beginning.
    monkeypatch.setattr(chess.pgn.ChildNode, "board", boards.append)
    assert games_of_pgn(pgn(tmp_path, text), Choice()).lengths.tolist() == [80]
    assert not boards


def test_a_rating_window_is_two_numbers() -> None:
    assert parse_window("1500..1600") == (1500, 1600)
    for text in ("1500", "1500-1600", "a..b", ""):
        with pytest.raises(ValueError, match=r"looks like 1500\.\.1600"):
            parse_window(text)
    with pytest.raises(ValueError, match="from low to high"):
        Choice(least_rating=1600, most_rating=1500)


# Training.


def finish(folder: Path, config: SupervisedConfig = TINY, games: Games = GAMES) -> SupervisedRun:
    run = SupervisedRun(games, config, folder, {"from": "a test"})
    for _ in run.steps():
        pass
    return run


def weights(run: SupervisedRun) -> bytes:
    return b"".join(tensor.numpy().tobytes() for tensor in run.learner.network.state_dict().values())


def test_a_network_learns_which_move_is_best(tmp_path: Path) -> None:
    config = replace(TINY, steps=60, batch=64, channels=16, measured_every=60, measured=1000, mirrored=False)
    run = SupervisedRun(GAMES, config, tmp_path, {})
    before = run.measure()
    for _ in run.steps():
        pass
    after = run.history[-1]
    assert after.accuracy > max(3 * before[0], 0.2)
    assert after.held_policy_loss < 0.9 * before[1]
    assert after.policy_loss < before[1]


@pytest.mark.parametrize("config", [TINY, replace(TINY, encoding="chess-planes-1", quiet_share=0.5)])
def test_a_run_that_is_left_ends_in_the_same_place(tmp_path: Path, config: SupervisedConfig) -> None:
    whole = finish(tmp_path / "whole", config)
    left = SupervisedRun(GAMES, config, tmp_path / "left", {"from": "a test"})
    for measurement in left.steps():
        if measurement is not None:
            break
    again = finish(tmp_path / "left", config)
    assert [row.step for row in again.history] == [row.step for row in whole.history] == [3, 6]
    assert weights(again) == weights(whole)
    assert again.finished


def test_a_run_is_of_one_configuration(tmp_path: Path) -> None:
    finish(tmp_path)
    with pytest.raises(ValueError, match="holds a run with channels 8, not 16"):
        finish(tmp_path, replace(TINY, channels=16))
    assert finish(tmp_path, replace(TINY, steps=9)).history[-1].step == 9


def test_a_run_learns_from_the_same_data_or_with_a_constant_rate_from_more(tmp_path: Path) -> None:
    one, other = tmp_path / "one.shard", tmp_path / "other.shard"
    write_shard(one, GAMES.positions[:240], {})
    write_shard(other, GAMES.positions[240:], {})

    def begin(
        folder: str, *files: Path, falling: bool = False, start: Path | None = None, **facts: Any
    ) -> SupervisedRun:
        learner = replace(TINY.learner, steps=100 if falling else 0)
        known = {"shards": files_as_facts(files), **facts}
        return SupervisedRun(GAMES, replace(TINY, learner=learner), tmp_path / folder, known, start=start)

    for falling in (False, True):
        folder = f"falling {falling}"
        network = begin(folder, one, falling=falling, least_rating=1500).export("chess")
        begin(folder, one, falling=falling, least_rating=1500)
        with pytest.raises(ValueError, match=r"other data \(least_rating\); go on with the same"):
            begin(folder, one, falling=falling, least_rating=1600)
        with pytest.raises(ValueError, match=r"other data \(shards\); go on with the same"):
            begin(folder, other, falling=falling, least_rating=1500)
        with pytest.raises(ValueError, match="began with another network; go on with the same"):
            begin(folder, one, falling=falling, least_rating=1500, start=network)
    begin("falling False", one, other, least_rating=1500)
    with pytest.raises(ValueError, match=r"other data \(shards\)"):
        begin("falling False", one, least_rating=1500)
    with pytest.raises(ValueError, match=r"other data \(shards\)"):
        begin("falling True", one, other, falling=True, least_rating=1500)
    (tmp_path / "falling True" / "config.json").write_text("{}")
    with pytest.raises(ValueError, match="does not say what the run learns from"):
        begin("falling True", one, falling=True, least_rating=1500)
    # A file that was changed is another one.
    write_shard(one, GAMES.positions[:228], {})
    with pytest.raises(ValueError, match=r"other data \(shards\)"):
        begin("falling False", one, other, least_rating=1500)


def test_the_network_in_the_file_says_what_it_learnt_from_and_can_be_begun_with(tmp_path: Path) -> None:
    run = finish(tmp_path / "first")
    run.export("chess")
    file = run.export("chess")
    assert set((tmp_path / "first").glob("*.safetensors")) == {file, tmp_path / "first" / "state.safetensors"}
    found = load_checkpoint(file, "chess-attacks-1")
    assert found.provenance["from"] == "a test"
    assert found.provenance["step"] == 6
    assert found.recipe["batch"] == 16
    after = SupervisedRun(GAMES, TINY, tmp_path / "second", {}, start=file)
    assert torch.allclose(after.learner.network.stem[0].weight, found.network.stem[0].weight)
    second = load_checkpoint(after.export("chess"), "chess-attacks-1")
    assert len(second.parent) == 64
    with pytest.raises(ValueError, match="another size"):
        SupervisedRun(GAMES, replace(TINY, blocks=2), tmp_path / "third", {}, start=file)


def test_low_precision_learns_nearly_the_same(tmp_path: Path) -> None:
    learner = replace(TINY.learner, precision="bfloat16")
    low, usual = finish(tmp_path / "low", replace(TINY, learner=learner)), finish(tmp_path / "usual")
    assert low.history[-1].policy_loss == pytest.approx(usual.history[-1].policy_loss, abs=0.1)
    with pytest.raises(ValueError, match="is not one of float32, bfloat16"):
        replace(TINY.learner, precision="float8")


def test_too_few_games_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="3 games are too few"):
        finish(tmp_path, games=random_games(3))
