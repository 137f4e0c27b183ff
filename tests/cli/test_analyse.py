"""`matchbox analyse` and `matchbox epd`: positions, games and suites."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import chess.pgn
import pytest

from cli.main import run
from search.alphabeta import AlphaBeta

MATE_IN_ONE = "6k1/5ppp/8/8/8/8/8/R3K3 w Q - 0 1"
DATA = Path(__file__).parent / "data"


def facts(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    """What a verb writes as JSON to stdout, which must be nothing else."""
    assert run([*arguments, "--json", "-"]) == 0
    loaded: dict[str, object] = json.loads(capsys.readouterr().out)
    return loaded


def test_a_position_is_told_with_its_best_lines(capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(capsys, "analyse", MATE_IN_ONE, "--depth", "4", "--multipv", "2")
    first, second = found["lines"]  # type: ignore[misc]
    assert first["score"] == "mate 1"
    assert first["san"] == ["Ra8#"]
    assert first["pv"] == ["a1a8"]
    assert second["rank"] == 2
    assert second["pv"][0] != "a1a8"


def test_a_finished_game_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyse", "R5k1/5ppp/8/8/8/8/8/4K3 b - - 0 1"]) == 2
    assert "the game is over here: 1-0" in capsys.readouterr().err


def test_a_game_gets_evaluations_a_mark_and_the_better_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source, out = tmp_path / "fool.pgn", tmp_path / "annotated.pgn"
    source.write_text('[Event "Fool"]\n[Result "*"]\n\n1. f3 { mine } e5 2. g4 Nc6 *\n')
    assert run(["analyse", str(source), "--nodes", "5000", "--out", str(out)]) == 0
    game = chess.pgn.read_game(io.StringIO(out.read_text("utf-8")))
    assert game is not None
    nodes = list(game.mainline())
    assert "mine" in nodes[0].comment
    assert all(node.eval() is not None for node in nodes)
    blunder = nodes[2]
    assert blunder.san() == "g4"
    assert chess.pgn.NAG_BLUNDER in blunder.nags
    missed = nodes[3]
    assert "Qh4#" in [other.san() for other in missed.parent.variations[1:]]
    assert game.headers["Annotator"] == "Matchbox"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "No such file"),
        ("", "no game with moves"),
        ("1. e4 e5 2. Ke3 *\n", "game 1"),
        ("\0\1\2 no game", "no game with moves"),
        ('[Variant "Atomic"]\n\n1. e4 *\n', "chess"),
    ],
)
def test_a_file_that_holds_no_game_is_one_sentence(
    text: str | None, sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "games.pgn"
    if text is not None:
        path.write_text(text)
    assert run(["analyse", str(path), "--nodes", "100"]) == 2
    errors = capsys.readouterr().err
    assert sentence in errors
    assert "Traceback" not in errors


def test_a_file_in_the_character_set_of_the_standard_is_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = tmp_path / "old.pgn"
    source.write_bytes('[White "Grünfeld"]\n\n1. e4 {schön} e5 *\n'.encode("latin-1"))
    assert run(["analyse", str(source), "--nodes", "100"]) == 0
    said = capsys.readouterr().out
    assert '[White "Grünfeld"]' in said
    assert "{ schön [%eval " in said


def test_a_folder_that_is_not_there_is_told_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import engine.annotate

    def worked(*arguments: object) -> None:
        pytest.fail("the work was begun")

    monkeypatch.setattr(engine.annotate, "annotate", worked)
    assert run(["analyse", str(DATA / "short.pgn"), "--out", str(tmp_path / "no" / "out.pgn")]) == 2
    assert "does not exist" in capsys.readouterr().err


def test_a_game_that_breaks_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import engine.annotate

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out.pgn"
    out.write_text("old")
    monkeypatch.setattr(engine.annotate, "annotate", interrupted)
    assert run(["analyse", str(DATA / "short.pgn"), "--out", str(out)]) == 130
    assert [path.name for path in tmp_path.iterdir()] == ["out.pgn"]
    assert out.read_text() == "old"


def test_a_suite_is_solved_and_what_was_chosen_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    suite = tmp_path / "two.epd"
    suite.write_text(
        "# a mate, one that is not the best, and a move to keep away from\n"
        '6k1/5ppp/8/8/8/8/8/R3K3 w Q - bm Ra8; id "mate";\n'
        '6k1/5ppp/8/8/8/8/8/R3K3 w Q - bm Ra7; id "wrong";\n'
        '6k1/5ppp/8/8/8/8/8/R3K3 w Q - am Ra7; id "avoid";\n'
    )
    found = facts(capsys, "epd", str(suite), "--nodes", "2000")
    assert found["solved"] == 2
    attempts = {attempt["id"]: attempt for attempt in found["attempts"]}  # type: ignore[attr-defined]
    assert attempts["mate"]["move"] == "Ra8#"
    assert attempts["mate"]["seconds_to_solution"] is not None
    assert not attempts["wrong"]["solved"]
    assert attempts["wrong"]["seconds_to_solution"] is None
    assert attempts["avoid"]["solved"]


@pytest.mark.parametrize("command", [["epd", str(DATA / "mates.epd")], ["analyse", MATE_IN_ONE]])
def test_kernels_are_loaded_before_the_clock_runs(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    called = []

    def noting(name: str) -> Callable[..., object]:
        method = getattr(AlphaBeta, name)

        def noted(*arguments: object) -> object:
            called.append(name)
            return method(*arguments)

        return noted

    for name in ("compile", "search"):
        monkeypatch.setattr(AlphaBeta, name, noting(name))
    assert run([*command, "--nodes", "100"]) == 0
    assert called[:2] == ["compile", "search"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no position"),
        ("6k1/8/8/8/8/8/8/R3K3 w Q - id 1;", "line 1"),
        ("6k1/8/8/8/8/8/8/R3K3 w Q - bm Zz9;", "line 1"),
        ("hello", "line 1"),
    ],
)
def test_a_suite_that_is_none_is_one_sentence(
    text: str, sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    suite = tmp_path / "suite.epd"
    suite.write_text(text)
    assert run(["epd", str(suite)]) == 2
    errors = capsys.readouterr().err
    assert sentence in errors
    assert errors.count("\n") == 1


def test_the_benchmark_prints_the_same_signature_twice(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = (facts(capsys, "bench", "--depth", "4")["nodes"] for _ in range(2))
    assert first == second
    assert run(["bench", "--depth", "4"]) == 0
    assert f"\n{first} nodes " in capsys.readouterr().out
