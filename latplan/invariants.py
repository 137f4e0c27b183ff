"""What no picture shows: values of two bits that exclude each other, the mutexes of classical planning.

A code of one bit for each place of each thing is full of them: no thing is in two places, and no place holds two
things. They need no knowledge of the moves, and every move keeps them, so they say of an action where it is not
applicable even in states of which hardly any were seen.

A literal is the value of a bit: of `bits` bits, literal `bit` says that it is off, and literal `bits + bit` that it is
on.
"""

from __future__ import annotations

import numpy as np

from latplan.hashing import bit_keys
from latplan.problem import Bits


def literals(codes: Bits) -> Bits:
    """Which literals are true, [codes, 2 bits]."""
    return np.concatenate([~codes, codes], 1)


def mutexes(codes: Bits, evidence: float) -> Bits:
    """Which two literals are never true together, [2 bits, 2 bits], symmetric.

    `codes` [n, bits], each of which counts once, however often it is there. If two literals had nothing to do with each
    other, so many codes as `evidence` says, or more, would show both.
    """
    _, different = np.unique(codes @ bit_keys(codes.shape[1]), return_index=True)
    on = codes[different].astype(np.float32)
    both, count = on.T @ on, on.sum(0)
    only = count[:, None] - both
    together = np.block([[len(on) - count - only, only.T], [only, both]])
    happens = together.diagonal()
    never: Bits = (together == 0) & (np.outer(happens, happens) >= evidence * len(on))
    bits = np.arange(codes.shape[1])
    never[bits, bits + len(bits)] = never[bits + len(bits), bits] = False
    return never
