"""Rows in training: compiled and not, sums and products are those of NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nets.nnue.float_rows import (
    BLOCK,
    LANES,
    TILE,
    block_products,
    products,
    pull_block,
    pull_rows,
    sum_rows,
)
from search.kernel import kernel
from search.memory import address_of, aligned_zeros

pytestmark = [pytest.mark.bounds, pytest.mark.interpreted]


@kernel
def added_up(total: Any, start: Any, table: Any, features: Any, count: Any) -> None:
    sum_rows(total, start, table, features, count)


@kernel
def multiplied(answers: Any, active: Any, weights: Any, count: Any, size: Any) -> None:
    products(answers, active, weights, count, size)


@kernel
def pulled(strains: Any, count: Any, weights: Any, slopes: Any, active: Any, pull: Any, size: Any) -> None:
    pull_rows(strains, count, weights, slopes, active, pull, size)


@kernel
def block_multiplied(answers: Any, active: Any, weights: Any, count: Any, size: Any) -> None:
    block_products(answers, active, weights, count, size)


@kernel
def block_pulled(strains: Any, count: Any, weights: Any, slopes: Any, active: Any, pull: Any, size: Any) -> None:
    pull_block(strains, count, weights, slopes, active, pull, size)


def floats(*shape: int) -> Any:
    found = aligned_zeros(shape, np.float32)
    found[...] = np.random.default_rng(shape).normal(size=shape)
    return found


def at(*arrays: Any) -> list[int]:
    return [int(address_of(array)) for array in arrays]


@pytest.mark.parametrize("count", [0, 1, 9])
def test_rows_are_added_up(count: int) -> None:
    table, start = floats(20, TILE), floats(TILE)
    features = np.random.default_rng(count).integers(0, 20, 12).astype(np.int32)
    expected = start + table[features[:count]].sum(0)
    for function in (added_up, sum_rows):
        total = floats(1, TILE)
        places = [np.uint64(place) for place in at(total, start, table, features)]
        function(*places, np.int64(count))
        np.testing.assert_allclose(total[0], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("count", "size"), [(0, 2 * TILE), (3, 2 * TILE), (5, LANES), (2, TILE + 3 * LANES)])
def test_layers_go_both_ways(count: int, size: int) -> None:
    weights, active, strains = floats(count, size), floats(size), floats(count)
    for function in (multiplied, products):
        answers = np.ones(count, np.float32)
        function(*at(answers, active, weights), count, size)
        np.testing.assert_allclose(answers, 1 + weights @ active, rtol=1e-4, atol=1e-5)
    for function in (pulled, pull_rows):
        slopes, pull = np.ones((count, size), np.float32), np.ones(size, np.float32)
        function(*at(strains), count, *at(weights, slopes, active, pull), size)
        np.testing.assert_allclose(slopes, 1 + np.outer(strains, active), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(pull, 1 + strains @ weights, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("count", "size"), [(0, TILE), (8, 3 * TILE)])
def test_so_do_blocks(count: int, size: int) -> None:
    weights, active, strains = floats(count, size), floats(BLOCK, size), floats(BLOCK, count)
    for function in (block_multiplied, block_products):
        answers = np.ones((BLOCK, count), np.float32)
        function(*at(answers, active, weights), count, size)
        np.testing.assert_allclose(answers, 1 + active @ weights.T, rtol=1e-4, atol=1e-5)
    for function in (block_pulled, pull_block):
        slopes, pull = np.ones((count, size), np.float32), np.ones((BLOCK, size), np.float32)
        function(*at(strains), count, *at(weights, slopes, active, pull), size)
        np.testing.assert_allclose(slopes, 1 + strains.T @ active, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(pull, 1 + strains @ weights, rtol=1e-4, atol=1e-5)
