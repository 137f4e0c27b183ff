"""Positions that a search visits: the games stay the same, and what is written down is a share of what was scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.chess.material import MATERIAL
from engine.chess.nnue import NNUE
from engine.chess.packed import new_positions, states_of
from search.evaluation import Evaluation
from search.memory import aligned_records
from selfplay.nnue.distilled import evaluation_teacher
from selfplay.nnue.visited import Notebook, main, visited
from selfplay.positions.content import content_hashes
from selfplay.positions.generation import GenerationConfig, Table, starts
from selfplay.positions.shards import write_shard

GAMES = GenerationConfig(nodes=60, longest=40)


def states() -> list[Any]:
    return [next(starts(GAMES, number)) for number in range(400)]


def scores(evaluation: Evaluation) -> list[int]:
    accumulators = aligned_records(1, evaluation.dtype)
    kept = evaluation.prepare(accumulators)
    found = []
    for state in states():
        evaluation.refresh(accumulators[0], state)
        found.append(int(evaluation.score(accumulators[0], state)))
    assert kept is not None
    return found


def test_a_witness_says_what_the_network_says_and_writes_down_a_share() -> None:
    everything, some = Notebook(1), Notebook(4)
    assert scores(everything.witness()) == scores(some.witness()) == scores(NNUE)
    asked = {str(state["board"]) + str(state["side"]) for state in states() if not state["checkers"]}
    taken = [str(state["board"]) + str(state["side"]) for state in states_of(everything.take())]
    assert len(taken) == len(asked)
    assert set(taken) == asked
    assert 0.15 < len(some.take()) / len(asked) < 0.35
    assert len(some.take()) == 0


def test_a_full_notebook_takes_no_more() -> None:
    notebook = Notebook(1, room=50)
    scores(notebook.witness())
    assert notebook.record.count == 50
    assert 40 < len(notebook.take()) <= 50


def test_a_share_is_a_power_of_two() -> None:
    with pytest.raises(ValueError, match="power of two"):
        Notebook(3)


@pytest.mark.parametrize(("content", "sentence"), [(None, "made with other options"), (b"x", "visited-1-0000.shard")])
def test_shards_of_other_options_and_damaged_ones_are_refused(
    content: bytes | None,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "visited-1-0000.shard"
    if content is None:
        write_shard(path, new_positions(0), {"nodes": 7})
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    monkeypatch.setattr("sys.argv", ["visited", "--evaluation", "material", "--shards", "1", "--out", str(tmp_path)])
    with pytest.raises(SystemExit):
        main()
    assert sentence in capsys.readouterr().err
    assert path.read_bytes() == before


@pytest.mark.slow  # a search with another evaluation is compiled
def test_positions_of_searches() -> None:
    teacher = evaluation_teacher(MATERIAL)
    notebook = Notebook(1)
    table = Table(GAMES, notebook.witness())
    found = visited(table, notebook, range(4), teacher)
    assert len(found) > 1000
    assert len(np.unique(content_hashes(found))) == len(found)
    assert not any(state["checkers"] for state in states_of(found))
    assert not found["halfmove"].any()
    assert (found["score"] == teacher(found)).all()
    assert table.play(3) == Table(GAMES).play(3)
