"""Operations on 64-bit sets, each an LLVM instruction when compiled and plain Python when not.

A set of squares is a uint64. Every function takes and returns uint64 for sets and int64 for counts and squares, so no
expression mixes the two (Numba would turn the mixture into float64 without a word).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from search.kernel import inlined

ZERO = np.uint64(0)
ONE = np.uint64(1)
ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


def _unary(build: Any, result: types.Type) -> Any:
    """An intrinsic uint64 -> `result` whose body is one instruction made by `build(builder, value)`."""

    @intrinsic
    def instruction(typing_context: Any, value: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return build(builder, arguments[0])

        return result(types.uint64), codegen

    return instruction


_popcount = _unary(lambda builder, value: builder.ctpop(value), types.int64)
_trailing = _unary(lambda builder, value: builder.cttz(value, ir.Constant(ir.IntType(1), 0)), types.int64)
_leading = _unary(lambda builder, value: builder.ctlz(value, ir.Constant(ir.IntType(1), 0)), types.int64)
_byteswap = _unary(lambda builder, value: builder.bswap(value), types.uint64)
_reverse = _unary(lambda builder, value: builder.bitreverse(value), types.uint64)


@intrinsic
def _high_product(typing_context: Any, left: Any, right: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(arguments[0], wide), builder.zext(arguments[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


def popcount(squares: Any) -> Any:
    """The number of squares in the set."""
    return int(squares).bit_count()


def lsb(squares: Any) -> Any:
    """The lowest square of the set; 64 for the empty set."""
    value = int(squares)
    return (value & -value).bit_length() - 1 if value else 64


def msb(squares: Any) -> Any:
    """The highest square of the set; -1 for the empty set."""
    return int(squares).bit_length() - 1


def byteswap(squares: Any) -> Any:
    """The set mirrored top to bottom: square s becomes s ^ 56."""
    return np.uint64(int.from_bytes(int(squares).to_bytes(8, "little"), "big"))


def reverse(squares: Any) -> Any:
    """The set turned by 180 degrees: square s becomes 63 - s."""
    return np.uint64(int(f"{int(squares):064b}"[::-1], 2))


def high_product(left: Any, right: Any) -> Any:
    """The upper 64 bits of the product of two uint64: maps a hash `left` evenly to 0..right - 1."""
    return np.uint64((int(left) * int(right)) >> 64)


# Lambdas, because Numba wants overloads without annotations on their parameters.
overload(popcount)(lambda squares: lambda squares: _popcount(squares))
overload(lsb)(lambda squares: lambda squares: _trailing(squares))
overload(msb)(lambda squares: lambda squares: 63 - _leading(squares))
overload(byteswap)(lambda squares: lambda squares: _byteswap(squares))
overload(reverse)(lambda squares: lambda squares: _reverse(squares))
overload(high_product)(lambda left, right: lambda left, right: _high_product(left, right))


@inlined
def bit(square: Any) -> Any:
    """The set of one square, 0..63."""
    return np.uint64(1) << np.uint64(square)


@inlined
def has(squares: Any, square: Any) -> Any:
    """Whether the set holds the square."""
    return (squares >> np.uint64(square)) & np.uint64(1) != np.uint64(0)


@inlined
def without_lowest(squares: Any) -> Any:
    """The set without its lowest square; the set must not be empty."""
    return squares & (squares - np.uint64(1))
