"""What computes a network, by name and precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.backends import BackendName, BackendPrecision, new_backend
from engine.calibration import typical_planes
from engine.encodings import encoding
from engine.network import config_for
from nets.onnx import fast_bytes
from nets.residual import ResidualNetwork

KNOWN = encoding("hexapawn4x4-history1-1")


@pytest.fixture(scope="module")
def network() -> ResidualNetwork:
    torch.manual_seed(1)
    return ResidualNetwork(config_for(KNOWN, blocks=1, channels=8)).eval()


def test_auto_is_the_fastest_that_is_to_be_had(network: ResidualNetwork) -> None:
    assert new_backend(network).name == "onnx float32 on cpu"  # nobody said what is typical input
    fastest = "onnx int8 on cpu" if fast_bytes() else "onnx float32 on cpu"
    assert new_backend(network, encoding=KNOWN).name == fastest
    assert new_backend(network, "onnx", precision="float32", encoding=KNOWN).name == "onnx float32 on cpu"
    assert new_backend(network, precision="bfloat16").name == "torch bfloat16 on cpu"
    assert new_backend(network, "live").name == "network"


@pytest.mark.skipif(not fast_bytes(), reason="this processor is not made for products of bytes")
def test_bytes_play_as_numbers_do(network: ResidualNetwork) -> None:
    planes = typical_planes(network, KNOWN)
    actions = np.tile(np.arange(network.config.actions, dtype=np.int32), (len(planes), 1))
    found, expected = (
        new_backend(network, "onnx", precision=precision, encoding=KNOWN).answer(planes, actions)
        for precision in ("int8", "float32")
    )
    assert (found.logits.argmax(1) == expected.logits.argmax(1)).mean() > 0.9
    assert np.abs(found.wdl - expected.wdl).mean() < 0.01


def test_typical_input_is_varied_and_the_same_each_time(network: ResidualNetwork) -> None:
    planes = typical_planes(network, KNOWN)
    assert planes.shape[1:] == KNOWN.shape
    assert len(np.unique(planes, axis=0)) > 20
    assert np.array_equal(planes, typical_planes(network, KNOWN))


@pytest.mark.parametrize(
    ("name", "precision", "device", "sentence"),
    [
        ("tensor", "auto", "cpu", "a network is computed by one of auto, torch, compiled, onnx, live"),
        ("auto", "int4", "cpu", "the precision is one of auto, float32, bfloat16, int8"),
        ("onnx", "bfloat16", "cpu", "ONNX Runtime computes networks with float32 or int8, on the cpu"),
        ("onnx", "auto", "cuda", "ONNX Runtime computes networks with float32 or int8, on the cpu"),
        ("torch", "int8", "cpu", "only ONNX Runtime, the backend onnx, computes networks with int8"),
    ],
)
def test_what_is_not_to_be_had_is_refused(
    network: ResidualNetwork, name: BackendName, precision: BackendPrecision, device: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        new_backend(network, name, precision=precision, device=device)


def test_int8_needs_a_processor_that_is_made_for_it(network: ResidualNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nets.onnx.fast_bytes", lambda: False)
    assert new_backend(network, encoding=KNOWN).name == "onnx float32 on cpu"
    with pytest.raises(ValueError, match="not made for int8; take float32"):
        new_backend(network, precision="int8", encoding=KNOWN)
    monkeypatch.setattr("nets.onnx.fast_bytes", lambda: True)
    with pytest.raises(ValueError, match="int8 needs the network's encoding"):
        new_backend(network, precision="int8")
