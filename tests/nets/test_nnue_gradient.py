"""The kernels that train: their gradient is torch's, and so is a step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from nets.nnue.batch import Batch
from nets.nnue.config import NnueConfig
from nets.nnue.first_layer import untiled
from nets.nnue.kernel_steps import KernelSteps, Steps
from nets.nnue.network import NnueNetwork
from nets.nnue.parameters import ARRAYS, LIMITS, Floats, fresh_parameters, real_network
from nets.nnue.quantise import quantise
from nets.nnue.torch_steps import TorchSteps

SIZE = 40


#: Activations with numbers of the second and the third layer.
SHAPES = [("squared", 0, 0), ("clipped", 0, 0), ("pairs", 0, 0), ("pairs", 8, 0), ("pairs", 16, 5)]


def random_batch(config: NnueConfig, seed: int = 1) -> Batch:
    generator = np.random.default_rng(seed)
    batch = Batch(config, SIZE)
    batch.counts[:] = generator.integers(2, 32, SIZE)
    batch.features[:] = generator.integers(0, config.feature_set.count, batch.features.shape)
    batch.buckets[:] = generator.integers(0, config.output_buckets, SIZE)
    batch.targets[:] = generator.random(SIZE)
    batch.arrange(SIZE)
    return batch


def scattered_parameters(config: NnueConfig) -> dict[str, Floats]:
    """Random parameters with numbers of the further layers on both sides of both bounds."""
    parameters = fresh_parameters(config, 2)
    generator = np.random.default_rng(3)
    for layer in ("hidden", "last"):
        for name, spread in (("biases", 0.8), ("outputs", 0.5)):
            array = parameters[f"{layer}_{name}"]
            array[:] = generator.normal(0.3, spread, array.shape)
    return parameters


def network_and_inputs(config: NnueConfig, batch: Batch) -> tuple[NnueNetwork, list[torch.Tensor]]:
    absent = np.arange(batch.features.shape[2]) >= batch.counts[:, None, None]
    features = np.where(absent, config.feature_set.count, batch.features).astype(np.int64)
    return NnueNetwork(config), [torch.from_numpy(features), torch.from_numpy(batch.buckets.astype(np.int64))]


@pytest.mark.bounds
@pytest.mark.parametrize("features", ["768", "halfka-4", "halfkp"])
@pytest.mark.parametrize(("activation", "hidden", "last"), SHAPES)
@pytest.mark.parametrize("entropy", [True, False])
def test_the_gradient_is_that_of_torch(features: str, activation: str, hidden: int, last: int, entropy: bool) -> None:
    config = NnueConfig(features=features, activation=activation, width=128, output_buckets=3, hidden=hidden, last=last)
    batch = random_batch(config)
    parameters = scattered_parameters(config)
    network, inputs = network_and_inputs(config, batch)
    network.load(parameters)
    logits = network(*inputs)
    targets = torch.from_numpy(batch.targets)
    if entropy:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, targets)
    else:
        loss = (torch.sigmoid(logits) - targets).square().mean()
    loss.backward()  # type: ignore[no-untyped-call]
    steps = KernelSteps(config, threads=2, entropy=entropy)
    steps.start_from(parameters)
    np.testing.assert_allclose(steps.answers(batch, SIZE), logits.detach().numpy(), atol=1e-5)
    total = steps.step(batch, SIZE, 1e-3)
    if not entropy:
        assert total == pytest.approx(loss.item(), rel=1e-4)
    # The first moment of Adam is a tenth of its first gradient.
    state = steps.state()
    found = {name: 10 * state[f"first/{name}"] for name in ARRAYS}
    found["rows"] = untiled(found["rows"])
    for name in ARRAYS:
        parameter = network.rows.weight if name == "rows" else getattr(network, name)
        if parameter.numel():
            gradient = parameter.grad[: len(found[name])]  # torch's rows have one for no feature
            np.testing.assert_allclose(found[name], gradient.numpy(), atol=2e-6, err_msg=name)


@pytest.mark.parametrize(("activation", "hidden", "last"), SHAPES)
def test_steps_on_the_processor_and_of_torch_learn_the_same(activation: str, hidden: int, last: int) -> None:
    config = NnueConfig(
        features="halfka-4", width=128, activation=activation, output_buckets=2, hidden=hidden, last=last
    )
    batch = random_batch(config)
    steps: list[Steps] = [KernelSteps(config, threads=2), TorchSteps(config, device="cpu")]
    for one in steps:
        one.start_from(scattered_parameters(config))
    losses = [[one.step(batch, SIZE, 1e-3) for one in steps] for _ in range(5)]
    np.testing.assert_allclose([a for a, _ in losses], [b for _, b in losses], rtol=1e-3)
    assert losses[-1][0] < losses[0][0]
    own, torchs = (one.parameters() for one in steps)
    for name in ARRAYS:
        np.testing.assert_allclose(own[name], torchs[name], atol=1e-4, err_msg=name)
    np.testing.assert_allclose(*(one.answers(batch, SIZE) for one in steps), atol=1e-3)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_threads_learns_the_same(count: int) -> None:
    config = NnueConfig(features="halfka-4", width=256, activation="pairs", hidden=8, last=4)
    batch = random_batch(config)
    one, many = KernelSteps(config), KernelSteps(config, threads=count)
    for _ in range(3):
        one.step(batch, SIZE, 1e-3)
        many.step(batch, SIZE, 1e-3)
    for name in ARRAYS:
        np.testing.assert_allclose(one.parameters()[name], many.parameters()[name], atol=1e-6, err_msg=name)


@pytest.mark.parametrize("features", ["768", "halfka-4"])
@pytest.mark.parametrize("kind", ["kernels", "torch"])
def test_what_was_saved_goes_on_as_if_nothing_had_happened(features: str, kind: str) -> None:
    config = NnueConfig(features=features, width=128, activation="pairs", hidden=8, last=4)
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


@pytest.mark.parametrize("kind", ["kernels", "torch"])
def test_what_is_learnt_at_any_rate_fits_into_integers(kind: str) -> None:
    config = NnueConfig(features="halfka-4", width=128, activation="pairs", hidden=8, last=4)
    batch = random_batch(config)
    steps: Steps = KernelSteps(config) if kind == "kernels" else TorchSteps(config, device="cpu")
    for _ in range(10):
        steps.step(batch, SIZE, 2.0)
    parameters = steps.parameters()
    assert np.abs(parameters["rows"]).max() > LIMITS["rows"] / 2
    assert quantise(real_network(config, parameters)).config == config
