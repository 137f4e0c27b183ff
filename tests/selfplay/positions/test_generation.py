"""Training games depend on seed and number alone; their folder is whole after a kill at any moment."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cli.hiring import hired
from engine.chess.packed import PACKED, results, states_of
from search.rules import equal
from selfplay.positions.generation import GenerationConfig, play_games, starts
from selfplay.positions.generation_run import GenerationRun, generate, journal_entry, read_journal
from selfplay.positions.shards import read_shard, shard_files

ROOT = Path(__file__).resolve().parents[3]
TINY = GenerationConfig(nodes=20, games_a_shard=5, longest=60, chess960_share=0.3, opening_share=0.3)


def fill(folder: Path, positions: int, config: GenerationConfig = TINY, processes: int = 1) -> list[str]:
    """Generate to the end; what was told."""
    told: list[str] = []
    with GenerationRun.open(folder, config, told.append) as run:
        for _ in generate(run, positions, hired(processes if processes > 1 else 0, None)):
            pass
    return told


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def total(folder: Path) -> int:
    return sum(len(read_shard(path).positions) for path in shard_files([folder]))


def test_a_game_depends_on_its_number_and_the_seed_alone() -> None:
    first, second = play_games(TINY, [3, 4])
    assert play_games(TINY, [4]) == [second]
    assert play_games(TINY, [3]) == [first]
    assert play_games(replace(TINY, seed=2), [3]) != [first]
    assert first.count == len(first.array()) > 0
    assert first.positions != second.positions


def test_games_begin_from_random_moves_openings_and_chess960() -> None:
    def kinds(config: GenerationConfig) -> tuple[int, int]:
        """How many of 40 starts have rooks away from home that may castle, and the ply of the latest."""
        states = [next(starts(config, number)) for number in range(40)]
        away = sum(bool(int(state.castling) & 0x7E0000000000007E) for state in states)
        return away, max(2 * int(state.fullmove) - 2 + int(state.side) for state in states)

    assert kinds(replace(TINY, chess960_share=0, opening_share=0, least_random=4, most_random=8)) == (0, 8)
    away, _ = kinds(replace(TINY, chess960_share=1, opening_share=0))
    assert away > 10
    again = [next(starts(TINY, number)) for number in (7, 7)]
    assert equal(*again)


def test_results_agree_from_move_to_move() -> None:
    for game in play_games(TINY, range(6)):
        positions = game.array()
        sides = np.array([int(state.side) for state in states_of(positions)])
        points = results(positions).astype(int)
        white = np.where(sides == 0, points, 2 - points)
        assert set(white.tolist()) <= {{0: 2, 1: 0, -1: 1}[game.winner]}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"nodes": 0}, "must be at least 1"),
        ({"opening_share": 0.8}, "together at most 1"),
        ({"least_random": 9, "most_random": 8}, "random plies must be in 0..60"),
        ({"longest": 1000}, "longest must be in"),
        ({"evaluation": "perfect"}, "there is no evaluation 'perfect' of chess; there are"),
    ],
)
def test_a_wrong_configuration_is_refused(change: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(TINY, **change)  # type: ignore[arg-type]


def test_the_folder_holds_enough_positions_and_is_gone_on_with(tmp_path: Path) -> None:
    fill(tmp_path / "a", 150)
    assert 150 <= total(tmp_path / "a") < 300
    before = content(tmp_path / "a")
    fill(tmp_path / "a", 150)
    assert content(tmp_path / "a") == before, "nothing was missing"
    fill(tmp_path / "a", 400)
    fill(tmp_path / "b", 400)
    assert content(tmp_path / "a") == content(tmp_path / "b")
    shard = read_shard(shard_files([tmp_path / "a"])[0])
    assert shard.facts["config"]["nodes"] == 20
    assert sum(shard.facts["results"].values()) == len(shard.facts["positions_of_games"]) == 5
    assert sum(shard.facts["positions_of_games"]) == len(shard.positions)


def test_many_processes_make_the_same_files_as_one(tmp_path: Path) -> None:
    fill(tmp_path / "one", 300)
    fill(tmp_path / "two", 300, processes=2)
    shards = [{path.name: path.read_bytes() for path in shard_files([tmp_path / name])} for name in ("one", "two")]
    assert shards[0] == shards[1]


def test_a_folder_takes_games_of_one_network(tmp_path: Path) -> None:
    fill(tmp_path, 20)
    config = tmp_path / "generation.json"
    assert TINY.evaluation_network in config.read_text()
    assert replace(TINY, evaluation="classical").evaluation_network == ""
    config.write_text(config.read_text().replace(TINY.evaluation_network, "0123456789ab"))
    with pytest.raises(ValueError, match="holds games with evaluation_network 0123456789ab, not "):
        fill(tmp_path, 20)


def test_a_folder_takes_one_configuration_and_one_process(tmp_path: Path) -> None:
    fill(tmp_path, 20)
    with pytest.raises(ValueError, match="holds games with nodes 20, not 30"):
        fill(tmp_path, 20, replace(TINY, nodes=30))
    with (
        GenerationRun.open(tmp_path, TINY),
        pytest.raises(ValueError, match="another process is generating"),
        GenerationRun.open(tmp_path, TINY),
    ):
        pass


def test_a_damaged_shard_is_told_and_made_again(tmp_path: Path) -> None:
    fill(tmp_path, 400)
    before = content(tmp_path)
    first = shard_files([tmp_path])[0]
    first.write_bytes(first.read_bytes()[:-50])
    told = fill(tmp_path, 400)
    assert len(told) == 1
    assert f"{first} is damaged or cut off" in told[0]
    assert content(tmp_path) == before


def test_half_a_game_at_the_end_of_a_journal_is_cut_off(tmp_path: Path) -> None:
    games = play_games(TINY, range(3))
    entries = [journal_entry(game) for game in games]
    path = tmp_path / "games.journal"
    whole = b"".join(entries)
    for length in (0, 10, len(entries[0]), len(entries[0]) + 30, len(whole) - 1, len(whole)):
        path.write_bytes(whole[:length])
        read, end = read_journal(path)
        assert end == sum(len(entry) for entry in entries[: len(read)]) <= length
        assert read == games[: len(read)]
    path.write_bytes(entries[0] + entries[1][:-1] + b"?" + entries[2])
    assert read_journal(path) == (games[:1], len(entries[0]))
    assert sum(game.count for game in games) * PACKED.itemsize < len(whole)


def test_a_kill_between_the_shard_and_the_end_of_its_journal_does_no_harm(tmp_path: Path) -> None:
    fill(tmp_path / "whole", 400)
    fill(tmp_path / "killed", 400)
    (tmp_path / "killed" / "games-00000000.journal").write_bytes(
        b"".join(journal_entry(game) for game in play_games(TINY, range(5)))
    )
    fill(tmp_path / "killed", 400)
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


def kill_while_it_generates(folder: Path, positions: int, kills: int) -> None:
    """Begin, and end the process by force after it has written some more, so many times; then let it end."""
    command = [
        sys.executable, "-c",
        "import sys; from pathlib import Path; from tests.selfplay.positions.test_generation import fill; "
        "fill(Path(sys.argv[1]), int(sys.argv[2]))",
        str(folder), str(positions),
    ]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    generator = random.Random(5)

    def written() -> int:
        try:
            return sum(path.stat().st_size for path in folder.glob("games-*"))
        except FileNotFoundError:  # a journal whose shard was written
            return written()

    for _ in range(kills):
        process = subprocess.Popen(command, env=environment)
        more = written() + generator.randrange(1, 20_000)
        while process.poll() is None and written() < more:
            try:
                process.wait(0.02)
            except subprocess.TimeoutExpired:
                continue
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run(command, env=environment, check=True)


@pytest.mark.parametrize("kills", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_a_run_that_is_killed_ends_in_the_same_files(tmp_path: Path, kills: int) -> None:
    positions = 1500 * kills
    kill_while_it_generates(tmp_path / "killed", positions, kills)
    fill(tmp_path / "whole", positions)
    killed, whole = (
        {path.name: path.read_bytes() for path in shard_files([tmp_path / name])} for name in ("killed", "whole")
    )
    assert killed == whole
