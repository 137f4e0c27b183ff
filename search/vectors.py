"""Vectors in the LLVM code that intrinsics emit: made, filled, cut and found at addresses."""

from __future__ import annotations

from typing import Any

from llvmlite import ir


def same(vector: Any, value: float) -> Any:
    """The constant of a vector's type with `value` in every lane."""
    return ir.Constant(vector, [value] * vector.count)


def at_address(builder: Any, address: Any, kind: Any) -> Any:
    """The pointer to a value of some kind at an integer address."""
    return builder.inttoptr(address, kind.as_pointer())


def everywhere(builder: Any, value: Any, lanes: int) -> Any:
    """A vector with `value`, known when the code runs, in every lane."""
    undefined = ir.Constant(ir.VectorType(value.type, lanes), ir.Undefined)
    index = ir.IntType(32)
    first = builder.insert_element(undefined, value, index(0))
    return builder.shuffle_vector(first, undefined, same(ir.VectorType(index, lanes), 0))


def between(builder: Any, value: Any, least: int, most: int) -> Any:
    """A vector's signed integers, cut to least..most."""
    for sign, end in ((">", same(value.type, least)), ("<", same(value.type, most))):
        value = builder.select(builder.icmp_signed(sign, value, end), value, end)
    return value
