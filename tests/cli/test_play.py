"""`matchbox play`: a whole conversation with the engine."""

from __future__ import annotations

import io
from pathlib import Path

import chess.pgn
import pytest

from cli.main import run


def talk(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, *options: str
) -> tuple[int, str]:
    """The exit status and all that is printed when a person types these lines."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    status = run(["play", "--nodes", "300", *options])
    return status, capsys.readouterr().out


def test_moves_in_both_notations_hints_undo_and_resignation_end_in_a_pgn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "game.pgn"
    typed = "moves\ne2e4\nhint\nNf3\nundo\nNc3\nresign\n"
    status, said = talk(monkeypatch, capsys, typed, "--pgn", str(path))
    assert status == 0
    assert "Nf3" in said.split("your move:")[1]
    assert "perhaps " in said
    assert said.count("the engine plays") == 3
    assert "The engine wins: resignation (0-1)." in said
    game = chess.pgn.read_game(io.StringIO(path.read_text("utf-8")))
    assert game is not None
    sans = [node.san() for node in game.mainline()]
    assert sans[0] == "e4"
    assert sans[2] == "Nc3"
    assert len(sans) == 4
    assert game.headers["White"] == "You"
    assert game.headers["Result"] == "0-1"


def test_the_engine_moves_first_when_the_person_has_black(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = talk(monkeypatch, capsys, "quit\n", "--side", "black", "--elo", "1200")
    assert said.index("the engine plays") < said.index("your move:")


def test_a_mate_ends_the_game(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _, said = talk(monkeypatch, capsys, "Ra8\n", "--fen", "6k1/5ppp/8/8/8/8/8/R3K3 w Q - 0 1")
    assert "You win: checkmate (1-0)." in said


def test_hexapawn_is_played_to_the_end_against_the_side_that_cannot_lose(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = talk(monkeypatch, capsys, "a1a2\na1b2\nb1b2\nb1a2\nb1c2\nc1c2\nc1b2\n" * 9, "--game", "hexapawn3x3")
    assert "The engine wins" in said


def test_ctrl_c_keeps_the_game(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "game.pgn"
    lines = iter(["e4"])

    def typed(prompt: str) -> str:
        for line in lines:
            return line
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", typed)
    assert run(["play", "--nodes", "300", "--pgn", str(path)]) == 130
    capsys.readouterr()
    text = path.read_text("utf-8")
    assert "1. e4 " in text
    assert '[Result "*"]' in text


def test_chess960_begins_shuffled_and_is_saved_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "game.pgn"
    monkeypatch.setattr("cli.play.random.randrange", lambda many: 0)
    talk(monkeypatch, capsys, "quit\n", "--game", "chess960", "--pgn", str(path))
    game = chess.pgn.read_game(io.StringIO(path.read_text("utf-8")))
    assert game is not None
    assert game.headers["Variant"] == "Chess960"
    assert game.board().chess960_pos() == 0


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("e2e5\n", "(type help for what is understood)"),
        ("fly\n", "(type help for what is understood)"),
        ("undo\n", "there is no move of yours to take back"),
        ("save /no/such/folder/game.pgn\n", "the game is not saved: "),
        ("help\n", "take back your last move"),
    ],
)
def test_what_cannot_be_done_is_said_and_the_game_goes_on(
    typed: str, answer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = talk(monkeypatch, capsys, typed + "quit\n")
    assert status == 0
    assert answer in said
    assert said.count("your move:") == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--game", "go"], "'go'"),
        (["--fen", "nonsense"], "nonsense"),
        (["--game", "hexapawn3x3", "--pgn", "a.pgn"], "PGN is for chess"),
        (["--evaluation", "best"], "no evaluation 'best'"),
        (["--pgn", "/no/such/folder/game.pgn"], "the folder of /no/such/folder/game.pgn does not exist"),
    ],
)
def test_mistakes_in_the_options_are_one_sentence(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["play", *options]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.count("\n") == 1
