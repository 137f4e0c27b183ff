"""The engine's options of Monte Carlo tree search, with a network of its own: files, backends, baselines, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.encodings import encoding
from engine.network import config_for
from nets.checkpoint import Checkpoint, save_checkpoint
from nets.residual import ResidualNetwork
from tests.engine.uci.conversation import Conversation, bestmove

VARIANT = "setoption name UCI_Variant value hexapawn4x4"


def network(folder: Path, name: str = "hexapawn4x4-history2-1", *, moves_left: bool = True) -> Path:
    torch.manual_seed(1)
    made = ResidualNetwork(config_for(encoding(name), blocks=1, channels=8, moves_left=moves_left))
    return save_checkpoint(Checkpoint(made.eval(), name), folder, "small")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return network(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="module")
def engine(file: Path) -> Iterator[Conversation]:
    with Conversation() as talk:
        told = talk.ask(VARIANT, f"setoption name WeightsFile value {file}", "setoption name Search value mcts")
        assert [line for line in told if "compiling kernels" not in line] == []
        yield talk


@pytest.fixture
def talk(engine: Conversation) -> Conversation:
    assert engine.ask("ucinewgame", "position startpos") == []
    return engine


def statistics(talk: Conversation, go: str) -> dict[str, str]:
    """What is told of each move."""
    talk.ask("setoption name VerboseMoveStats value true")
    lines = talk.go(go)
    talk.ask("setoption name VerboseMoveStats value false")
    words = [line.removeprefix("info string ").partition(" ") for line in lines if " N: " in line]
    return {move: rest for move, _, rest in words}


def test_a_network_searches_and_tells_plies_left(talk: Conversation) -> None:
    known = statistics(talk, "go nodes 60")
    assert len(known) == 4
    assert any(" M: " in words for words in known.values())


def test_one_node_plays_the_policy_and_so_does_the_player_policy(talk: Conversation) -> None:
    lines = talk.go("go nodes 1")
    assert talk.ask("setoption name Search value policy") == []
    assert bestmove(talk.go("go nodes 100")) == bestmove(lines)
    assert talk.ask("setoption name Search value value") == []
    told = talk.go("go movetime 50")
    assert bestmove(told)
    assert any(" nodes 4 " in line for line in told)
    assert talk.ask("setoption name Search value mcts") == []


def test_options_of_the_search_hold_from_the_next_search_on(talk: Conversation) -> None:
    before = statistics(talk, "go nodes 60")
    assert talk.ask("ucinewgame", "setoption name CPuct value 50", "setoption name PolicyTemperature value 5") == []
    after = statistics(talk, "go nodes 60")
    assert talk.ask("setoption name CPuct value 1.25", "setoption name PolicyTemperature value 1") == []
    assert before != after


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("CPuct value much", "CPuct is a number from 0 to 100, not 'much'"),
        ("DrawScore value 2", "DrawScore is from -1 to 1; 2 is not"),
        ("Selection value best", "Selection is one of auto, puct, uct, gumbel; 'best' is not"),
        ("WeightsFile value nothing.safetensors", "is no file and no network that comes with Matchbox"),
        ("Precision value float16", "Precision is one of auto, float32, bfloat16, int8; 'float16' is not"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(talk: Conversation, wrong: str, sentence: str) -> None:
    (told,) = talk.ask(f"setoption name {wrong}")
    assert sentence in told
    assert bestmove(talk.go("go nodes 10"))


def test_a_network_of_another_game_is_refused_and_the_old_one_stays(talk: Conversation, tmp_path: Path) -> None:
    other = network(tmp_path, "hexapawn3x3-planes-1")
    (told,) = talk.ask(f"setoption name WeightsFile value {other}")
    assert "is a network for hexapawn3x3-planes-1; it knows nothing of hexapawn4x4" in told
    assert len(statistics(talk, "go nodes 20")) == 4


def test_every_selection_plays(talk: Conversation) -> None:
    for selection in ("gumbel", "uct", "auto"):
        assert talk.ask(f"setoption name Selection value {selection}", "ucinewgame") == []
        assert bestmove(talk.go("go nodes 40"))


def test_random_games_take_the_place_of_a_network(talk: Conversation, file: Path) -> None:
    assert talk.ask("setoption name WeightsFile value playouts") == []
    assert all("P: 25.00%" in words for words in statistics(talk, "go nodes 50").values())
    assert talk.ask(f"setoption name WeightsFile value {file}") == []


def test_wdl_is_what_the_network_says(talk: Conversation) -> None:
    talk.ask("setoption name UCI_ShowWDL value true")
    lines = talk.go("go nodes 10")
    talk.ask("setoption name UCI_ShowWDL value false")
    parts = next(line for line in lines if " wdl " in line).split(" wdl ")[1].split()[:3]
    assert sum(map(int, parts)) == 1000
    assert int(parts[1]) > 50  # Hexapawn has no draws, but who has learnt nothing does not know
