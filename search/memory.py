"""Memory that kernels share by address: aligned records, records at an address, and prefetch.

A record holds the address of what is too large to lie in it (a transposition table, attack tables, a network's
weights), so a kernel takes one record and no arrays. Addresses are uint64; `address_of` gives them, and whoever stores
one keeps the array alive.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

#: Records begin on a cache line.
ALIGNMENT = 64


def aligned_zeros(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Zeros that begin on a 64-byte boundary."""
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    block = np.zeros(size + ALIGNMENT, np.uint8)
    start = -block.ctypes.data % ALIGNMENT
    return block[start : start + size].view(kind).reshape(shape)


def aligned_copy(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A contiguous copy that begins on a 64-byte boundary."""
    copy = aligned_zeros(array.shape, array.dtype)
    copy[...] = array
    return copy


def aligned_records(count: int, dtype: np.dtype[Any]) -> Any:
    """`count` zeroed records of `dtype` that begin on a 64-byte boundary, as a record array [count]."""
    return aligned_zeros((count,), dtype).view(np.recarray)


def padded(fields: list[Any]) -> np.dtype[Any]:
    """The aligned dtype of `fields`, its size rounded up to whole cache lines so that arrays of it stay aligned."""
    natural = np.dtype(fields, align=True)
    size = -(-natural.itemsize // ALIGNMENT) * ALIGNMENT
    assert natural.fields is not None
    names = list(natural.names or ())
    return np.dtype(
        {
            "names": names,
            "formats": [natural.fields[name][0] for name in names],
            "offsets": [natural.fields[name][1] for name in names],
            "itemsize": size,
        },
        align=True,
    )


def address_of(array: npt.NDArray[Any]) -> np.uint64:
    """The address of the first byte of a contiguous array; the caller keeps the array alive."""
    return np.uint64(array.ctypes.data)


def record_reader(dtype: np.dtype[Any]) -> Callable[[Any], Any]:
    """A function for kernels, `at(address) -> record`, that reads and writes a record of `dtype` in place.

    It must be bound to a module-level name. The address is a uint64 and is not checked.
    """
    record_type = numba.from_dtype(dtype)

    def at(address: Any) -> Any:
        block: Any = (ctypes.c_char * dtype.itemsize).from_address(int(address))
        return np.frombuffer(block, dtype=dtype).view(np.recarray)[0]

    @intrinsic
    def pointer(typing_context: Any, address: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.inttoptr(arguments[0], context.get_value_type(record_type))

        return record_type(types.uint64), codegen

    overload(at)(lambda address: lambda address: pointer(address))
    return at


def copy_record(source: Any, destination: Any) -> None:
    """Copy every byte of a record to another one of the same dtype."""
    for name in source.dtype.names:
        destination[name] = source[name]


@intrinsic
def _copy_record(typing_context: Any, source: Any, destination: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        size = ir.Constant(ir.IntType(64), signature.args[0].size)
        cgutils.raw_memcpy(builder, arguments[1], arguments[0], size, 1)
        return context.get_dummy_value()

    return types.void(source, destination), codegen


overload(copy_record)(lambda source, destination: lambda source, destination: _copy_record(source, destination))


def prefetch(address: Any) -> None:
    """Ask the processor to bring the cache line at `address` near; no effect on results."""


@intrinsic
def _prefetch(typing_context: Any, address: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        byte_pointer = ir.IntType(8).as_pointer()
        word = ir.IntType(32)
        function = builder.module.declare_intrinsic(
            "llvm.prefetch", [byte_pointer], ir.FunctionType(ir.VoidType(), [byte_pointer, word, word, word])
        )
        read, keep_near, data = (ir.Constant(word, value) for value in (0, 3, 1))
        builder.call(function, [builder.inttoptr(arguments[0], byte_pointer), read, keep_near, data])
        return context.get_dummy_value()

    return types.void(types.uint64), codegen


overload(prefetch)(lambda address: lambda address: _prefetch(address))
