"""The kernels that train: their gradient is torch's, and so is a step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nets.nnue.config import NnueConfig
from nets.nnue.gradient import ARRAYS, Batch, backward, forward, fresh_parameters, new_batch, zeros
from nets.nnue.kernel_steps import KernelSteps
from nets.nnue.network import NnueNetwork
from nets.nnue.torch_steps import TorchSteps

SIZE = 40


def random_batch(config: NnueConfig, seed: int = 1) -> Batch:
    generator = np.random.default_rng(seed)
    batch = new_batch(SIZE)
    batch.counts[:] = generator.integers(2, 32, SIZE)
    for features in (batch.own, batch.theirs):
        features[:] = generator.integers(0, config.feature_set.count, features.shape)
    batch.buckets[:] = generator.integers(0, config.output_buckets, SIZE)
    batch.targets[:] = generator.random(SIZE)
    return batch


def network_and_inputs(config: NnueConfig, batch: Batch) -> tuple[NnueNetwork, list[Any]]:
    network = NnueNetwork(config)
    absent = np.arange(batch.own.shape[1]) >= batch.counts[:, None]
    none = config.feature_set.count
    inputs = [torch.from_numpy(np.where(absent, none, part).astype(np.int64)) for part in (batch.own, batch.theirs)]
    return network, [*inputs, torch.from_numpy(batch.buckets.astype(np.int64))]


@pytest.mark.bounds
@pytest.mark.parametrize("features", ["768", "halfka-4", "halfkp"])
@pytest.mark.parametrize("activation", ["squared", "clipped"])
@pytest.mark.parametrize("entropy", [True, False])
@pytest.mark.parametrize("hidden", [0, 4])
def test_the_gradient_is_that_of_torch(features: str, activation: str, entropy: bool, hidden: int) -> None:
    config = NnueConfig(features=features, activation=activation, width=64, output_buckets=3, hidden=hidden)
    batch = random_batch(config)
    parameters = fresh_parameters(config, 2)
    generator = np.random.default_rng(3)
    for name, spread in (("hidden_biases", 0.8), ("hidden_outputs", 0.5)):
        parameters[name][:] = generator.normal(0.3, spread, parameters[name].shape)
    network, inputs = network_and_inputs(config, batch)
    network.load(parameters)
    logits = network(*inputs)
    targets = torch.from_numpy(batch.targets)
    if entropy:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
    else:
        loss = (torch.sigmoid(logits) - targets).square().mean()
    loss.backward()  # type: ignore[no-untyped-call]
    answers = np.zeros(SIZE, np.float32)
    arrays = [parameters[name] for name in ARRAYS]
    squared = activation == "squared"
    forward(*arrays, squared, batch.own, batch.theirs, batch.counts, batch.buckets, 0, SIZE, answers)
    np.testing.assert_allclose(answers, logits.detach().numpy(), atol=1e-5)
    found = zeros(config)
    total = backward(
        *arrays, squared, batch.own, batch.theirs, batch.counts, batch.buckets, batch.targets,
        0, SIZE, 1 / SIZE, entropy, *(found[name] for name in ARRAYS),
    )  # fmt: skip
    if not entropy:
        assert total / SIZE == pytest.approx(loss.item(), rel=1e-4)
    for name in ARRAYS if hidden else ARRAYS[:4]:
        parameter = network.rows.weight if name == "rows" else getattr(network, name)
        gradient = parameter.grad[: len(found[name])]  # torch's rows have one for no feature
        np.testing.assert_allclose(found[name], gradient.numpy(), atol=2e-6, err_msg=name)


@pytest.mark.parametrize("hidden", [0, 4])
def test_steps_on_the_processor_and_of_torch_learn_the_same(hidden: int) -> None:
    config = NnueConfig(features="halfka-4", width=64, output_buckets=2, hidden=hidden)
    batch = random_batch(config)
    own, torchs = KernelSteps(config, threads=2), TorchSteps(config, device="cpu")
    # The torch network begins with all in the rows' own part; give both the same shares.
    torchs.network.shared.weight.data[:-1] = torch.from_numpy(own.state()["shared"])
    torchs.network.rows.weight.data[:-1] = 0
    losses = [(own.step(batch, SIZE, 1e-3), torchs.step(batch, SIZE, 1e-3)) for _ in range(5)]
    np.testing.assert_allclose([a for a, _ in losses], [b for _, b in losses], rtol=1e-3)
    assert losses[-1][0] < losses[0][0]
    for name in ARRAYS:
        np.testing.assert_allclose(own.parameters()[name], torchs.parameters()[name], atol=1e-4, err_msg=name)
    np.testing.assert_allclose(own.answers(batch, SIZE), torchs.answers(batch, SIZE), atol=1e-3)


@pytest.mark.parametrize("features", ["768", "halfka-4"])
@pytest.mark.parametrize("kind", ["kernels", "torch"])
def test_what_was_saved_goes_on_as_if_nothing_had_happened(features: str, kind: str) -> None:
    config = NnueConfig(features=features, width=64, hidden=4)
    batch = random_batch(config)

    def new(seed: int) -> Any:
        return KernelSteps(config, seed=seed) if kind == "kernels" else TorchSteps(config, seed=seed, device="cpu")

    one, other = new(1), new(2)
    for _ in range(3):
        one.step(batch, SIZE, 1e-3)
    other.restore({name: array.copy() for name, array in one.state().items()})
    for steps in (one, other):
        steps.step(batch, SIZE, 1e-3)
    for name in ARRAYS:
        assert np.array_equal(one.parameters()[name], other.parameters()[name])


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be used"):
        TorchSteps(NnueConfig(width=64), device="cuda:77")
