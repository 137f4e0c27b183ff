"""The end-to-end models of the papers: their actions are what their network does, and they learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from latplan.autoencoder import Architecture, StateAutoencoder
from latplan.cube_space import BackToLogit, CubeSpace, CubeSpaceAutoencoder, Kind, action_names, labelled_actions
from latplan.domains import domain
from latplan.learning import learn
from latplan.measure import Measure, find_subspace
from latplan.pairs import Pairs
from latplan.training import Recipe
from latplan.trial import Attempt, Settings, Weighed, make_trial, reported_quality

HANOI = domain("hanoi")


@pytest.mark.parametrize("kind", ["ama3+", "ama4+"])
def test_actions_of_the_end_to_end_models_are_what_their_network_does(kind: Kind) -> None:
    torch.manual_seed(1)
    pairs = Pairs(*HANOI.sample_transitions(300, np.random.default_rng(1)))
    subspace = find_subspace(pairs, Measure(), seed=1).times(20)
    options = CubeSpace(kind=kind, labels=20)
    network = CubeSpaceAutoencoder(StateAutoencoder(Architecture(bits=30), subspace), options).eval()
    rng = np.random.default_rng(1)
    # Shifts that set and clear some bits, as training makes them.
    for way in (network.effect, network.regression):
        way.shift.weight.data = torch.from_numpy(8 * rng.integers(-1, 2, (30, 20)).astype(np.float32))
    before, after = rng.random((2, 300, 30)) < 0.5
    names = action_names(network, *(subspace.project(pictures) for pictures in pairs))
    assert names.shape == (300,)
    model = labelled_actions(network, before, after, names, options)
    assert 1 <= len(model.task.actions) <= 20
    for action in model.task.actions:
        state = rng.random(30) < 0.5
        state[list(action.positive)], state[list(action.negative)] = True, False
        label = torch.nn.functional.one_hot(torch.tensor([int(action.name[1:])]), 20).float()
        with torch.inference_mode():
            following = (network.effect(torch.from_numpy(state[None].astype(np.float32)), label) > 0).numpy()[0]
        assert action.apply(frozenset(np.flatnonzero(state).tolist())) == frozenset(np.flatnonzero(following).tolist())


def test_an_effect_sets_clears_or_leaves_a_bit_whatever_was_learnt() -> None:
    """Also with negative weights of the normalisation, which would turn bits around."""
    torch.manual_seed(1)
    effect = BackToLogit(labels=40, bits=30)
    with torch.no_grad():
        for part in effect.parameters():
            part.copy_(torch.randn_like(part))
    effect(torch.rand(500, 30).round(), torch.nn.functional.one_hot(torch.arange(500) % 40, 40).float())
    after_clear, after_set = effect.eval().table()
    assert not (after_clear & ~after_set).any()
    for became in (after_clear & after_set, ~after_clear & ~after_set, ~after_clear & after_set):
        assert became.any()


@pytest.mark.parametrize("method", ["ama3+", "ama4+"])
def test_a_trial_of_few_steps_has_actions_and_a_quality(method: Kind) -> None:
    pairs = Pairs(*HANOI.sample_transitions(300, np.random.default_rng(1)))
    subspace = find_subspace(pairs, Measure(), seed=1)
    before, after = (subspace.project(pictures) for pictures in pairs)
    data = Weighed(before, after, subspace, slice(0, 15), slice(15, 30), slice(30, None))
    settings = Settings(method=method, recipe=Recipe(steps=5, decoder_steps=2), cube_space=CubeSpace(labels=20))
    shares: list[float] = []
    trial = make_trial(Attempt(400.0), 1, data, settings, shares.append)
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert len(trial.actions.task.actions) + trial.actions.dropped <= 20
    assert trial.actions.task.bits == 100
    for quality in (trial.quality, reported_quality(trial, data)):
        assert 0 <= quality.explained <= 1
        assert quality.restored < 1


@pytest.mark.slow
@pytest.mark.parametrize("method", ["ama3+", "ama4+"])
def test_the_end_to_end_models_learn(method: Kind) -> None:
    pairs = Pairs(*HANOI.sample_transitions(6_000, np.random.default_rng(1)))
    settings = Settings(method=method, attempts=(Attempt(1000.0),), recipe=Recipe(steps=600, decoder_steps=200))
    made = learn(pairs, settings)
    assert made.facts["restored"] > 0.95
    assert made.task.actions
