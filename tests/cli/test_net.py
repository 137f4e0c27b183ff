"""`matchbox net`: lists, inspects, measures and exports networks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from cli.main import run
from engine.chess.nnue import shipped_network
from engine.encodings import encoding
from engine.network import config_for
from nets.checkpoint import Checkpoint, save_checkpoint
from nets.nnue.file import load_network, save_network
from nets.residual import ResidualNetwork
from tests.nets.nnue_examples import random_network


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    network = ResidualNetwork(config_for(encoding("hexapawn3x3-planes-1"), blocks=1, channels=8, squeeze=4)).eval()
    known = Checkpoint(network, "hexapawn3x3-planes-1", {"steps": 7}, {"games": 11})
    return save_checkpoint(known, tmp_path_factory.mktemp("networks"), "small")


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert run(words) == 0
    return capsys.readouterr().out


def test_networks_of_a_folder_are_listed(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file.parent / "other.safetensors").write_bytes(b"nothing")
    out = told(["net", "list", str(file.parent), "--json", str(tmp_path / "all.json")], capsys)
    assert "hexapawn3x3-planes-1" in out
    assert "1 x 8, SE 4" in out
    known = json.loads((tmp_path / "all.json").read_text())
    assert known[str(file)]["provenance"] == {"games": 11}
    assert not any("other" in name for name in known)


def test_a_network_is_inspected(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(["net", "inspect", str(file)], capsys)
    for words in ("hexapawn3x3-planes-1", "4 planes of 3 x 3", "policy of 27 actions", "steps = 7", "games = 11"):
        assert words in out
    facts = json.loads(told(["net", "inspect", str(file), "--json", "-"], capsys))
    assert facts["sha256"].startswith(file.stem.rpartition("-")[2])
    assert facts["parameters"] > 1000
    assert facts["architecture"]["blocks"] == 1


def test_the_network_of_alpha_beta_is_listed_and_inspected(capsys: pytest.CaptureFixture[str]) -> None:
    shipped = shipped_network()
    assert shipped is not None
    config = load_network(shipped).config
    listed = [line.split() for line in told(["net", "list"], capsys).splitlines()]
    assert ["nnue", config.features] in [row[:2] for row in listed]
    out = told(["net", "inspect", "nnue"], capsys)
    for words in (
        f"{config.feature_set.count:,} features for each side",
        f"{config.width} numbers for each side, {config.activation}",
        f"one of {config.output_buckets} outputs",
    ):
        assert words in out
    assert json.loads(told(["net", "inspect", "nnue", "--json", "-"], capsys))["architecture"]["width"] == config.width


def test_further_layers_are_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = save_network(random_network(width=128, activation="pairs", hidden=8, last=5), tmp_path, "deep")
    out = told(["net", "inspect", str(path)], capsys)
    for words in ("128 numbers for each side, pairs", "8 numbers for each output", "5 numbers for each output"):
        assert words in out
    assert "768 > 128 x 2 > 8 > 5 > 8" in told(["net", "list", str(tmp_path)], capsys)


def test_a_network_is_measured(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["net", "benchmark", str(file), "--batch", "1,3", "--backend", "live,torch", "--seconds", "0.01"]
    out = told([*words, "--json", str(tmp_path / "speed.json")], capsys)
    assert "evaluations/s" in out
    facts: Any = json.loads((tmp_path / "speed.json").read_text())
    assert [row["batch"] for row in facts["rows"]] == [1, 3, 1, 3]
    assert all(row["evaluations_per_second"] > 0 for row in facts["rows"])
    assert (facts["threads"], facts["size"]) == (1, "1 x 8, SE 4")


def test_a_network_is_exported(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnxruntime: Any = pytest.importorskip("onnxruntime")
    target = tmp_path / "small.onnx"
    assert "hexapawn3x3-planes-1" in told(["net", "export", str(file), str(target)], capsys)
    session = onnxruntime.InferenceSession(str(target), providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["source"] == file.name


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["inspect", "nothing"], "is no file and no network"),
        (["list", "nowhere"], "nowhere does not exist"),
        (["benchmark", "FILE", "--batch", "0"], "whole numbers above 0"),
        (["benchmark", "FILE", "--backend", "abacus"], "is computed by one of"),
        (["benchmark", "FILE", "--device", "banana"], "the device 'banana' cannot be used"),
        (["export", "FILE", "/nowhere/x.onnx"], "the folder of /nowhere/x.onnx does not exist"),
    ],
)
def test_mistakes_are_told_in_a_sentence(
    words: list[str], sentence: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["net", *(str(file) if word == "FILE" else word for word in words)]) == 2
    assert sentence in capsys.readouterr().err.replace("\n", " ")


def test_a_file_that_is_no_network_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(b"nothing")
    for verb in ("inspect", "list"):
        assert run(["net", verb, str(wrong)]) == 2
        assert "is no network" in capsys.readouterr().err
