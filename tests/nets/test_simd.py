"""Vector arithmetic on rows: compiled, it gives what NumPy gives, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nets import simd
from search.kernel import kernel
from search.memory import address_of, aligned_zeros

pytestmark = [pytest.mark.bounds, pytest.mark.interpreted]

WIDTH = 3 * simd.LANES


@kernel
def copy(a: Any, b: Any, width: Any) -> None:
    simd.copy_row(a, b, width)


@kernel
def move(a: Any, b: Any, width: Any, c: Any, d: Any) -> None:
    simd.move_row(a, b, width, c, d)


@kernel
def capture(a: Any, b: Any, width: Any, c: Any, d: Any, e: Any) -> None:
    simd.capture_row(a, b, width, c, d, e)


@kernel
def castle(a: Any, b: Any, width: Any, c: Any, d: Any, e: Any, f: Any) -> None:
    simd.castle_row(a, b, width, c, d, e, f)


@kernel
def gather(a: Any, a2: Any, b: Any, width: Any, added: Any, plus: Any, removed: Any, minus: Any) -> None:
    simd.gather_rows(a, a2, b, width, added, plus, removed, minus)


@kernel
def clipped(a: Any, b: Any, width: Any) -> Any:
    return simd.clipped_dot(a, b, width)


@kernel
def squared(a: Any, b: Any, width: Any) -> Any:
    return simd.squared_dot(a, b, width)


@kernel
def halves(a: Any, b: Any, width: Any) -> None:
    simd.multiply_halves(a, b, width)


def rows(count: int, least: int = -(2**15), most: int = 2**15 - 1) -> Any:
    found = aligned_zeros((count, WIDTH), np.int16)
    found[:] = np.random.default_rng(count).integers(least, most, found.shape, endpoint=True)
    return found


@pytest.mark.parametrize(
    ("compiled", "plain", "others", "signs"),
    [
        (copy, simd.copy_row, 0, []),
        (move, simd.move_row, 2, [1, -1]),
        (capture, simd.capture_row, 3, [1, -1, -1]),
        (castle, simd.castle_row, 4, [1, 1, -1, -1]),
    ],
)
def test_rows_are_added_and_taken_away_and_wrap(
    compiled: Callable[..., None], plain: Callable[..., None], others: int, signs: list[int]
) -> None:
    given = rows(2 + others)
    expected = given[1] + sum((sign * row for sign, row in zip(signs, given[2:], strict=True)), np.zeros_like(given[1]))
    for function in (compiled, plain):
        given[0] = 0
        function(address_of(given[0]), address_of(given[1]), np.int64(WIDTH), *(address_of(row) for row in given[2:]))
        assert np.array_equal(given[0], expected)


@pytest.mark.parametrize(("added", "removed"), [(0, 0), (3, 0), (0, 2), (20, 7)])
def test_many_rows_are_gathered_into_two_places(added: int, removed: int) -> None:
    given = rows(3 + added + removed)
    plus = np.array([address_of(row) for row in given[3 : 3 + added]], np.uint64)
    minus = np.array([address_of(row) for row in given[3 + added :]], np.uint64)
    wide = given.astype(np.int64)
    expected = (wide[2] + wide[3 : 3 + added].sum(0) - wide[3 + added :].sum(0)).astype(np.int16)
    for function in (gather, simd.gather_rows):
        given[:2] = 0
        function(
            address_of(given[0]), address_of(given[1]), address_of(given[2]), np.int64(WIDTH),
            np.int64(added), address_of(plus), np.int64(removed), address_of(minus),
        )  # fmt: skip
        assert np.array_equal(given[0], expected)
        assert np.array_equal(given[1], expected)


def test_the_dot_products_are_exact() -> None:
    row = rows(1)[0]
    row[: simd.LANES] = np.arange(-20, simd.LANES - 20) * 8
    row[simd.LANES : simd.LANES + 4] = (-(2**15), 2**15 - 1, 0, 255)
    weights = aligned_zeros((WIDTH,), np.int16)
    weights[:] = np.random.default_rng(1).integers(-128, 128, WIDTH, endpoint=True)
    weights[:2] = (-128, 128)
    active = np.clip(row.astype(object), 0, simd.ONE)
    for function, expected in (
        (clipped, active @ weights.astype(object)),
        (squared, active**2 @ weights.astype(object)),
        (simd.clipped_dot, active @ weights.astype(object)),
        (simd.squared_dot, active**2 @ weights.astype(object)),
    ):
        assert int(function(address_of(row), address_of(weights), np.int64(WIDTH))) == expected


def test_the_largest_allowed_numbers_do_not_overflow() -> None:
    row, weights = aligned_zeros((4 * simd.LANES,), np.int16), aligned_zeros((4 * simd.LANES,), np.int16)
    row[:] = 2**15 - 1
    for extreme in (-128, 128):
        weights[:] = extreme
        found = int(squared(address_of(row), address_of(weights), np.int64(len(row))))
        assert found == 255 * 255 * extreme * len(row)


def test_halves_are_multiplied_and_rounded_to_the_nearest() -> None:
    row = aligned_zeros((4 * simd.LANES,), np.int16)
    row[:] = np.random.default_rng(1).integers(-100, 400, len(row))
    row[:4] = row[2 * simd.LANES : 2 * simd.LANES + 4] = (-(2**15), 2**15 - 1, 0, 255)
    first, second = np.clip(row.astype(float), 0, simd.ONE).reshape(2, -1)
    for function in (halves, simd.multiply_halves):
        found = aligned_zeros((2 * simd.LANES,), np.int16)
        function(address_of(found), address_of(row), np.int64(len(row)))
        assert np.array_equal(found, np.floor(first * second / 256 + 0.5))
        assert found[1] == found[3] == 254
