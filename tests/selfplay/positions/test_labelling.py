"""Positions are scored again by engines and by our own searches; a label that was made is not made twice."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.chess.game import ChessGame
from engine.chess.packed import DRAWN, LOST, WON, new_positions, pack, results
from engine.game import Position
from search.alphabeta import AlphaBeta
from search.searcher import MATE, Limits
from selfplay.positions.labelling import LABEL, Teacher, forget, label_positions, label_shard, targets
from selfplay.positions.shards import ShardError, read_shard, write_shard

GAME = ChessGame(chess960=True)
OWN = Teacher(nodes=60, evaluation="nnue")
FENS = [
    GAME.start,
    "6k1/5ppp/8/8/8/8/8/R3K3 w Q - 0 1",  # mate in one
    "8/8/8/8/8/5k2/3q4/5K2 b - - 0 1",  # likewise, for Black
    "4k3/8/8/3r4/8/8/8/3QK3 w - - 5 40",
    "bnrkqnrb/pppppppp/8/8/8/8/PPPPPPPP/BNRKQNRB w CGcg - 0 1",
]

#: A UCI program that answers every `go` with a score and a move of its own.
ENGINE = """
import sys
for line in sys.stdin:
    words = line.split()
    if words[0] == "uci":
        print("option name Threads type spin default 1 min 1 max 1")
        print("option name UCI_Chess960 type check default false")
        print("uciok")
    elif words[0] == "isready":
        print("readyok")
    elif words[0] == "position":
        board = line
    elif words[0] == "go":
        if "R3K3 w" in board:
            print("info depth 1 score mate 1 pv a1a8"); print("bestmove a1a8")
        elif "5K2 b" in board:
            print("info depth 1 score mate 1 pv d2f2"); print("bestmove d2f2")
        elif "3QK3" in board:
            print("info depth 1 score cp 431 pv d1d5"); print("bestmove d1d5")
        elif "fail" in sys.argv:
            sys.exit(1)
        else:
            print("info depth 1 score cp -7 pv a2a3"); print("bestmove a2a3")
    elif words[0] == "quit":
        break
    sys.stdout.flush()
"""


def positions() -> np.ndarray:
    records = new_positions(len(FENS))
    for record, fen, result in zip(records, FENS, (WON, WON, WON, DRAWN, LOST), strict=True):
        pack(GAME.parse(fen), record, 1, 0, result)
    return np.asarray(records)


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    path = tmp_path / "a.shard"
    write_shard(path, positions(), {"seed": 1, "positions_of_games": [2, 3]})
    return path


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    forget()


def command(tmp_path: Path, *arguments: str) -> str:
    script = tmp_path / "engine.py"
    script.write_text(ENGINE)
    return shlex.join([sys.executable, str(script), *arguments])


def moves(records: np.ndarray) -> list[str]:
    return [GAME.move_text(GAME.parse(fen), int(move)) for fen, move in zip(FENS, records["move"], strict=True)]


def test_our_own_search_labels_each_position_as_if_it_were_the_only_one(shard: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.shard"
    assert list(label_shard(shard, target, OWN, 1)) == [0, 5]
    labelled = read_shard(target)
    game = ChessGame()
    for record, fen in zip(labelled.positions, FENS, strict=True):
        searcher = AlphaBeta(game.rules, game.evaluations["nnue"], hash_mib=1)
        result = searcher.search(Position(game, fen).root(), Limits(nodes=60))
        assert (int(record["score"]), int(record["move"])) == (result.score, result.move)
    assert results(labelled.positions).tolist() == [WON, WON, WON, DRAWN, LOST]
    assert labelled.facts["labelled_by"] == "alpha-beta with nnue"
    assert labelled.facts["positions_of_games"] == [2, 3]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.shard", "out.shard"]


def test_an_engine_labels_with_its_scores_and_moves(shard: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.shard"
    teacher = Teacher(nodes=10, engine=command(tmp_path))
    list(label_shard(shard, target, teacher, 1))
    labelled = read_shard(target).positions
    assert labelled["score"].tolist() == [-7, MATE - 1, MATE - 1, 431, -7]
    assert moves(labelled) == ["a2a3", "a1a8", "d2f2", "d1d5", "a2a3"]


def test_an_engine_that_fails_is_told_and_what_it_said_is_kept(shard: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="failed at"):
        list(label_shard(shard, tmp_path / "out.shard", Teacher(nodes=1, engine=command(tmp_path, "fail")), 1))
    assert not (tmp_path / "out.shard").exists()
    with pytest.raises(ValueError, match="does not start as a UCI engine"):
        label_positions(Teacher(nodes=1, engine="no-such-engine"), positions().tobytes())
    with pytest.raises(ValueError, match="has no option Style"):
        label_positions(Teacher(nodes=1, engine=command(tmp_path), options=(("Style", "wild"),)), positions().tobytes())


def test_a_shard_that_is_half_labelled_is_gone_on_with(shard: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.shard"
    begun = target.with_name(f"out.shard.labels-{OWN.digest}")
    known = np.zeros(2, LABEL)
    known["score"] = 77
    begun.write_bytes(known.tobytes() + b"\1\2\3")  # two labels, and a part of the third
    assert list(label_shard(shard, target, OWN, 1)) == [2, 5]
    labelled = read_shard(target).positions
    assert labelled["score"][:2].tolist() == [77, 77]
    assert 77 not in labelled["score"][2:]
    assert not begun.exists()


def test_two_processes_say_what_one_says(shard: Path, tmp_path: Path) -> None:
    for processes in (1, 2):
        list(label_shard(shard, tmp_path / f"{processes}.shard", OWN, processes))
    assert (tmp_path / "1.shard").read_bytes() == (tmp_path / "2.shard").read_bytes()


def test_finished_shards_are_left_alone_and_other_teachers_refused(shard: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    assert targets([shard], out, OWN) == [(shard, out / "a.shard")]
    list(label_shard(shard, out / "a.shard", OWN, 1))
    assert targets([shard], out, OWN) == []
    with pytest.raises(ValueError, match="has another teacher"):
        targets([shard], out, replace(OWN, nodes=61))
    with pytest.raises(ValueError, match="written over itself"):
        targets([shard], tmp_path, OWN)
    with pytest.raises(ValueError, match="two shards are called"):
        targets([shard, out / "a.shard"], tmp_path / "new", OWN)


def test_a_damaged_shard_is_named(shard: Path, tmp_path: Path) -> None:
    shard.write_bytes(shard.read_bytes()[:-9])
    with pytest.raises(ShardError, match=r"a\.shard is damaged"):
        list(label_shard(shard, tmp_path / "out.shard", OWN, 1))


def test_a_teacher_is_one_of_three() -> None:
    for wrong in ({}, {"engine": "a", "evaluation": "classical"}):
        with pytest.raises(ValueError, match="only one of them"):
            Teacher(nodes=1, **wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1 node"):
        Teacher(nodes=0, evaluation="nnue")
    with pytest.raises(ValueError, match="no evaluation 'perfect'"):
        Teacher(nodes=1, evaluation="perfect")
