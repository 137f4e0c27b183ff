"""What the terms of the hand-written evaluation work on, and how they are added up or counted.

Every term is a weight times a count, White's less Black's, and goes through `tally`. For playing, `tally` adds the
weight; for tuning and for explaining, it counts how often each weight was used. Which of the two it is follows from the
type of the record that the terms work on, so both are compiled from one source.

Scores of the two phases travel in one int64, `midgame << 32 + endgame`, which adds and multiplies both at once.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import overload

from engine.chess.classical.layout import COUNT, START, TERMS
from engine.chess.classical.weights import WEIGHTS
from search.kernel import inlined
from search.memory import padded

_SCRATCH = [
    ("attacked", np.uint64, (2,)),  # by anything of a side
    ("twice", np.uint64, (2,)),  # by two or more
    ("by", np.uint64, (2, 8)),  # by each kind of piece
    ("ring", np.uint64, (2,)),  # the king and the squares around it
    ("units", np.int64, (2,)),  # of attack on the other side's king
    ("passed", np.int64),  # pawns of both sides
]
#: What the terms of a position share while it is scored, and what they count when traced.
SCRATCH = padded(_SCRATCH)
# The counts come first, for a record that begins like another one passes for it in Numba.
TRACE = padded([("counts", np.int32, (COUNT,)), *_SCRATCH])


def packed_weights() -> npt.NDArray[np.int64]:
    """All weights, [COUNT], by `layout.START`."""
    values = np.zeros(COUNT, np.int64)
    for name, start in START.items():
        # A term that was not tuned yet counts for nothing.
        midgame, endgame = WEIGHTS.get(name, ([0], [0]))
        values[start : start + TERMS[name]] = (np.array(midgame, np.int64) << 32) + np.array(endgame, np.int64)
    return values


#: The weights, packed, [COUNT].
PACKED = packed_weights()


@inlined
def midgame(packed: Any) -> Any:
    """The midgame part of a packed score."""
    return (packed + (1 << 31)) >> 32


@inlined
def endgame(packed: Any) -> Any:
    """The endgame part of a packed score."""
    return packed - (midgame(packed) << 32)


def tally(total: Any, scratch: Any, index: Any, times: Any) -> Any:
    """Add weight `index` `times` times to the packed `total`; on a TRACE, count it instead."""
    if "counts" in scratch.dtype.names:
        scratch.counts[index] += times
        return total
    return total + PACKED[index] * times


_TRACE_TYPE = numba.from_dtype(TRACE)


@inlined
def _add(total: Any, scratch: Any, index: Any, times: Any) -> Any:
    return total + PACKED[index] * times


@inlined
def _count(total: Any, scratch: Any, index: Any, times: Any) -> Any:
    scratch.counts[index] += times
    return total


@overload(tally)
def _(total, scratch, index, times):  # type: ignore[no-untyped-def]
    if scratch == _TRACE_TYPE:
        return lambda total, scratch, index, times: _count(total, scratch, index, times)
    return lambda total, scratch, index, times: _add(total, scratch, index, times)
