"""Real programs drive the engine: python-chess, and an X server's board through an adapter."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import chess
import chess.engine
import chess.pgn
import pytest

KIWIPETE = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"


@pytest.fixture(scope="module")
def engine() -> Iterator[chess.engine.SimpleEngine]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-m", "cli.uci"]
    with chess.engine.SimpleEngine.popen_uci(command, timeout=240, env=environment) as running:
        running.ping()
        yield running


def test_python_chess_gets_several_lines_with_scores(engine: chess.engine.SimpleEngine) -> None:
    board = chess.Board(KIWIPETE)
    lines = engine.analyse(board, chess.engine.Limit(depth=8), multipv=4)
    assert len(lines) == 4
    for line in lines:
        replay = board.copy()
        for move in line["pv"]:
            assert move in replay.legal_moves
            replay.push(move)
    scores = [line["score"].relative.score(mate_score=100_000) for line in lines]
    assert scores == sorted(scores, reverse=True)


def test_python_chess_stops_an_endless_analysis(engine: chess.engine.SimpleEngine) -> None:
    with engine.analysis(chess.Board()) as analysis:
        for info in analysis:
            if info.get("depth", 0) >= 6 and "pv" in info:
                break
        analysis.stop()
        assert analysis.wait().move in chess.Board().legal_moves


def test_python_chess_ponders(engine: chess.engine.SimpleEngine) -> None:
    board = chess.Board()
    clock = chess.engine.Limit(white_clock=5, black_clock=5, white_inc=0.05, black_inc=0.05)
    for _ in range(6):
        played = engine.play(board, clock, ponder=True)
        assert played.move is not None
        board.push(played.move)
        # Sometimes the move that was expected comes, sometimes another.
        answer = played.ponder if board.ply() % 4 == 1 and played.ponder else next(iter(board.legal_moves))
        board.push(answer)
    assert board.is_valid()


def test_python_chess_plays_chess960_and_sets_options(engine: chess.engine.SimpleEngine) -> None:
    engine.configure({"Hash": 4, "Threads": 2})
    board = chess.Board.from_chess960_pos(77)
    for _ in range(10):
        played = engine.play(board, chess.engine.Limit(nodes=2000))
        assert played.move in board.legal_moves
        board.push(played.move)  # type: ignore[arg-type]
    engine.configure({"Threads": 1})
    with pytest.raises(chess.engine.EngineError):
        engine.configure({"No Such Option": 1})


def _program(name: str) -> str:
    path = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/games")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


@pytest.mark.slow
def test_xboard_through_polyglot_plays_a_game_to_its_end(tmp_path: Path) -> None:
    polyglot, xboard, screen = _program("polyglot"), _program("xboard"), _program("xvfb-run")
    start = tmp_path / "matchbox-uci"
    path = os.pathsep.join(entry for entry in sys.path if entry)
    start.write_text(f"#!/bin/sh\nPYTHONPATH='{path}' exec '{sys.executable}' -m cli.uci\n")
    start.chmod(0o755)
    (tmp_path / "polyglot.ini").write_text(
        f"[PolyGlot]\nEngineName = Matchbox\nEngineCommand = {start}\nBook = false\nLog = false\n[Engine]\nHash = 8\n"
    )
    games = tmp_path / "games.pgn"
    side = f"{polyglot} {tmp_path / 'polyglot.ini'}"
    command = [screen, "-a", xboard, "-fcp", side, "-scp", side, "-mode", "TwoMachines", "-mg", "1"]
    command += ["-tc", "0:05", "-inc", "0.05", "-sgf", str(games)]
    quiet = subprocess.DEVNULL
    board_program = subprocess.Popen(
        command, env=os.environ | {"HOME": str(tmp_path)}, stdout=quiet, stderr=quiet, start_new_session=True
    )
    try:
        # The board stays open when the game is over; its file tells.
        while not (games.exists() and games.read_text().rstrip().endswith(("1-0", "0-1", "1/2-1/2", "*"))):
            with contextlib.suppress(subprocess.TimeoutExpired):
                assert board_program.wait(1) == 0, "xboard could not start"
    finally:
        os.killpg(board_program.pid, signal.SIGTERM)
        board_program.wait()
    with games.open() as source:
        game = chess.pgn.read_game(source)
    assert game is not None
    assert not game.errors
    board = game.end().board()
    assert game.headers["Result"] == board.result(claim_draw=True) != "*", game.headers
