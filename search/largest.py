"""Which of some numbers is the largest: for the order of moves, where a loop over them would take long.

As LLVM vector instructions when compiled and NumPy when not, with the same answer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from search.vectors import at_address, everywhere, same

#: Numbers looked at together. So many more than an array's last may be read, but never count.
LANES = 16

_I32, _I64 = ir.IntType(32), ir.IntType(64)
_VECTOR = ir.VectorType(_I32, LANES)
_LEAST = -(2**31)


def first_largest(numbers: Any, begin: Any, end: Any, band: Any) -> Any:
    """The index of the first largest of the int32 numbers[begin:end] that are not within ±`band`; -1 for none.

    `numbers` lies in a record of which LANES - 1 more int32 after it can be read. No number is -2^31; a `band` of -1
    leaves none out.
    """
    some = np.asarray(numbers[int(begin) : int(end)], np.int64)
    some = np.where(np.abs(some) > band, some, _LEAST)
    if len(some) == 0 or some.max() == _LEAST:
        return np.int64(-1)
    return np.int64(begin + some.argmax())


def _everywhere(builder: Any, value: Any) -> Any:
    """A vector of a 64-bit number, cut to 32 bits."""
    return everywhere(builder, builder.trunc(value, _I32), LANES)


@intrinsic
def _first_largest(typing_context: Any, numbers: Any, begin: Any, end: Any, band: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, begin, end, band = arguments
        data = builder.ptrtoint(context.make_array(signature.args[0])(context, builder, array).data, _I64)
        lanes = ir.Constant(_VECTOR, list(range(LANES)))
        low, high = (_everywhere(builder, value) for value in (builder.neg(band), band))

        def chunk_at(index: Any) -> Any:
            """The numbers from an index on; the least of all in the place of those that do not count."""
            place = builder.add(data, builder.shl(index, _I64(2)))
            some = builder.load(at_address(builder, place, _VECTOR), align=4)
            inside = builder.icmp_signed("<", lanes, _everywhere(builder, builder.sub(end, index)))
            outside = builder.or_(builder.icmp_signed("<", some, low), builder.icmp_signed(">", some, high))
            return builder.select(builder.and_(inside, outside), some, same(_VECTOR, _LEAST))

        best = cgutils.alloca_once_value(builder, same(_VECTOR, _LEAST))
        with cgutils.for_range_slice(builder, begin, end, _I64(LANES), _I64) as (index, _):
            some, before = chunk_at(index), builder.load(best)
            builder.store(builder.select(builder.icmp_signed(">", some, before), some, before), best)
        reduce = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_I32, [_VECTOR]), f"llvm.vector.reduce.smax.v{LANES}i32"
        )
        largest = builder.call(reduce, [builder.load(best)])
        wanted = everywhere(builder, largest, LANES)
        lowest = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(_I64, [_I64, ir.IntType(1)]), "llvm.cttz.i64"
        )
        found = cgutils.alloca_once_value(builder, _I64(-1))
        with cgutils.for_range_slice(builder, begin, end, _I64(LANES), _I64) as (index, _):
            equal = builder.zext(
                builder.bitcast(builder.icmp_signed("==", chunk_at(index), wanted), ir.IntType(LANES)), _I64
            )
            here = builder.add(index, builder.call(lowest, [equal, ir.IntType(1)(0)]))
            earlier = builder.load(found)
            is_first = builder.and_(
                builder.icmp_signed("<", earlier, _I64(0)), builder.icmp_unsigned("!=", equal, _I64(0))
            )
            builder.store(builder.select(is_first, here, earlier), found)
        return builder.select(builder.icmp_signed("==", largest, _I32(_LEAST)), _I64(-1), builder.load(found))

    return types.int64(numbers, types.int64, types.int64, types.int64), codegen


overload(first_largest)(
    lambda numbers, begin, end, band: lambda numbers, begin, end, band: _first_largest(numbers, begin, end, band)
)
