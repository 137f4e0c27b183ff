"""Shards of positions: small, checked, whole or not there; a damaged one is named and left out."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from engine.chess.game import ChessGame
from engine.chess.packed import PACKED, new_positions, pack
from engine.game import Position
from selfplay.positions.shards import ShardError, encode_shard, read_shard, read_shards, shard_files, write_shard

GAME = ChessGame()


def positions_of_a_game(seed: int, plies: int = 60) -> np.ndarray:
    rng = random.Random(seed)
    position = Position(GAME)
    records = new_positions(plies)
    for index in range(plies):
        move = rng.choice(position.legal())
        pack(position.state, records[index], rng.randrange(-300, 300), move, rng.randrange(3))
        position.push(move)
    return np.asarray(records)


POSITIONS = positions_of_a_game(1)


def test_positions_and_facts_come_back(tmp_path: Path) -> None:
    size = write_shard(tmp_path / "a.shard", POSITIONS, {"seed": 7, "evaluation": "classical"})
    assert (tmp_path / "a.shard").stat().st_size == size
    shard = read_shard(tmp_path / "a.shard")
    assert shard.positions.dtype == PACKED
    assert shard.positions.tobytes() == POSITIONS.tobytes()
    assert shard.facts == {"seed": 7, "evaluation": "classical"}


def test_a_shard_may_be_empty(tmp_path: Path) -> None:
    write_shard(tmp_path / "a.shard", POSITIONS[:0], {})
    assert len(read_shard(tmp_path / "a.shard").positions) == 0


def test_a_position_takes_less_than_40_bytes_even_in_a_short_shard() -> None:
    games = np.concatenate([positions_of_a_game(seed) for seed in range(5)])
    assert len(encode_shard(games, {"seed": 1})) / len(games) < 20


def test_the_same_positions_are_the_same_bytes() -> None:
    assert encode_shard(POSITIONS, {"b": 1, "a": 2}) == encode_shard(POSITIONS, {"a": 2, "b": 1})


@pytest.mark.parametrize("length", [0, 5, 12, 40, 200, -33, -1])
def test_a_truncated_shard_is_detected_and_named(tmp_path: Path, length: int) -> None:
    path = tmp_path / "cut.shard"
    path.write_bytes(encode_shard(POSITIONS, {})[:length])
    with pytest.raises(ShardError, match=r"cut\.shard"):
        read_shard(path)


def test_every_changed_byte_is_detected(tmp_path: Path) -> None:
    content = bytearray(encode_shard(POSITIONS, {}))
    path = tmp_path / "changed.shard"
    for index in random.Random(3).sample(range(len(content)), 60):
        content[index] ^= 4
        path.write_bytes(content)
        with pytest.raises(ShardError, match=r"changed\.shard"):
            read_shard(path)
        content[index] ^= 4


def test_a_shard_of_impossible_positions_is_refused(tmp_path: Path) -> None:
    positions = POSITIONS.copy()
    positions[17]["occupied"] = 0
    write_shard(tmp_path / "wrong.shard", positions, {})
    with pytest.raises(ShardError, match="impossible position, number 17"):
        read_shard(tmp_path / "wrong.shard")


def test_damaged_shards_are_told_and_left_out(tmp_path: Path) -> None:
    for name in "abc":
        write_shard(tmp_path / f"{name}.shard", POSITIONS, {"name": name})
    path = tmp_path / "b.shard"
    path.write_bytes(path.read_bytes()[:-100])
    (tmp_path / "notes.txt").write_text("not a shard")
    damage: list[ShardError] = []
    shards = list(read_shards(shard_files([tmp_path]), damage.append))
    assert [shard.facts["name"] for _, shard in shards] == ["a", "c"]
    assert len(damage) == 1
    assert "b.shard is damaged or cut off" in str(damage[0])


def test_files_and_folders_are_found_once_and_in_order(tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_shard(tmp_path / f"{name}.shard", POSITIONS, {})
    assert shard_files([tmp_path / "b.shard", tmp_path]) == [tmp_path / "a.shard", tmp_path / "b.shard"]
    with pytest.raises(ValueError, match="there is no shard or folder"):
        shard_files([tmp_path / "nothing"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="there is no file"):
        shard_files([tmp_path / "empty"])
