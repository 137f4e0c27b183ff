"""The first largest of some numbers: compiled, it is the one that a loop finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from search.kernel import kernel
from search.largest import LANES, first_largest

pytestmark = [pytest.mark.bounds, pytest.mark.interpreted]


@kernel
def compiled(numbers: Any, begin: Any, end: Any, band: Any) -> Any:
    return first_largest(numbers, begin, end, band)


def by_a_loop(numbers: list[int], begin: int, end: int, band: int) -> int:
    allowed = [index for index in range(begin, end) if abs(numbers[index]) > band]
    return max(allowed, key=lambda index: numbers[index], default=-1)


def test_it_is_the_first_of_the_largest() -> None:
    generator = np.random.default_rng(1)
    for spread in (2, 50, 2**31 - 1):
        for count in (0, 1, 15, 16, 17, 40, 218):
            room = generator.integers(-spread, spread, count + LANES, np.int32, endpoint=True)
            room[count:] = 2**31 - 1  # what lies behind does not count
            numbers = room[:count]
            for begin in {0, min(1, count), count // 2, count}:
                for band in (-1, 0, 1, spread // 2, min(2 * spread, 2**30)):
                    expected = by_a_loop(numbers.tolist(), begin, count, band)
                    for function in (compiled, first_largest):
                        assert function(numbers, np.int64(begin), np.int64(count), np.int64(band)) == expected


def test_the_ends_of_the_band_are_in_it() -> None:
    room = np.zeros(5 + LANES, np.int32)
    room[:5] = (-8, 7, 8, -9, 0)
    for function in (compiled, first_largest):
        assert function(room[:5], np.int64(0), np.int64(5), np.int64(8)) == 3
        assert function(room[:5], np.int64(0), np.int64(3), np.int64(8)) == -1
        assert function(room[:5], np.int64(0), np.int64(5), np.int64(7)) == 2
