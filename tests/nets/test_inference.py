"""What computes a network: the same numbers however it is done, within what 16 bits can say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nets.inference import Answers, FrozenNetwork, LiveNetwork, folded
from nets.residual import ResidualConfig, ResidualNetwork

CONFIG = ResidualConfig(
    planes=20, ranks=8, files=8, action_planes=73, blocks=3, channels=32, squeeze=8, moves_left=True
)


def network(config: ResidualConfig = CONFIG) -> ResidualNetwork:
    """A network whose normalisation is not the identity, as after training."""
    torch.manual_seed(1)
    made = ResidualNetwork(config).train()
    with torch.no_grad():
        for _ in range(3):
            made(torch.rand(32, config.planes, config.ranks, config.files))
    return made.eval()


def asked(n: int, config: ResidualConfig = CONFIG) -> tuple[Any, Any]:
    rng = np.random.default_rng(n)
    planes = rng.random((n, config.planes, config.ranks, config.files), np.float32)
    return planes, rng.integers(0, config.actions, (n, 40)).astype(np.int32)


def apart(one: Answers, other: Answers) -> tuple[float, float]:
    """How far logits and probabilities are from each other at most."""
    return float(np.abs(one.logits - other.logits).max()), float(np.abs(one.wdl - other.wdl).max())


@pytest.mark.parametrize("squeeze", [0, 8])
@pytest.mark.parametrize("moves_left", [True, False])
def test_a_frozen_copy_says_the_same(squeeze: int, moves_left: bool) -> None:
    made = network(replace(CONFIG, squeeze=squeeze, moves_left=moves_left))
    live, frozen = LiveNetwork(made), FrozenNetwork(made, precision="float32")
    for n in (1, 7, 32):
        expected, found = live.answer(*asked(n)), frozen.answer(*asked(n))
        assert found.logits.shape == (n, 40)
        assert found.wdl.sum(1) == pytest.approx(1, abs=1e-5)
        assert max(apart(expected, found)) < 1e-4
        if moves_left:
            assert found.moves_left == pytest.approx(expected.moves_left, abs=1e-4)
        else:
            assert found.moves_left is None


def test_sixteen_bits_are_enough() -> None:
    made = network()
    expected = LiveNetwork(made).answer(*asked(64))
    found = FrozenNetwork(made, precision="bfloat16").answer(*asked(64))
    logits, chances = apart(expected, found)
    assert 0 < logits < 0.05 * (1 + expected.logits.std() * 4)
    assert chances < 0.02
    assert (expected.logits.argmax(1) == found.logits.argmax(1)).mean() > 0.85


def test_folding_leaves_no_normalisation_and_the_network_as_it_was() -> None:
    made = network()
    frozen = folded(made)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in frozen.modules())
    assert any(isinstance(module, torch.nn.BatchNorm2d) for module in made.modules())
    assert all(parameter.requires_grad for parameter in made.parameters())


def test_a_frozen_copy_does_not_learn_and_the_network_itself_does() -> None:
    made = network()
    live, frozen = LiveNetwork(made), FrozenNetwork(made, precision="float32")
    before = frozen.answer(*asked(2))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter += 0.1
    assert max(apart(before, frozen.answer(*asked(2)))) == 0
    assert max(apart(before, live.answer(*asked(2)))) > 0.01


@pytest.mark.slow
def test_a_compiled_network_says_the_same_for_every_size_of_batch() -> None:
    made = network()
    live, compiled = LiveNetwork(made), FrozenNetwork(made, precision="float32", compiled=True)
    for n in (1, 3, 8):
        assert max(apart(live.answer(*asked(n)), compiled.answer(*asked(n)))) < 1e-4


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="precision is one of auto, float32, bfloat16"):
        FrozenNetwork(network(), precision="float64")  # type: ignore[arg-type]
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="the device 'cuda' cannot be used"):
            FrozenNetwork(network(), device="cuda")
