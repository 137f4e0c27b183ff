"""Pictures as components: nothing is lost that a puzzle shows, and what varies by itself counts little."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import latplan.subspace
from latplan.domains import domain
from latplan.measure import Measure, find_subspace
from latplan.pairs import Pairs


def pairs_of(name: str, count: int, seed: int = 1) -> Pairs:
    return Pairs(*domain(name).sample_transitions(count, np.random.default_rng(seed)))


@pytest.mark.parametrize("name", ["8-puzzle", "lightsout-twisted", "hanoi"])
def test_pictures_come_back_as_they_were(name: str) -> None:
    subspace = find_subspace(pairs_of(name, 2_000), Measure(), seed=1)
    puzzle = domain(name)
    states = puzzle.sample(500, np.random.default_rng(2))  # in effect all 81 of the Towers of Hanoi
    pictures = puzzle.draw(states)
    again = subspace.restore(subspace.project(pictures))
    assert [puzzle.parse(picture) for picture in again] == states
    assert subspace.residual(pictures).max() < 0.02
    assert subspace.components <= 100


def test_the_mean_squared_length_is_the_energy() -> None:
    pairs = pairs_of("8-puzzle", 2_000)
    subspace = find_subspace(pairs, Measure(), seed=1)
    assert (subspace.project(pairs.before) ** 2).sum(1).mean() == pytest.approx(1, rel=0.02)
    larger = subspace.times(300**0.5)
    assert (larger.project(pairs.before) ** 2).sum(1).mean() == pytest.approx(300, rel=0.02)
    assert np.array_equal(
        larger.restore(larger.project(pairs.before)), subspace.restore(subspace.project(pairs.before))
    )


def test_the_same_seed_finds_the_same_and_leaves_torchs_generator_alone() -> None:
    import torch

    pairs = pairs_of("hanoi", 300)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, other = (find_subspace(pairs, Measure(), seed=3) for _ in range(2))
    assert torch.rand(1) == expected
    assert np.array_equal(one.project(pairs.before), other.project(pairs.before))


def flickering(count: int, seed: int) -> Pairs:
    """A square in one of six places, which moves to another, and light that differs from picture to picture."""
    rng = np.random.default_rng(seed)
    pictures = []
    where = rng.integers(0, 6, count)
    for places in (where, (where + rng.integers(1, 6, count)) % 6):
        made = np.zeros((count, 12, 24)) + rng.normal(120, 8, (count, 1, 1))
        for picture, here in zip(made, places, strict=True):
            picture[4:8, 4 * here : 4 * here + 4] = 250
        pictures.append(made.clip(0, 255).astype(np.uint8))
    return Pairs(*pictures)


def test_light_that_changes_by_itself_counts_less_than_what_moves() -> None:
    pairs = flickering(1_000, seed=1)

    def shares(nuisance: float) -> float:
        """Squared distance of two pictures of one state, relative to that of two states."""
        subspace = find_subspace(pairs, Measure(nuisance=nuisance), seed=1)
        dark, bright = np.full((2, 12, 24), 110, np.uint8), np.full((2, 12, 24), 130, np.uint8)
        for pictures in (dark, bright):
            pictures[0, 4:8, 4:8] = pictures[1, 4:8, 16:20] = 250
        left, right = subspace.project(dark)
        other = subspace.project(bright)[0]
        return float(((left - other) ** 2).sum() / ((left - right) ** 2).sum())

    assert shares(10.0) < shares(0.0) / 10


def test_pairs_that_are_not_to_be_looked_at_change_nothing() -> None:
    pairs = pairs_of("hanoi", 300)
    among = np.arange(0, 300, 2)
    expected = find_subspace(pairs, Measure(), seed=1, among=among)
    for pictures in pairs:
        pictures[1::2] = 255 - pictures[1::2]
    found = find_subspace(pairs, Measure(), seed=1, among=among)
    assert np.array_equal(found.mean, expected.mean)
    assert np.array_equal(found.basis, expected.basis)


def test_pictures_that_do_not_vary_are_refused() -> None:
    same = np.full((100, 10, 10), 7, np.uint8)
    with pytest.raises(ValueError, match="do not vary"):
        find_subspace(Pairs(same, same), Measure(), seed=1)
    with pytest.raises(ValueError, match="not a sensible measure"):
        Measure(kept=0)


def test_large_pictures_are_worked_on_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The results are those of one block, and only bytes are ever there of all pictures."""
    pairs = pairs_of("8-puzzle", 1_000)
    pictures = pairs.before  # 1.8 MB of bytes, 7 MB of float32
    whole = find_subspace(pairs, Measure(), seed=1)
    expected = whole.residual(pictures)
    monkeypatch.setattr(latplan.subspace, "BUDGET", 1 << 16)
    tracemalloc.start()
    try:
        found = find_subspace(pairs, Measure(), seed=1)
        tracemalloc.reset_peak()
        components = found.project(pictures)
        restored = found.restore(components)
        lost = found.residual(pictures)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.array_equal(found.active, whole.active)
    assert np.array_equal(found.mean, whole.mean)
    assert np.allclose(lost, expected, atol=1e-4)
    assert np.abs(restored.astype(int) - whole.restore(whole.project(pictures))).max() <= 1
    # All restored pictures, and a block of 0.25 MiB several times over.
    assert peak < pictures.nbytes + (4 << 20)
