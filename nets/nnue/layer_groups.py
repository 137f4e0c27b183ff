"""A layer of many numbers, GROUP of them at a time, as LLVM vector instructions when compiled and NumPy when not.

Inputs are int16 numbers, and so are the weights, which `in_groups` puts in the order in which they are used. Everything
lies at addresses that are multiples of 64, but for the numbers that are written: of 32.
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

from nets.nnue.quantise import PAIRS_ONE
from nets.simd import ONE, int16_at, products_of_pairs
from search.vectors import at_address, between, everywhere, same

#: Numbers of a layer that are computed at a time.
GROUP = 16

_I16, _I32, _I64 = (ir.IntType(bits) for bits in (16, 32, 64))
_SUMS, _BOTH = ir.VectorType(_I32, GROUP), ir.VectorType(_I16, 2 * GROUP)
_WIDE, _NARROW = ir.VectorType(_I64, GROUP), ir.VectorType(_I16, GROUP)
#: Sums that are carried side by side, so that an addition need not wait for the one before.
_SIDE_BY_SIDE = 4
_SHIFT = PAIRS_ONE.bit_length() - 1


def in_groups(weights: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """[..., numbers, inputs] as `group_of_layer` takes them: [..., groups, inputs / 2, GROUP, 2], zeros at the end."""
    *rest, numbers, inputs = weights.shape
    groups = -(-numbers // GROUP)
    whole = np.zeros((*rest, groups * GROUP, inputs), np.int16)
    whole[..., :numbers, :] = weights
    return whole.reshape(*rest, groups, GROUP, inputs // 2, 2).swapaxes(-3, -2)


def group_of_layer(numbers: Any, squares: Any, biases: Any, inputs: Any, weights: Any, pairs: Any) -> None:
    """Write GROUP numbers of a layer, clipped to 0..ONE, and their squares, int16, for 2 `pairs` inputs.

    `pairs` is a multiple of 4. Every sum, which begins with its int32 bias, fits into 32 bits, and counts
    1 / (ONE * PAIRS_ONE).
    """
    block: Any = (ctypes.c_int32 * GROUP).from_address(int(biases))
    row = int16_at(inputs, 2 * pairs).astype(np.int64).reshape(-1, 1, 2)
    grouped = int16_at(weights, 2 * GROUP * pairs).astype(np.int64).reshape(-1, GROUP, 2)
    sums = np.ctypeslib.as_array(block) + (row * grouped).sum((0, 2))
    int16_at(numbers, GROUP)[:] = np.clip(sums // PAIRS_ONE, 0, ONE)
    int16_at(squares, GROUP)[:] = np.minimum(sums**2 // (PAIRS_ONE * PAIRS_ONE * ONE), ONE)


def _sums(builder: Any, biases: Any, inputs: Any, weights: Any, pairs: Any) -> Any:
    """The sums of a group, int32."""
    begin = builder.load(at_address(builder, biases, _SUMS), align=64)
    parts = [cgutils.alloca_once_value(builder, begin)]
    parts += [cgutils.alloca_once_value(builder, same(_SUMS, 0)) for _ in range(_SIDE_BY_SIDE - 1)]

    with cgutils.for_range_slice(builder, _I64(0), pairs, _I64(_SIDE_BY_SIDE), _I64) as (number, _):
        for index, part in enumerate(parts):
            here = builder.add(number, _I64(index))
            pair = builder.load(at_address(builder, builder.add(inputs, builder.shl(here, _I64(2))), _I32), align=4)
            weight = builder.load(
                at_address(builder, builder.add(weights, builder.mul(here, _I64(4 * GROUP))), _BOTH), align=64
            )
            products = products_of_pairs(builder, builder.bitcast(everywhere(builder, pair, GROUP), _BOTH), weight)
            builder.store(builder.add(builder.load(part), products), part)
    total = builder.load(parts[0])
    for part in parts[1:]:
        total = builder.add(total, builder.load(part))
    return total


@intrinsic
def _group_of_layer(
    typing_context: Any, numbers: Any, squares: Any, biases: Any, inputs: Any, weights: Any, pairs: Any
) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        numbers, squares, *given = arguments
        total = _sums(builder, *given)
        number = between(builder, builder.ashr(total, same(_SUMS, _SHIFT)), 0, ONE)
        builder.store(builder.trunc(number, _NARROW), at_address(builder, numbers, _NARROW), align=32)
        # Beyond these ends the square is ONE.
        ended = builder.sext(between(builder, total, -ONE * PAIRS_ONE, ONE * PAIRS_ONE), _WIDE)
        square = builder.trunc(builder.lshr(builder.mul(ended, ended), same(_WIDE, 2 * _SHIFT)), _SUMS)
        square = builder.udiv(square, same(_SUMS, ONE))
        builder.store(builder.trunc(square, _NARROW), at_address(builder, squares, _NARROW), align=32)
        return context.get_dummy_value()

    return types.void(*[types.uint64] * 5, types.int64), codegen


overload(group_of_layer)(
    lambda numbers, squares, biases, inputs, weights, pairs: (
        lambda numbers, squares, biases, inputs, weights, pairs: _group_of_layer(
            numbers, squares, biases, inputs, weights, pairs
        )
    )
)
