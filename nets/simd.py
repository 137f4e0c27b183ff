"""Vector arithmetic on int16 rows at addresses, as LLVM vector instructions when compiled and NumPy when not.

A row is `width` int16 numbers at an address that is a multiple of 64; `width` is a multiple of LANES. Every function
is a plain Python function with an `@overload` that emits vector IR, so the same source runs with the JIT and without,
on every processor that LLVM knows, with the same integers. Sums of int16 wrap, as they do in the processor; who makes
the numbers makes sure that they need not (`nets.nnue.quantise`).
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from search.vectors import at_address, between, same

#: int16 numbers handled at a time: two AVX-512 registers, four of AVX2, eight of SSE2 or Neon.
LANES = 64
#: The upper end of the clipped activations, and how many steps of the first layer's numbers are 1.
ONE = 255

_I16, _I32, _I64 = ir.IntType(16), ir.IntType(32), ir.IntType(64)
_ROW = ir.VectorType(_I16, LANES)
_HALF = ir.VectorType(_I32, LANES // 2)
_BYTES = 2 * LANES
_UNROLLED = 4
#: Chunks whose rows are gathered at a time: their sums just fit into the registers of SSE2.
_GATHERED = 2


def int16_at(address: Any, count: Any) -> npt.NDArray[np.int16]:
    """The int16 numbers at an address, [count], in place; for interpreted code and tests."""
    block: Any = (ctypes.c_int16 * int(count)).from_address(int(address))
    return np.ctypeslib.as_array(block)


def _pointer(builder: Any, address: Any, offset: Any, kind: Any) -> Any:
    return at_address(builder, builder.add(address, offset), kind)


def _load(builder: Any, address: Any, offset: Any) -> Any:
    return builder.load(_pointer(builder, address, offset, _ROW), align=64)


def _store(builder: Any, value: Any, address: Any, offset: Any) -> None:
    builder.store(value, _pointer(builder, address, offset, _ROW), align=64)


def _each_group(builder: Any, width: Any, count: int, body: Callable[[list[Any]], None]) -> None:
    """Emit `body(offsets)` for the byte offsets of a row's chunks: `count` (a power of two) at a time, and then one."""
    end = builder.shl(width, _I64(1))
    middle = builder.and_(end, _I64(-count * _BYTES))
    with cgutils.for_range_slice(builder, _I64(0), middle, _I64(count * _BYTES), _I64) as (offset, _):
        body([builder.add(offset, _I64(number * _BYTES)) for number in range(count)])
    with cgutils.for_range_slice(builder, middle, end, _I64(_BYTES), _I64) as (offset, _):
        body([offset])


def _each_chunk(builder: Any, width: Any, body: Callable[[Any], None]) -> None:
    """Emit `body(offset)` for the byte offset of every chunk of a row."""

    def each(offsets: list[Any]) -> None:
        for offset in offsets:
            body(offset)

    _each_group(builder, width, _UNROLLED, each)


# Rows that are added and taken away.


def _changer(added: int, removed: int) -> Any:
    """An intrinsic (destination, source, width, rows…): the source, plus the first rows, less the others."""
    count = added + removed

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        destination, source, width, *rows = arguments

        def change(offset: Any) -> None:
            value = _load(builder, source, offset)
            for number, row in enumerate(rows):
                operation = builder.add if number < added else builder.sub
                value = operation(value, _load(builder, row, offset))
            _store(builder, value, destination, offset)

        _each_chunk(builder, width, change)
        return context.get_dummy_value()

    kinds = (types.uint64, types.uint64, types.int64, *[types.uint64] * count)
    names = ", ".join(["typing_context, destination, source, width", *(f"row{n}" for n in range(count))])
    define: Any = eval(f"lambda {names}: (signature, codegen)", {"signature": types.void(*kinds), "codegen": codegen})
    define.__name__ = f"change_{added}_{removed}"
    return intrinsic(define)


_copy = _changer(0, 0)
_move = _changer(1, 1)
_capture = _changer(1, 2)
_castle = _changer(2, 2)


def copy_row(destination: Any, source: Any, width: Any) -> None:
    """Copy a row."""
    int16_at(destination, width)[:] = int16_at(source, width)


def move_row(destination: Any, source: Any, width: Any, plus: Any, minus: Any) -> None:
    """destination = source + plus - minus."""
    int16_at(destination, width)[:] = int16_at(source, width) + int16_at(plus, width) - int16_at(minus, width)


def capture_row(destination: Any, source: Any, width: Any, plus: Any, minus: Any, minus2: Any) -> None:
    """destination = source + plus - minus - minus2."""
    move_row(destination, source, width, plus, minus)
    int16_at(destination, width)[:] -= int16_at(minus2, width)


def castle_row(destination: Any, source: Any, width: Any, plus: Any, plus2: Any, minus: Any, minus2: Any) -> None:
    """destination = source + plus + plus2 - minus - minus2."""
    move_row(destination, source, width, plus, minus)
    move_row(destination, destination, width, plus2, minus2)


overload(copy_row)(
    lambda destination, source, width: lambda destination, source, width: _copy(destination, source, width)
)
overload(move_row)(
    lambda destination, source, width, plus, minus: (
        lambda destination, source, width, plus, minus: _move(destination, source, width, plus, minus)
    )
)
overload(capture_row)(
    lambda destination, source, width, plus, minus, minus2: (
        lambda destination, source, width, plus, minus, minus2: _capture(
            destination, source, width, plus, minus, minus2
        )
    )
)
overload(castle_row)(
    lambda destination, source, width, plus, plus2, minus, minus2: (
        lambda destination, source, width, plus, plus2, minus, minus2: _castle(
            destination, source, width, plus, plus2, minus, minus2
        )
    )
)


def gather_rows(
    destination: Any, destination2: Any, source: Any, width: Any, added: Any, plus: Any, removed: Any, minus: Any
) -> None:
    """Both destinations = source + `added` rows - `removed` rows, whose addresses lie at `plus` and at `minus`."""
    total = int16_at(source, width).copy()
    for address, count, sign in ((plus, added, 1), (minus, removed, -1)):
        if count:
            block: Any = (ctypes.c_uint64 * int(count)).from_address(int(address))
            for row in block:
                total += np.int16(sign) * int16_at(row, width)
    int16_at(destination, width)[:] = total
    int16_at(destination2, width)[:] = total


@intrinsic
def _gather(
    typing_context: Any,
    destination: Any,
    destination2: Any,
    source: Any,
    width: Any,
    added: Any,
    plus: Any,
    removed: Any,
    minus: Any,
) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        to, to2, start, lanes, added, plus, removed, minus = arguments
        totals = [cgutils.alloca_once(builder, _ROW) for _ in range(_GATHERED)]

        def gather(offsets: list[Any]) -> None:
            here = list(zip(totals, offsets, strict=False))
            for total, offset in here:
                builder.store(_load(builder, start, offset), total)
            for count, addresses, operation in ((added, plus, builder.add), (removed, minus, builder.sub)):
                with cgutils.for_range(builder, count, intp=_I64) as loop:
                    row = builder.load(_pointer(builder, addresses, builder.shl(loop.index, _I64(3)), _I64))
                    for total, offset in here:
                        builder.store(operation(builder.load(total), _load(builder, row, offset)), total)
            for place in (to, to2):
                for total, offset in here:
                    _store(builder, builder.load(total), place, offset)

        _each_group(builder, lanes, _GATHERED, gather)
        return context.get_dummy_value()

    address, number = types.uint64, types.int64
    return types.void(address, address, address, number, number, address, number, address), codegen


overload(gather_rows)(
    lambda destination, destination2, source, width, added, plus, removed, minus: (
        lambda destination, destination2, source, width, added, plus, removed, minus: _gather(
            destination, destination2, source, width, added, plus, removed, minus
        )
    )
)


# Activations and the output layer.


def products_of_pairs(builder: Any, left: Any, right: Any) -> Any:
    """The products of int16 numbers, int32, of which neighbours are added: what `pmaddwd` and its kin do."""
    count = left.type.count
    wide = ir.VectorType(_I32, count)
    product = builder.mul(builder.sext(left, wide), builder.sext(right, wide))
    undefined = ir.Constant(wide, ir.Undefined)
    places = [ir.Constant(ir.VectorType(_I32, count // 2), list(range(first, count, 2))) for first in (0, 1)]
    return builder.add(*(builder.shuffle_vector(product, undefined, place) for place in places))


def _clip(builder: Any, row: Any, offset: Any) -> Any:
    """A chunk of a row, cut to 0..ONE."""
    return between(builder, _load(builder, row, offset), 0, ONE)


def _dot(squared: bool) -> Any:
    """An intrinsic (row, weights, width) -> int64: the products of clipped numbers (or squares) and weights."""

    @intrinsic
    def dot(typing_context: Any, row: Any, weights: Any, width: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            row, weights, width = arguments
            total = cgutils.alloca_once_value(builder, same(_HALF, 0))

            def multiply(offset: Any) -> None:
                value = _clip(builder, row, offset)
                weight = _load(builder, weights, offset)
                if squared:
                    # |weight| <= 128 (see `nets.nnue.quantise`), so the product has 16 bits.
                    weight = builder.mul(weight, value)
                builder.store(builder.add(builder.load(total), products_of_pairs(builder, value, weight)), total)

            _each_chunk(builder, width, multiply)
            reduce = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(_I32, [_HALF]), f"llvm.vector.reduce.add.v{LANES // 2}i32"
            )
            return builder.sext(builder.call(reduce, [builder.load(total)]), _I64)

        return types.int64(types.uint64, types.uint64, types.int64), codegen

    return dot


_clipped_dot = _dot(squared=False)
_squared_dot = _dot(squared=True)


def _clipped(row: Any, width: Any) -> npt.NDArray[np.int64]:
    return np.clip(int16_at(row, width), 0, ONE).astype(np.int64)


def clipped_dot(row: Any, weights: Any, width: Any) -> Any:
    """The sum over the row of clip(number, 0, ONE) x weight; it must fit into 32 bits."""
    return np.int64(_clipped(row, width) @ int16_at(weights, width).astype(np.int64))


def squared_dot(row: Any, weights: Any, width: Any) -> Any:
    """The sum over the row of clip(number, 0, ONE)^2 x weight; weights within ±128, the sum within 32 bits."""
    return np.int64(_clipped(row, width) ** 2 @ int16_at(weights, width).astype(np.int64))


overload(clipped_dot)(lambda row, weights, width: lambda row, weights, width: _clipped_dot(row, weights, width))
overload(squared_dot)(lambda row, weights, width: lambda row, weights, width: _squared_dot(row, weights, width))


# Pairs.


def multiply_halves(destination: Any, row: Any, width: Any) -> None:
    """Write clip(number, 0, ONE) of the row's first half times its like of the second half, / 256, to the nearest."""
    first, second = _clipped(row, width).reshape(2, -1)
    int16_at(destination, width // 2)[:] = (first * second + 128) >> 8


@intrinsic
def _multiply_halves(typing_context: Any, destination: Any, row: Any, width: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        destination, row, width = arguments
        half_width = builder.ashr(width, _I64(1))

        def multiply(offset: Any) -> None:
            # 255 * 255 + 128 has 16 bits, without a sign.
            product = builder.mul(_clip(builder, row, offset), _clip(builder, row, builder.add(offset, width)))
            product = builder.lshr(builder.add(product, same(_ROW, 128)), same(_ROW, 8))
            _store(builder, product, destination, offset)

        _each_chunk(builder, half_width, multiply)
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64, types.int64), codegen


overload(multiply_halves)(
    lambda destination, row, width: lambda destination, row, width: _multiply_halves(destination, row, width)
)
