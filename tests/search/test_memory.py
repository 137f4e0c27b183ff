"""Memory shared by address: records are aligned, and what one speed writes the other reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.kernel import kernel
from search.memory import ALIGNMENT, address_of, aligned_records, copy_record, padded, prefetch, record_reader

pytestmark = [pytest.mark.bounds, pytest.mark.interpreted]

ENTRY = padded([("word", np.uint64), ("numbers", np.int16, (3,)), ("small", np.int8)])
entry_at = record_reader(ENTRY)


@kernel
def write(address: Any, word: Any, number: Any) -> Any:
    """Write an entry at an address and read it back through a second look."""
    prefetch(address)
    entry = entry_at(address)
    entry.word = word
    entry.numbers[1] = number
    entry.small = -1
    again = entry_at(address)
    return again.word


def interpreted(address: np.uint64, word: np.uint64, number: int) -> Any:
    """`write` without the compiler."""
    return getattr(write, "py_func", write)(address, word, number)


@given(st.integers(0, 2**64 - 1), st.integers(-(2**15), 2**15 - 1), st.integers(0, 3))
def test_compiled_and_interpreted_write_the_same_bytes(word: int, number: int, index: int) -> None:
    tables = [aligned_records(4, ENTRY), aligned_records(4, ENTRY)]
    for function, table in zip((write, interpreted), tables, strict=True):
        address = np.uint64(int(address_of(table)) + index * ENTRY.itemsize)
        assert int(function(address, np.uint64(word), number)) == word
        assert int(table[index].word) == word
        assert table[index].numbers.tolist() == [0, number, 0]
        assert table[index].small == -1
    assert tables[0].tobytes() == tables[1].tobytes()


@kernel
def copy(source: Any, destination: Any) -> None:
    copy_record(source, destination)


@pytest.mark.parametrize("function", [copy, copy_record], ids=["compiled", "interpreted"])
def test_a_record_is_copied_in_every_field(function: Any) -> None:
    source, destination = aligned_records(2, ENTRY)
    source.word, source.small = 2**64 - 1, -7
    source.numbers[:] = (1, -2, 3)
    function(source, destination)
    assert source.tobytes() == destination.tobytes()
    source.word = 1
    assert destination.word == 2**64 - 1


@pytest.mark.parametrize("count", [1, 2, 17])
def test_every_record_begins_on_a_cache_line_and_is_zero(count: int) -> None:
    records = aligned_records(count, ENTRY)
    assert records.shape == (count,)
    assert not any(records.tobytes())
    assert all((records.ctypes.data + index * ENTRY.itemsize) % ALIGNMENT == 0 for index in range(count))


def test_padding_rounds_up_to_cache_lines_and_moves_no_field() -> None:
    fields: list[Any] = [("byte", np.uint8), ("word", np.uint64), ("numbers", np.float32, (13,))]
    natural, rounded = np.dtype(fields, align=True), padded(fields)
    assert natural.fields is not None
    assert rounded.fields is not None
    assert {name: rounded.fields[name][1] for name in rounded.fields} == {
        name: natural.fields[name][1] for name in natural.fields
    }
    assert natural.itemsize == 72
    assert rounded.itemsize == 128


def test_records_stay_where_they_are_while_someone_holds_one() -> None:
    record = aligned_records(1, ENTRY)[0]
    record.word = 7
    assert record.tobytes()[:8] == (7).to_bytes(8, "little")
