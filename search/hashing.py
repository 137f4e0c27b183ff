"""Mixing of 64-bit words into hashes, with wrapping multiplication in both speeds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import overload

from search.kernel import inlined

_FIRST = 0xD6E8_FEB8_6659_FD93
_SECOND = 0xA3B1_9535_4A39_B70D
_WORD = 0xFFFF_FFFF_FFFF_FFFF

_FIRST_WORD = np.uint64(_FIRST)
_SECOND_WORD = np.uint64(_SECOND)
_SHIFT = np.uint64(32)


@inlined
def _mix(word: Any) -> Any:
    word = (word ^ (word >> _SHIFT)) * _FIRST_WORD
    word = (word ^ (word >> _SHIFT)) * _SECOND_WORD
    return word ^ (word >> _SHIFT)


def mix(word: Any) -> Any:
    """A uint64 whose every bit depends on every bit of `word`; different words give different results.

    Two rounds of xor-shift and an odd multiplier, each of which can be undone, so it permutes the words. Zero stays
    zero: add a constant to a word that may be zero and shall not stay so.
    """
    value = int(word)
    value = ((value ^ (value >> 32)) * _FIRST) & _WORD
    value = ((value ^ (value >> 32)) * _SECOND) & _WORD
    return np.uint64(value ^ (value >> 32))


overload(mix)(lambda word: lambda word: _mix(word))
