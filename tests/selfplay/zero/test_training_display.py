"""What a person sees of a run: a table, the time that is left, and a page at the end."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from engine.games import game
from selfplay.zero.config import Progress
from selfplay.zero.display import TrainingDisplay, elo_so_far, iterations_table, line, seconds_left
from selfplay.zero.recipes import recipe
from selfplay.zero.report import write_training_report

HEXAPAWN = game("hexapawn3x3")
ONE = Progress(
    iteration=1, games=128, positions=400, samples=400, window=400, first_wins=0.25, plies=4.5, resigned=0.0,
    false_resignations=0.0, policy_loss=0.9, policy_divergence=0.2, value_loss=0.8, playing=0, elo=None, elo_error=None,
    score=None, promoted=False,
    first_moves={"b1b2": 20, "a1a2": 10}, measures={"states": 70, "perfect": 0.5}, play_seconds=1.0,
    learn_seconds=0.5, seconds=2.0,
)  # fmt: skip
TWO = replace(
    ONE, iteration=2, games=256, positions=800, seconds=4.0, elo=120.0, elo_error=20.0, first_moves={"b1b2": 30}
)


def run(folder: Path, history: list[Progress]) -> Any:
    """What the display and the page look at."""
    learner = SimpleNamespace(network=SimpleNamespace(parameter_count=12_345))
    config = recipe(HEXAPAWN, iterations=4)
    return SimpleNamespace(game=HEXAPAWN, config=config, folder=folder, history=history, workers=1, learner=learner)


def test_a_terminal_shows_a_table_that_grows(tmp_path: Path) -> None:
    shown = run(tmp_path, [])
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=160)
    with TrainingDisplay(shown, console) as display:
        display.tell(0.5)
        shown.history += [ONE, TWO]
        display.show(TWO)
    text = written.getvalue()
    for expected in ("positions/s", "perfect", "256", "200", "+120", "50.0%", "playing and learning in turn", " left"):
        assert expected in text


def test_elsewhere_there_is_a_line_for_each_iteration(tmp_path: Path) -> None:
    written = io.StringIO()
    shown = run(tmp_path, [ONE])
    with TrainingDisplay(shown, Console(file=written, width=300)) as display:
        display.show(ONE)
    assert written.getvalue().count("\n") == 1
    assert "128 games" in written.getvalue()
    assert "Elo" not in line(ONE)
    assert "Elo +120 ± 39" in line(TWO)  # the interval that holds 95 %
    assert elo_so_far([ONE]) is None
    assert elo_so_far([TWO, ONE]) == 120.0
    assert iterations_table([]).row_count == 0


def test_the_time_left_goes_by_the_iterations_of_this_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    assert seconds_left(90.0, 5, 5.0, 10) == ""
    assert seconds_left(90.0, 5, 6.0, 10) == "40 s left"
    assert seconds_left(0.0, 5, 6.0, 10) == "7 min left"
    assert seconds_left(0.0, 0, 1.0, 101) == "2.8 h left"


def test_the_page_has_a_plot_of_everything(tmp_path: Path) -> None:
    (tmp_path / "games.txt").write_text("a1a2 <b>\n")
    page = write_training_report(run(tmp_path, [ONE, TWO])).read_text("utf-8")
    assert page.count("data:image/png;base64,") == 6
    assert "a1a2 &lt;b&gt;" in page
    assert "12,345" in page
    assert "200 positions a second" in page
    assert "Nothing was played yet." in write_training_report(run(tmp_path, [])).read_text("utf-8")
