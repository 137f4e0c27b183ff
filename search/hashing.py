"""Mixing of 64-bit words into hashes."""

from __future__ import annotations

from typing import Any

import numpy as np

from search.kernel import inlined

_FIRST = np.uint64(0xD6E8_FEB8_6659_FD93)
_SECOND = np.uint64(0xA3B1_9535_4A39_B70D)
_SHIFT = np.uint64(32)


@inlined
def mix(word: Any) -> Any:
    """A uint64 whose every bit depends on every bit of `word` (uint64); different words give different results.

    Two rounds of xor-shift and an odd multiplier, each of which can be undone, so it permutes the words. Zero stays
    zero: add a constant to a word that may be zero and shall not stay so.
    """
    word = (word ^ (word >> _SHIFT)) * _FIRST
    word = (word ^ (word >> _SHIFT)) * _SECOND
    return word ^ (word >> _SHIFT)
