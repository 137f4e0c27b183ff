"""The engine with Monte Carlo tree search in place of alpha-beta."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.engine.uci.conversation import Conversation, bestmove


@pytest.fixture(scope="module")
def engine() -> Iterator[Conversation]:
    with Conversation() as talk:
        told = talk.ask("setoption name WeightsFile value playouts", "setoption name Search value mcts")
        assert [line for line in told if "compiling kernels" not in line] == []
        yield talk


@pytest.fixture
def talk(engine: Conversation) -> Conversation:
    assert engine.ask("ucinewgame", "setoption name UCI_Variant value chess", "position startpos") == []
    return engine


def test_nodes_are_simulations_and_all_moves_have_statistics(talk: Conversation) -> None:
    talk.ask("setoption name VerboseMoveStats value true")
    lines = talk.go("go nodes 300")
    talk.ask("setoption name VerboseMoveStats value false")
    told = [
        re.fullmatch(r"info string (\w+) N: (\d+) P: 5.00% Q: -?[\d.]+ D: [\d.]+( M: [\d.]+)?", line) for line in lines
    ]
    visits = [int(found[2]) for found in told if found]
    assert len(visits) == 20
    assert sum(visits) == 299  # one simulation evaluates the root
    assert visits == sorted(visits)
    assert bestmove(lines) == next(found[1] for found in reversed(told) if found)
    assert " nodes 300 " in next(line for line in lines if line.startswith("info depth"))


def test_a_mate_is_proven(talk: Conversation) -> None:
    lines = talk.go("position fen 6k1/5ppp/8/8/8/8/8/R3K3 w Q - 0 1", "go nodes 20000")
    assert bestmove(lines) == "a1a8"
    assert any("score mate 1 " in line for line in lines)


def test_stop_ends_an_endless_search(talk: Conversation) -> None:
    talk.send("go infinite")
    assert talk.silent()
    assert bestmove(talk.go("stop"))


def test_several_lines_are_told(talk: Conversation) -> None:
    talk.ask("setoption name MultiPV value 3")
    lines = talk.go("go nodes 500")
    talk.ask("setoption name MultiPV value 1")
    ranks = [line.split(" multipv ")[1].split()[0] for line in lines if " multipv " in line]
    assert ranks[-3:] == ["1", "2", "3"]


def test_hexapawn_is_solved(talk: Conversation) -> None:
    talk.ask("setoption name UCI_Variant value hexapawn3x3", "position startpos")
    lines = talk.go("go nodes 5000")
    assert any("score mate -3 " in line for line in lines)
    assert talk.ask("d")


def test_another_search_may_be_chosen_again(talk: Conversation) -> None:
    assert talk.ask("setoption name Search value alphabeta", "setoption name Search value mcts") == []
    sentence = talk.ask("setoption name Search value random")
    assert sentence == ["info string Search is one of alphabeta, mcts, policy, value; 'random' is not"]
