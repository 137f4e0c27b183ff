"""Networks as ONNX: ONNX Runtime gives the numbers that torch gives, for every number of states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from nets.inference import LiveNetwork
from nets.onnx import OnnxNetwork, export_onnx, value_ranges
from nets.onnx_graph import NetworkGraph
from nets.residual import ResidualConfig, ResidualNetwork

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


@pytest.mark.parametrize("squeeze", [0, 4])
def test_with_bytes_it_says_nearly_the_same(squeeze: int) -> None:
    torch.manual_seed(3)
    made = ResidualNetwork(replace(CONFIG, squeeze=squeeze)).eval()
    rng = np.random.default_rng(3)
    planes, actions = rng.random((200, 4, 3, 5), np.float32), rng.integers(0, 45, (200, 7)).astype(np.int32)
    backend = OnnxNetwork(made, ranges=value_ranges(made, planes[:100]))
    expected, found = LiveNetwork(made).answer(planes, actions), backend.answer(planes, actions)
    assert backend.name == "onnx int8 on cpu"
    spread = expected.logits.std()
    assert 0 < np.abs(found.logits - expected.logits).mean() < 0.05 * spread
    assert np.corrcoef(found.logits.ravel(), expected.logits.ravel())[0, 1] > 0.995
    assert found.wdl == pytest.approx(expected.wdl, abs=0.05)
    assert found.moves_left == pytest.approx(expected.moves_left, rel=0.1, abs=0.05)


def test_only_the_convolutions_of_three_by_three_have_bytes(network: ResidualNetwork) -> None:
    planes = np.random.default_rng(1).random((8, 4, 3, 5), np.float32)
    ranges = value_ranges(network, planes)
    model = onnx.load_from_string(NetworkGraph(network, ranges).content())
    weights = {one.name: one.data_type for one in model.graph.initializer}
    restored = {one.output[0]: weights[one.input[0]] for one in model.graph.node if one.input[0] in weights}
    kinds = [restored.get(one.input[1]) for one in model.graph.node if one.op_type == "Conv"]
    # The stem, two in each block, and the policy's first; then the ends of the three heads.
    assert kinds.count(onnx.TensorProto.INT8) == 1 + 2 * CONFIG.blocks + 1
    assert kinds.count(None) == 3
    assert set(ranges) == set(NetworkGraph(network).roundable)


def test_a_value_that_is_beyond_its_range_is_cut_off_and_no_more(network: ResidualNetwork) -> None:
    planes = np.random.default_rng(1).random((8, 4, 3, 5), np.float32)
    backend = OnnxNetwork(network, ranges=value_ranges(network, planes))
    actions = np.zeros((8, 1), np.int32)
    assert np.array_equal(
        backend.answer(planes + 9, actions).logits, backend.answer(planes * 0 + planes.max(), actions).logits
    )
    assert np.isfinite(backend.answer(planes * 0, actions).logits).all()
