"""The end-to-end models of the papers: state, action labels, effects and preconditions are learnt by one network.

Cube-Space AE (AMA3+) and Bidirectional Cube-Space AE (AMA4+): M. Asai, H. Kajino, A. Fukunaga, C. Muise, "Classical
Planning in Deep Latent Space", JAIR 74, 2022. An action is a label, sampled from a Gumbel-softmax of both states. Its
effect is Back-to-Logit: a shift, for each bit, of the normalised bit before, which can only set it, clear it or leave
it. AMA4+ learns the same backwards, and reads the preconditions off what regression sets and clears.

They stand beside the counted actions of `latplan.action_model`, with the same pictures, encoder and prior, to compare;
docs/latplan.md lists where they depart from the authors'.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from latplan.action_model import ActionModel
from latplan.autoencoder import StateAutoencoder, bernoulli_divergence, binary_concrete
from latplan.problem import Action, Bits, Task
from latplan.subspace import Floats, Subspace, blocks
from latplan.training import Progress, Recipe, minimise, seeded, sharpen_decoder, squared_error

Kind = Literal["ama3+", "ama4+"]


@dataclass(frozen=True, kw_only=True)
class CubeSpace:
    """What the end-to-end models have beyond the state autoencoder."""

    kind: Kind = "ama4+"
    labels: int = 400
    """Actions at most."""
    hidden: int = 256
    """Width of the hidden layers that name the action, and that say which are applicable."""
    dynamics: float = 10.0
    """Weight of the divergence between the bits after a move and those that its effect foretells."""
    applicability: float = 1.0
    """Weight of the divergence between the action of a pair and those that the state alone would allow."""
    temperatures: tuple[float, float] = (5.0, 0.5)
    """Of the Gumbel-softmax, at first and at last."""

    def __post_init__(self) -> None:
        if min(self.labels, self.hidden, *self.temperatures) <= 0 or min(self.dynamics, self.applicability) < 0:
            raise ValueError(f"not a sensible model: {self}")


class RisingNorm(nn.BatchNorm1d):
    """A normalisation of which more never makes less: its weight counts without its sign."""

    def forward(self, inputs: Tensor) -> Tensor:
        """See `torch.nn.BatchNorm1d`."""
        return nn.functional.batch_norm(
            inputs, self.running_mean, self.running_var, self.weight.abs(), self.bias, self.training,
            0.1 if self.momentum is None else self.momentum, self.eps,
        )  # fmt: skip


class BackToLogit(nn.Module):
    """Logits of bits after an action: the normalised bits before, shifted by what the action's label says.

    A set bit has the higher logit, so an action sets a bit, clears it or leaves it, and never turns it around.
    """

    def __init__(self, labels: int, bits: int) -> None:
        super().__init__()
        self.shift = nn.Linear(labels, bits, bias=False)
        self.normalise_bits = RisingNorm(bits)
        self.normalise_shift = nn.BatchNorm1d(bits)

    def forward(self, bits: Tensor, label: Tensor) -> Tensor:
        """[n, bits] of bits [n, bits] and labels [n, labels]."""
        logits: Tensor = self.normalise_bits(bits) + self.normalise_shift(self.shift(label))
        return logits

    def table(self) -> tuple[Bits, Bits]:
        """For each label and bit, [labels, bits]: what becomes of a clear bit, and of a set one."""
        with torch.inference_mode():
            labels = torch.eye(self.shift.in_features)
            clear, is_set = torch.zeros(self.shift.out_features), torch.ones(self.shift.out_features)
            after_clear, after_set = (self(bit.expand(len(labels), -1), labels) > 0 for bit in (clear, is_set))
        return after_clear.numpy(), after_set.numpy()


class CubeSpaceAutoencoder(nn.Module):
    """A state autoencoder, a network that names the action of a pair, and its effects, forwards and backwards."""

    def __init__(self, states: StateAutoencoder, options: CubeSpace) -> None:
        super().__init__()
        bits, labels, hidden = states.bits, options.labels, options.hidden
        self.states = states
        self.name_action = _classifier(2 * bits, hidden, labels)
        self.applicable = _classifier(bits, hidden, labels)
        self.effect = BackToLogit(labels, bits)
        self.regressable = _classifier(bits, hidden, labels)
        self.regression = BackToLogit(labels, bits)


def _classifier(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.BatchNorm1d(hidden), nn.Linear(hidden, outputs))


def train_cube_space(
    before: Floats,
    after: Floats,
    subspace: Subspace,
    recipe: Recipe,
    options: CubeSpace,
    progress: Progress | None = None,
) -> CubeSpaceAutoencoder:
    """The network for weighed components, [pairs, components], in `subspace` of pictures before and after a move."""
    with seeded(recipe.seed):
        network = CubeSpaceAutoencoder(StateAutoencoder(recipe.architecture, subspace), options)
        first, second = torch.from_numpy(before), torch.from_numpy(after)
        hot, cold = options.temperatures
        warm, cool = recipe.temperatures

        def loss(chosen: Tensor, temperature: float) -> Tensor:
            # The Gumbel-softmax cools from its own first to its own last temperature, at the same pace.
            done = np.log(temperature / warm) / np.log(cool / warm) if warm != cool else 1.0
            return _loss(
                network, first[chosen], second[chosen], (temperature, hot * (cold / hot) ** done), recipe, options
            )

        minimise(network, loss, len(first), recipe, progress)
        sharpen_decoder(network.states, torch.cat([first, second]), recipe)
    return network.eval()


def _loss(
    network: CubeSpaceAutoencoder, first: Tensor, second: Tensor, temperatures: tuple[float, float], recipe: Recipe,
    options: CubeSpace,
) -> Tensor:  # fmt: skip
    """The negative evidence bound of pairs [n, components]; of AMA4+, the mean of both directions."""
    temperature, action_temperature = temperatures
    states = network.states
    pictures = torch.cat([first, second])
    logits = states.encode(pictures + recipe.noise * torch.randn_like(pictures))
    logits0, logits1 = logits.chunk(2)
    z0, z1 = binary_concrete(logits, temperature, recipe.sampling).chunk(2)
    named = network.name_action(torch.sigmoid(torch.cat([logits0, logits1], 1)))
    label = nn.functional.gumbel_softmax(named, tau=action_temperature)

    def one_way(
        start: Tensor, start_logits: Tensor, end: Tensor, end_logits: Tensor, shift: nn.Module, allowed: nn.Module,
        pictures: tuple[Tensor, Tensor],
    ) -> Tensor:  # fmt: skip
        """Of the first picture, the action given its state, and the second picture given both."""
        foretold = shift(start, label)
        error = squared_error(states.decode(start), pictures[0], recipe)
        for bits in (end, binary_concrete(foretold, temperature, recipe.sampling)):
            error = error + squared_error(states.decode(bits), pictures[1], recipe) / 2
        divergence = (
            bernoulli_divergence(start_logits, recipe.prior)
            + options.dynamics * _bernoulli_between(end_logits, foretold)
            + options.applicability * _categorical_between(named, allowed(start))
        )
        return (error + divergence).mean()

    bound = one_way(z0, logits0, z1, logits1, network.effect, network.applicable, (first, second))
    if options.kind == "ama4+":
        back = one_way(z1, logits1, z0, logits0, network.regression, network.regressable, (second, first))
        bound = (bound + back) / 2
    # Half of the bound is that of one picture, as in the training of the state autoencoder.
    return bound / 2


def _bernoulli_between(logits: Tensor, others: Tensor) -> Tensor:
    """KL divergence, nats [n], of bits with the first logits from bits with the others, [n, bits] each."""
    chance = torch.sigmoid(logits)
    softplus = nn.functional.softplus
    return (chance * (logits - others) + softplus(others) - softplus(logits)).sum(1)


def _categorical_between(logits: Tensor, others: Tensor) -> Tensor:
    """KL divergence, nats [n], of labels with the first logits from labels with the others, [n, labels] each."""
    chance = nn.functional.log_softmax(logits, 1)
    return (chance.exp() * (chance - nn.functional.log_softmax(others, 1))).sum(1)


def action_names(network: CubeSpaceAutoencoder, before: Floats, after: Floats) -> npt.NDArray[np.int64]:
    """The label, [pairs], of each pair of pictures as weighed components, [pairs, components]."""
    names = []
    with torch.inference_mode():
        for part in blocks(len(before), network.states.bits):
            pair = [network.states.encode(torch.from_numpy(pictures[part])) for pictures in (before, after)]
            names.append(network.name_action(torch.sigmoid(torch.cat(pair, 1))).argmax(1).numpy())
    return np.concatenate(names)


def labelled_actions(
    network: CubeSpaceAutoencoder, before: Bits, after: Bits, names: npt.NDArray[np.int64], options: CubeSpace
) -> ActionModel:
    """An action for each label that names, [pairs], a pair of states, [pairs, bits] each.

    Effects are read off the network. So are preconditions, by regression, in AMA4+; in AMA3+ they are the bits that are
    the same in all states in which the label was seen, as in the paper.
    """
    after_clear, after_set = network.effect.table()
    before_clear, before_set = network.regression.table()
    actions: list[Action] = []
    explained = 0
    labels, counts = np.unique(names, return_counts=True)
    for label in labels[np.argsort(-counts, kind="stable")]:
        seen = names == label
        adds, deletes = after_clear[label] & after_set[label], ~after_clear[label] & ~after_set[label]
        if options.kind == "ama4+":
            positive, negative = before_clear[label] & before_set[label], ~before_clear[label] & ~before_set[label]
        else:
            positive, negative = before[seen].all(0), ~before[seen].any(0)
        # What is so already is no effect.
        add, delete = adds & ~positive, deletes & ~negative
        explained += int((((before[seen] & ~delete) | add) == after[seen]).all(1).sum())
        if not (add | delete).any():
            continue
        sets = {"positive": positive, "negative": negative, "add": add, "delete": delete}
        numbers = {name: frozenset(np.flatnonzero(bits).tolist()) for name, bits in sets.items()}
        actions.append(Action(name=f"a{label}", **numbers))
    return ActionModel(
        task=Task(before.shape[1], tuple(actions)),
        effects=len(actions),
        dropped=len(labels) - len(actions),
        coverage=explained / max(len(before), 1),
        unchanged=float((before == after).all(1).mean()),
    )
