"""The command `matchbox solve`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.main import run
from engine.hexapawn import HexapawnGame
from engine.hexapawn.packing import PACKING
from search.minimax import Solution


@dataclass(frozen=True)
class Result:
    """What a run of the command leaves."""

    status: int
    stdout: str
    stderr: str


Run = Callable[..., Result]


@pytest.fixture
def solve(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `matchbox solve` with arguments."""

    def run_solve(*arguments: str) -> Result:
        status = run(["solve", *arguments])
        captured = capsys.readouterr()
        return Result(status, captured.out, captured.err)

    return run_solve


def test_it_says_who_wins_and_in_how_many_plies(solve: Run) -> None:
    result = solve("hexapawn-3x3")
    assert result.status == 0
    assert "hexapawn3x3 from ppp/3/PPP w: with best play the second player wins in 6 plies." in result.stdout
    assert "135 positions, 65 of them ends" in result.stdout


def test_the_position_can_be_given(solve: Run) -> None:
    assert "the first player wins in 1 ply" in solve("hexapawn3x3", "--position", "1p1/P2/2P w").stdout
    assert "the second player wins already" in solve("hexapawn3x3", "--position", "3/3/3 w").stdout


def test_the_result_as_json_on_stdout_is_all_that_is_there(solve: Run) -> None:
    facts = json.loads(solve("hexapawn-4x3", "--json", "-").stdout)
    assert facts.pop("seconds") >= 0
    assert len(facts.pop("line")) == 5
    assert facts == {
        "game": "hexapawn4x3",
        "position": "pppp/4/PPPP w",
        "winner": 1,
        "plies": 5,
        "optimal_moves": ["a1a2", "d1d2"],
        "positions": 1128,
        "ended": facts["ended"],
    }


def test_the_solution_is_written_as_a_table(solve: Run, tmp_path: Path) -> None:
    table, report = tmp_path / "three.npz", tmp_path / "three.json"
    assert solve("hexapawn-3x3", "--out", str(table), "--json", str(report)).status == 0
    game = HexapawnGame(3, 3)
    assert len(Solution.load(table, PACKING, game.parse(game.start))) == 135
    assert json.loads(report.read_text())["winner"] == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["chess"], "chess is too large to be solved"),
        (["hexapawn-2x2"], "files and ranks must be 3 to 8"),
        (["hexapawn"], "there is no game 'hexapawn'; the games are chess, chess960, and hexapawn3x3 to hexapawn8x8"),
        (["draughts"], "there is no game 'draughts'"),
        (["hexapawn-8x8"], "do not fit 64 bits"),
        (["hexapawn-3x3", "--position", "ppp"], "after the rows must stand 'w' or 'b'"),
        (["hexapawn-4x4", "--max-positions", "100"], "hexapawn4x4 has more than 100 positions"),
        (["hexapawn-3x3", "--out", "/nowhere/at/all.npz"], "the folder of /nowhere/at/all.npz does not exist"),
        (["hexapawn-3x3", "--json", "/nowhere/at/all.json"], "the folder of /nowhere/at/all.json does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(solve: Run, arguments: list[str], sentence: str) -> None:
    result = solve(*arguments)
    assert result.status == 2
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
