"""Layers of many numbers: compiled, they give what NumPy gives, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nets.nnue.layer_groups import GROUP, group_of_layer, in_groups
from nets.nnue.quantise import PAIRS_ONE
from nets.simd import ONE
from search.kernel import kernel
from search.memory import address_of, aligned_copy

pytestmark = [pytest.mark.bounds, pytest.mark.interpreted]


@kernel
def layer(numbers: Any, squares: Any, biases: Any, inputs: Any, weights: Any, pairs: Any) -> None:
    group_of_layer(numbers, squares, biases, inputs, weights, pairs)


@pytest.mark.parametrize(("numbers", "inputs"), [(1, 16), (16, 8), (24, 48), (32, 512)])
def test_a_layer_is_a_product_of_matrices(numbers: int, inputs: int) -> None:
    generator = np.random.default_rng(numbers)
    weights = generator.integers(-(2**12), 2**12, (3, numbers, inputs), np.int16)
    grouped = aligned_copy(in_groups(weights))
    groups = grouped.shape[1]
    assert grouped.shape == (3, -(-numbers // GROUP), inputs // 2, GROUP, 2)
    row = aligned_copy(generator.integers(0, ONE, inputs, np.int16, endpoint=True))
    biases = aligned_copy(np.zeros(groups * GROUP, np.int32))
    biases[:numbers] = generator.integers(-(2**18), 2**18, numbers)
    # What is far from zero, and at the ends of what 32 bits hold.
    biases[: min(numbers, 2)] = [-(2**31) + 2**30, 2**31 - 2**30][: min(numbers, 2)]
    sums = biases[:numbers].astype(object) + weights[1].astype(object) @ row.astype(object)
    for function in (layer, group_of_layer):
        found = aligned_copy(np.full((2, groups * GROUP), -1, np.int16))
        for group in range(groups):
            here = slice(group * GROUP, (group + 1) * GROUP)
            function(
                address_of(found[0, here]), address_of(found[1, here]), address_of(biases[here]),
                address_of(row), address_of(grouped[1, group]), np.int64(inputs // 2),
            )  # fmt: skip
        assert list(found[0, :numbers]) == [min(max(value // PAIRS_ONE, 0), ONE) for value in sums]
        assert list(found[1, :numbers]) == [min(value**2 // (PAIRS_ONE**2 * ONE), ONE) for value in sums]
        assert not found[:, numbers:].any()


@pytest.mark.parametrize("sign", [-1, 1])
def test_squares_reach_one_where_numbers_do(sign: int) -> None:
    step = PAIRS_ONE * ONE
    biases = aligned_copy(np.zeros(GROUP, np.int32))
    biases[:8] = [sign * (step + change) for change in (-step, 1 - step, -1025, -1024, -1, 0, 1, 2**30)]
    nothing = aligned_copy(np.zeros(8 * 2 * GROUP, np.int16))
    for function in (layer, group_of_layer):
        found = aligned_copy(np.zeros((2, GROUP), np.int16))
        function(*(address_of(array) for array in (found[0], found[1], biases, nothing, nothing)), np.int64(4))
        assert list(found[1, :8]) == [0, 0, 253, 253, 254, 255, 255, 255]
        assert list(found[0, :8]) == ([0, 0, 253, 254, 254, 255, 255, 255] if sign > 0 else [0] * 8)
