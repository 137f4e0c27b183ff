"""Statistics of shards count what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.chess.game import ChessGame
from engine.chess.packed import DRAWN, LOST, NO_SCORE, UNKNOWN, WON, new_positions, pack
from search.searcher import MATE
from selfplay.positions.shards import shard_files, write_shard
from selfplay.positions.statistics import PLY_BARS, SCORE_EDGES, measure, plot

GAME = ChessGame()
ROOK_ENDING = "4k3/8/8/3r4/8/8/8/3RK3 b - - 5 40"
KNOWN = [
    (GAME.start, 15, 513, WON),
    (GAME.start, -15, 513, LOST),
    (ROOK_ENDING, 15, 0, DRAWN),
    (ROOK_ENDING, MATE - 3, 0, WON),
    ("r1bqk2r/ppp2ppp/8/8/8/8/PPP2PPP/R2QK1NR w KQkq - 0 8", NO_SCORE, 0, UNKNOWN),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    records = new_positions(len(KNOWN))
    for record, (fen, score, move, result) in zip(records, KNOWN, strict=True):
        pack(GAME.parse(fen), record, score, move, result)
    positions = np.asarray(records)
    write_shard(tmp_path / "a.shard", positions[:3], {"positions_of_games": [1, 2]})
    write_shard(tmp_path / "b.shard", positions[3:], {})
    write_shard(tmp_path / "c.shard", positions, {})
    (tmp_path / "c.shard").write_bytes((tmp_path / "c.shard").read_bytes()[:-5])
    return tmp_path


def test_everything_is_counted(folder: Path) -> None:
    stats = measure(shard_files([folder]))
    assert (stats.shards, stats.positions, stats.games, stats.distinct) == (2, 5, 2, 3)
    assert len(stats.damaged) == 1
    assert "c.shard" in stats.damaged[0]
    assert stats.bytes == sum((folder / name).stat().st_size for name in ("a.shard", "b.shard"))
    assert (stats.white_to_move, stats.scored, stats.mates, stats.with_move) == (3, 4, 1, 2)
    facts = stats.json()
    assert facts["results"] == {"lost": 1, "drawn": 1, "won": 2, "unknown": 1}
    assert facts["phases"] == {"endgame": 2, "middlegame": 1, "opening": 2}
    assert (stats.pieces[32], stats.pieces[4]) == (2, 2)
    assert stats.pieces.sum() == stats.plies.sum() == 5
    assert facts["bytes_per_position"] == stats.bytes / 5


def test_scores_fall_into_their_bars_and_give_points(folder: Path) -> None:
    stats = measure(shard_files([folder]))
    zero = int(np.flatnonzero(SCORE_EDGES == 0)[0])
    assert stats.scores[zero] == 2  # 15 twice
    assert stats.scores[zero - 1] == 1
    assert stats.scores[-1] == 1  # the mate
    assert stats.scores.sum() == 4
    assert stats.points[zero].tolist() == [1.5, 2]
    assert stats.points[zero - 1].tolist() == [0, 1]
    assert len(stats.plies) == PLY_BARS


def test_plots_are_drawn(folder: Path) -> None:
    pytest.importorskip("matplotlib")
    plot(measure(shard_files([folder])), folder / "plot.png")
    assert (folder / "plot.png").read_bytes()[:4] == b"\x89PNG"
