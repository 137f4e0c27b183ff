"""Operations on sets of squares: compiled, interpreted and by definition they are the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search import bits
from search.hashing import mix
from search.kernel import kernel

pytestmark = [pytest.mark.bounds, pytest.mark.interpreted]

SETS = st.integers(0, 2**64 - 1)
SQUARES = st.integers(0, 63)


@kernel
def compiled(squares: Any, square: Any, results: Any) -> Any:
    """Every operation, compiled; sets into `results` [5] and counts returned."""
    results[0] = bits.byteswap(squares)
    results[1] = bits.reverse(squares)
    results[2] = bits.without_lowest(squares) if squares != bits.ZERO else bits.ZERO
    results[3] = bits.bit(square)
    results[4] = mix(squares)
    return bits.popcount(squares), bits.lsb(squares), bits.msb(squares), bits.has(squares, square)


def interpreted(squares: int, square: int) -> tuple[list[int], tuple[int, int, int, bool]]:
    """Every operation by its Python source."""
    word = np.uint64(squares)
    plain: Callable[[Any], Any] = lambda function: getattr(function, "py_func", function)  # noqa: E731
    with np.errstate(over="ignore"):  # integers wrap, as `search.kernel` sets it where nothing is compiled
        mixed = plain(mix)(word)
    sets = [bits.byteswap(word), bits.reverse(word), bits.ZERO, plain(bits.bit)(square), mixed]
    if squares:
        sets[2] = plain(bits.without_lowest)(word)
    counts = (bits.popcount(word), bits.lsb(word), bits.msb(word), bool(plain(bits.has)(word, square)))
    return [int(value) for value in sets], counts


@given(SETS, SQUARES)
@example(0, 0)
@example(2**64 - 1, 63)
@example(1 << 63, 63)
def test_compiled_and_interpreted_agree(squares: int, square: int) -> None:
    results = np.zeros(5, np.uint64)
    counts = compiled(np.uint64(squares), square, results)
    assert ([int(value) for value in results], tuple(counts)) == interpreted(squares, square)


@given(st.sets(SQUARES))
def test_they_are_operations_on_sets(squares: set[int]) -> None:
    word = np.uint64(sum(1 << square for square in squares))

    def members(word: Any) -> set[int]:
        return {square for square in range(64) if bits.has(np.uint64(word), square)}

    assert members(word) == squares
    assert bits.popcount(word) == len(squares)
    assert bits.lsb(word) == min(squares, default=64)
    assert bits.msb(word) == max(squares, default=-1)
    assert members(bits.byteswap(word)) == {square ^ 56 for square in squares}
    assert members(bits.reverse(word)) == {63 - square for square in squares}
    if squares:
        assert members(bits.without_lowest(word)) == squares - {min(squares)}


@given(SETS, SETS)
@example(2**64 - 1, 2**64 - 1)
def test_the_high_product_scales_a_hash(left: int, right: int) -> None:
    assert int(high_product(np.uint64(left), np.uint64(right))) == left * right >> 64
    assert int(bits.high_product(np.uint64(left), np.uint64(right))) == left * right >> 64


@kernel
def high_product(left: Any, right: Any) -> Any:
    return bits.high_product(left, right)


@given(st.lists(SETS, min_size=2, max_size=50, unique=True))
def test_mixing_keeps_different_words_different(words: list[int]) -> None:
    assert len({int(mix(np.uint64(word))) for word in words}) == len(words)


def test_mixing_spreads_neighbours_over_all_bits() -> None:
    """Each bit of the hashes of 4096 consecutive numbers is set in about half: within six standard deviations."""
    count = 4096
    for bit in range(64):
        ones = sum(int(mix(np.uint64(word))) >> bit & 1 for word in range(1, count + 1))
        assert abs(ones - count / 2) < 6 * (count / 4) ** 0.5
