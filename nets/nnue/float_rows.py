"""Rows of float32 that are summed, added to and multiplied in training, as LLVM vector instructions.

Tables are cut into tiles of TILE columns, [tiles, rows, TILE]: the rows of a tile that a bucket of the king needs fit
into a processor's second cache, and a tile's sum stays in its registers. A place is an address, uint64, of a multiple
of 64; like `nets.simd`, the same source runs without the compiler.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from search.vectors import at_address, everywhere, same

#: Columns of a tile.
TILE = 64
#: Bytes of a row of a tile.
TILE_BYTES = 4 * TILE

#: Numbers handled at a time: one AVX-512 register, two of AVX2, four of SSE2 or Neon.
LANES = 16
_VECTORS = TILE // LANES
_F32, _I32, _I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_F32, LANES)
_BYTES = 4 * LANES
#: log2 of the bytes of a row of a tile.
_ROW_SHIFT = (4 * TILE).bit_length() - 1


def _floats_at(address: Any, count: Any) -> npt.NDArray[np.float32]:
    block: Any = (ctypes.c_float * int(count)).from_address(int(address))
    return np.ctypeslib.as_array(block)


def _numbers_at(address: Any, count: Any) -> npt.NDArray[np.int32]:
    block: Any = (ctypes.c_int32 * int(count)).from_address(int(address))
    return np.ctypeslib.as_array(block)


def _vector(builder: Any, address: Any, number: int) -> Any:
    return at_address(builder, builder.add(address, _I64(number * _BYTES)), _VECTOR)


def _load(builder: Any, address: Any, number: int) -> Any:
    return builder.load(_vector(builder, address, number), align=64)


def _row(builder: Any, table: Any, features: Any, index: Any) -> Any:
    """The address of a tile's row of the feature with this index."""
    feature = builder.load(at_address(builder, builder.add(features, builder.shl(index, _I64(2))), _I32))
    return builder.add(table, builder.shl(builder.zext(feature, _I64), _I64(_ROW_SHIFT)))


def sum_rows(total: Any, start: Any, table: Any, features: Any, count: Any) -> None:
    """A tile's `total` = `start` + the rows of `count` features, whose int32 numbers lie at `features`."""
    sums = _floats_at(start, TILE).copy()
    for feature in _numbers_at(features, count):
        sums += _floats_at(int(table) + (int(feature) << _ROW_SHIFT), TILE)
    _floats_at(total, TILE)[:] = sums


@intrinsic
def _sum(typing_context: Any, total: Any, start: Any, table: Any, features: Any, count: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        total, start, table, features, count = arguments
        sums = [cgutils.alloca_once_value(builder, _load(builder, start, n)) for n in range(_VECTORS)]
        with cgutils.for_range(builder, count, intp=_I64) as loop:
            row = _row(builder, table, features, loop.index)
            for n, place in enumerate(sums):
                builder.store(builder.fadd(builder.load(place), _load(builder, row, n)), place)
        for n, place in enumerate(sums):
            builder.store(builder.load(place), _vector(builder, total, n), align=64)
        return context.get_dummy_value()

    return types.void(types.uint64, types.uint64, types.uint64, types.uint64, types.int64), codegen


overload(sum_rows)(
    lambda total, start, table, features, count: (
        lambda total, start, table, features, count: _sum(total, start, table, features, count)
    )
)


def _plus_product(builder: Any, total: Any, left: Any, right: Any) -> Any:
    return builder.fadd(total, builder.fmul(left, right, flags=("contract",)), flags=("contract",))


def _load_anywhere(builder: Any, address: Any) -> Any:
    return builder.load(_vector(builder, address, 0), align=4)


def _sum_of_lanes(builder: Any, start: Any, vector: Any) -> Any:
    """A number plus the lanes of a vector, in any order."""
    reduce = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(_F32, [_F32, _VECTOR]), f"llvm.vector.reduce.fadd.v{LANES}f32"
    )
    return builder.call(reduce, [start, vector], fastmath=("reassoc",))


#: Positions whose products with the same weights are computed at a time, so that these are loaded once.
BLOCK = 4


def products(answers: Any, active: Any, weights: Any, count: Any, size: Any) -> None:
    """answers [count] += the products of weights [count, size] and active [size].

    Here and below, `size` is a multiple of LANES, and the addresses need not be of cache lines.
    """
    rows = _floats_at(weights, count * size).reshape(int(count), int(size))
    _floats_at(answers, count)[...] += rows @ _floats_at(active, size)


def block_products(answers: Any, active: Any, weights: Any, count: Any, size: Any) -> None:
    """`products` of BLOCK rows: answers [BLOCK, count], an even count, active [BLOCK, size]."""
    for row in range(BLOCK):
        products(answers + 4 * row * count, active + 4 * row * size, weights, count, size)


def _multiplier(rows: int, at_once: int) -> Any:
    """An intrinsic like `products` of so many rows of inputs, with so many rows of weights at a time."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        answers, active, weights, count, size = arguments
        row_bytes = builder.shl(size, _I64(2))
        places = [(row, other) for row in range(rows) for other in range(at_once)]
        totals = {place: cgutils.alloca_once(builder, _VECTOR) for place in places}
        with cgutils.for_range_slice(builder, _I64(0), count, _I64(at_once), _I64) as (number, _):
            for total in totals.values():
                builder.store(same(_VECTOR, 0.0), total)
            first = builder.add(weights, builder.mul(number, row_bytes))
            with cgutils.for_range_slice(builder, _I64(0), row_bytes, _I64(_BYTES), _I64) as (offset, _):
                here = builder.add(first, offset)
                loaded = []
                for _ in range(at_once):
                    loaded.append(_load_anywhere(builder, here))
                    here = builder.add(here, row_bytes)
                here = builder.add(active, offset)
                for row in range(rows):
                    value = _load_anywhere(builder, here)
                    for other, weight in enumerate(loaded):
                        total = totals[row, other]
                        builder.store(_plus_product(builder, builder.load(total), value, weight), total)
                    here = builder.add(here, row_bytes)
            for (row, other), total in totals.items():
                index = builder.add(builder.mul(count, _I64(row)), builder.add(number, _I64(other)))
                place = at_address(builder, builder.add(answers, builder.shl(index, _I64(2))), _F32)
                builder.store(_sum_of_lanes(builder, builder.load(place), builder.load(total)), place)
        return context.get_dummy_value()

    @intrinsic
    def multiply(typing_context: Any, answers: Any, active: Any, weights: Any, count: Any, size: Any) -> Any:
        return types.void(*[types.int64] * 5), codegen

    return multiply


_products, _block_products = _multiplier(1, 1), _multiplier(BLOCK, 2)
overload(products)(
    lambda answers, active, weights, count, size: (
        lambda answers, active, weights, count, size: _products(answers, active, weights, count, size)
    )
)
overload(block_products)(
    lambda answers, active, weights, count, size: (
        lambda answers, active, weights, count, size: _block_products(answers, active, weights, count, size)
    )
)


def pull_rows(strains: Any, count: Any, weights: Any, slopes: Any, active: Any, pull: Any, size: Any) -> None:
    """What `strains` [count] on the products of weights [count, size] and active [size] do to both.

    slopes [count, size] += strains x active, and pull [size] += strains x weights.
    """
    shape = (int(count), int(size))
    strain = _floats_at(strains, count)
    _floats_at(slopes, count * size).reshape(shape)[...] += strain[:, None] * _floats_at(active, size)
    _floats_at(pull, size)[...] += strain @ _floats_at(weights, count * size).reshape(shape)


def pull_block(strains: Any, count: Any, weights: Any, slopes: Any, active: Any, pull: Any, size: Any) -> None:
    """`pull_rows` of BLOCK rows: strains [BLOCK, count], active and pull [BLOCK, size]."""
    for row in range(BLOCK):
        offset = 4 * row * size
        pull_rows(strains + 4 * row * count, count, weights, slopes, active + offset, pull + offset, size)


def _puller(rows: int) -> Any:
    """An intrinsic like `pull_rows` of so many rows of inputs."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        strains, count, weights, slopes, active, pull, size = arguments
        row_bytes, strain_bytes = builder.shl(size, _I64(2)), builder.shl(count, _I64(2))
        totals = [cgutils.alloca_once(builder, _VECTOR) for _ in range(rows)]

        def each_row(start: Any, step: Any) -> list[Any]:
            return [builder.add(start, builder.mul(step, _I64(row))) for row in range(rows)]

        with cgutils.for_range_slice(builder, _I64(0), row_bytes, _I64(_BYTES), _I64) as (offset, _):
            values = [_load_anywhere(builder, row) for row in each_row(builder.add(active, offset), row_bytes)]
            pulls = each_row(builder.add(pull, offset), row_bytes)
            for row, total in zip(pulls, totals, strict=True):
                builder.store(_load_anywhere(builder, row), total)
            with cgutils.for_range(builder, count, intp=_I64) as loop:
                here = builder.add(builder.mul(loop.index, row_bytes), offset)
                weight = _load_anywhere(builder, builder.add(weights, here))
                place = _vector(builder, builder.add(slopes, here), 0)
                slope = builder.load(place, align=4)
                first = builder.add(strains, builder.shl(loop.index, _I64(2)))
                for strain_at, value, total in zip(each_row(first, strain_bytes), values, totals, strict=True):
                    strain = everywhere(builder, builder.load(at_address(builder, strain_at, _F32)), LANES)
                    builder.store(_plus_product(builder, builder.load(total), strain, weight), total)
                    slope = _plus_product(builder, slope, strain, value)
                builder.store(slope, place, align=4)
            for row, total in zip(pulls, totals, strict=True):
                builder.store(builder.load(total), _vector(builder, row, 0), align=4)
        return context.get_dummy_value()

    @intrinsic
    def pull_all(
        typing_context: Any, strains: Any, count: Any, weights: Any, slopes: Any, active: Any, pull: Any, size: Any
    ) -> Any:
        return types.void(*[types.int64] * 7), codegen

    return pull_all


_pull_rows, _pull_block = _puller(1), _puller(BLOCK)
overload(pull_rows)(
    lambda strains, count, weights, slopes, active, pull, size: (
        lambda strains, count, weights, slopes, active, pull, size: _pull_rows(
            strains, count, weights, slopes, active, pull, size
        )
    )
)
overload(pull_block)(
    lambda strains, count, weights, slopes, active, pull, size: (
        lambda strains, count, weights, slopes, active, pull, size: _pull_block(
            strains, count, weights, slopes, active, pull, size
        )
    )
)
