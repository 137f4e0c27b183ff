"""Networks as ONNX: ONNX Runtime gives the numbers that torch gives, for every number of states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nets.inference import LiveNetwork
from nets.onnx import OnnxNetwork, export_onnx
from nets.residual import ResidualConfig, ResidualNetwork

onnxruntime: Any = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

CONFIG = ResidualConfig(planes=4, ranks=3, files=5, action_planes=3, blocks=2, channels=8, squeeze=4, moves_left=True)


@pytest.fixture(scope="module")
def network() -> ResidualNetwork:
    torch.manual_seed(1)
    made = ResidualNetwork(CONFIG).train()
    with torch.no_grad():
        made(torch.rand(64, 4, 3, 5))
    return made.eval()


def test_the_file_has_names_metadata_and_the_same_numbers(network: ResidualNetwork, tmp_path: Path) -> None:
    file = tmp_path / "network.onnx"
    export_onnx(network, file, {"encoding": "game-planes-1"})
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    assert [one.name for one in session.get_inputs()] == ["planes"]
    assert [one.name for one in session.get_outputs()] == ["policy", "wdl", "moves_left"]
    assert session.get_modelmeta().custom_metadata_map["encoding"] == "game-planes-1"
    for n in (1, 2, 9):
        planes = np.random.default_rng(n).random((n, 4, 3, 5), np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(planes))
        found = session.run(None, {"planes": planes})
        for one, other in zip(expected, found, strict=True):
            assert other == pytest.approx(one.numpy(), abs=1e-4)


def test_as_a_backend_it_answers_as_the_network_does(network: ResidualNetwork) -> None:
    torch.manual_seed(2)
    plain = ResidualNetwork(replace(CONFIG, moves_left=False, squeeze=0)).eval()
    for made in (network, plain):
        backend = OnnxNetwork(made)
        rng = np.random.default_rng(1)
        planes, actions = rng.random((5, 4, 3, 5), np.float32), rng.integers(0, 45, (5, 7)).astype(np.int32)
        expected, found = LiveNetwork(made).answer(planes, actions), backend.answer(planes, actions)
        assert found.logits == pytest.approx(expected.logits, abs=1e-4)
        assert found.wdl == pytest.approx(expected.wdl, abs=1e-4)
        if expected.moves_left is None:
            assert found.moves_left is None
        else:
            assert found.moves_left == pytest.approx(expected.moves_left, abs=1e-4)


def test_nothing_is_written_where_nothing_can_be(network: ResidualNetwork, tmp_path: Path) -> None:
    with pytest.raises(OSError):  # noqa: PT011
        export_onnx(network, tmp_path / "no" / "network.onnx")
