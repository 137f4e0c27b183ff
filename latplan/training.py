"""Training a state autoencoder on pairs: reconstruct both pictures, keep few bits set, and change few between them.

The loss of a pair is half the negative evidence bound of each picture, with Gaussian noise `sigma` on the weighed
components and a sparse Bernoulli prior on the bits, and the expected number of bits that the action changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from latplan.autoencoder import Architecture, Sampling, StateAutoencoder, bernoulli_divergence, binary_concrete
from latplan.subspace import Floats, Subspace

#: Called after each step with its number, from 1, and the loss.
Progress = Callable[[int, float], None]
#: Share of the steps over which the temperature falls, and over which, at the end, the learning rate does.
_COOLING, _SLOWING = 0.5, 0.4


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How an autoencoder is trained."""

    seed: int = 1
    steps: int = 5_000
    batch: int = 400
    """Pairs in a step."""
    architecture: Architecture = field(default_factory=Architecture)
    learning_rate: float = 3e-3
    noise: float = 0.1
    """Standard deviation of what is added to the encoder's input, in weighed components."""
    sigma: float = 0.3
    """Standard deviation that the reconstruction may have, in weighed components."""
    prior: float = 0.05
    """Chance that a bit is set, before anything is seen."""
    sparsity: float = 1.0
    """Weight, in nats, of each bit that changes between the two pictures."""
    temperatures: tuple[float, float] = (1.0, 0.5)
    """Of the Binary Concrete distribution, at first and at last."""
    sampling: Sampling = "soft"
    decoder_steps: int = 500
    """Steps in which the decoder alone learns from whole bits, at the end."""

    def __post_init__(self) -> None:
        numbers = (self.steps, self.batch, self.learning_rate, self.sigma, *self.temperatures)
        if min(numbers) <= 0 or not 0 < self.prior < 1 or min(self.noise, self.sparsity, self.decoder_steps) < 0:
            raise ValueError(f"not a sensible recipe: {self}")


#: The loss of the pairs with these numbers at this temperature.
Loss = Callable[[Tensor, float], Tensor]


def train(
    before: Floats,
    after: Floats,
    subspace: Subspace,
    recipe: Recipe,
    *,
    targets: tuple[Floats, Floats] | None = None,
    progress: Progress | None = None,
) -> StateAutoencoder:
    """An autoencoder for weighed components, [pairs, components], in `subspace` of pictures before and after a move.

    It learns to give back `targets`, of the same shapes, where they are given: pictures without what varies by itself,
    so that codes which describe that gain nothing.
    """
    with seeded(recipe.seed):
        network = StateAutoencoder(recipe.architecture, subspace)
        first, second = torch.from_numpy(before), torch.from_numpy(after)
        first_target, second_target = (first, second) if targets is None else map(torch.from_numpy, targets)

        def loss(chosen: Tensor, temperature: float) -> Tensor:
            pictures = torch.cat([first[chosen], second[chosen]])
            target = torch.cat([first_target[chosen], second_target[chosen]])
            return _loss(network, pictures, target, temperature, recipe)

        minimise(network, loss, len(first), recipe, progress)
        sharpen_decoder(network, torch.cat([first, second]), recipe)
    return network.eval()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The same random numbers for a seed, and arithmetic without denormal ones; both outside undisturbed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_flush_denormal(True)  # without it, late steps run many times slower
        try:
            yield
        finally:
            torch.set_flush_denormal(False)


def minimise(network: nn.Module, loss: Loss, pairs: int, recipe: Recipe, progress: Progress | None) -> None:
    """Train with batches of so many pairs: colder and colder samples, and slower steps towards the end."""
    network.train()
    optimizer = torch.optim.RAdam(network.parameters(), lr=recipe.learning_rate)
    hot, cold = recipe.temperatures
    for step in range(recipe.steps):
        done = step / recipe.steps
        _set_rate(optimizer, recipe.learning_rate * min(1.0, (1 - done) / _SLOWING))
        now = loss(torch.randint(pairs, (recipe.batch,)), hot * (cold / hot) ** min(1.0, done / _COOLING))
        _step(network, optimizer, now)
        if progress is not None:
            progress(step + 1, float(now.detach()))


def _loss(network: StateAutoencoder, pictures: Tensor, target: Tensor, temperature: float, recipe: Recipe) -> Tensor:
    """Of pictures [2 n, components], n before a move and then n after it."""
    logits = network.encode(pictures + recipe.noise * torch.randn_like(pictures))
    restored = network.decode(binary_concrete(logits, temperature, recipe.sampling))
    error = squared_error(restored, target, recipe)
    bound = (error + bernoulli_divergence(logits, recipe.prior)).mean()
    return bound + recipe.sparsity * changed_bits(*logits.chunk(2))


def squared_error(restored: Tensor, target: Tensor, recipe: Recipe) -> Tensor:
    """Nats [n] that pictures [n, components] cost under Gaussian noise, but for a constant."""
    return ((restored - target) ** 2).sum(1) / (2 * recipe.sigma**2)


def changed_bits(before: Tensor, after: Tensor) -> Tensor:
    """How many bits with these logits, [n, bits] each, differ between before and after, on average."""
    return (torch.sigmoid(before) - torch.sigmoid(after)).abs().sum(1).mean()


def sharpen_decoder(network: StateAutoencoder, pictures: Tensor, recipe: Recipe) -> None:
    """Train the decoder alone on the whole bits that it will get in use."""
    network.encoder.eval()
    optimizer = torch.optim.RAdam(network.decoder.parameters(), lr=recipe.learning_rate)
    for step in range(recipe.decoder_steps):
        _set_rate(optimizer, recipe.learning_rate * (1 - step / recipe.decoder_steps))
        target = pictures[torch.randint(len(pictures), (2 * recipe.batch,))]
        with torch.no_grad():
            bits = (network.encode(target) > 0).float()
        _step(network, optimizer, nn.functional.mse_loss(network.decode(bits), target, reduction="sum") / len(target))


def _step(network: nn.Module, optimizer: torch.optim.Optimizer, loss: Tensor) -> None:
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(network.parameters(), 0.1)
    optimizer.step()


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = rate
