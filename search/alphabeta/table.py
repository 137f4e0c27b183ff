"""The transposition table: clusters of four entries, one cache line each, shared by all threads without a lock.

An entry is two words, `data` and `check = key ^ data`: a word torn by another thread's write fails the test
`check ^ data == key` and is no entry (R. Hyatt and T. Mann, "A lock-less transposition-table implementation for
parallel search chess engines", ICGA Journal 25(1), 2002). The layout of `data`::

    63  59 58 57 56 55   48 47     32 31     16 15      0
    +-----+--+-----+-------+---------+---------+---------+
    | age |pv|bound| depth | static  |  score  |  move   |    score and static are stored plus 32768; static 0: none
    +-----+--+-----+-------+---------+---------+---------+
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from search.bits import high_product
from search.kernel import inlined
from search.memory import ALIGNMENT, address_of, aligned_records, padded, prefetch, record_reader
from search.searcher import MATE, MAX_PLY

#: Bounds: none, the score is at most, at least, exactly the true one.
NO_BOUND, UPPER, LOWER, EXACT = 0, 1, 2, 3
#: No static score is stored.
NO_SCORE = -32768

SLOTS = 4
CLUSTER = padded([("checks", np.uint64, (SLOTS,)), ("words", np.uint64, (SLOTS,))])
AGES = 32
#: Where the age begins, and the bit of states that were in a principal variation.
_AGE_SHIFT, _PV_SHIFT = 59, 58

_cluster_at = record_reader(CLUSTER)


@inlined
def entry_move(data: Any) -> Any:
    """The best or refuting move, or NO_MOVE."""
    return np.int64(data & np.uint64(0xFFFF))


@inlined
def entry_score(data: Any, ply: Any) -> Any:
    """The score, with distances to a proven end counted from the root of the search `ply` plies above."""
    score = np.int64((data >> np.uint64(16)) & np.uint64(0xFFFF)) - 32768
    if score >= MATE - MAX_PLY:
        return score - ply
    if score <= MAX_PLY - MATE:
        return score + ply
    return score


@inlined
def entry_static(data: Any) -> Any:
    """The static score before correction, or NO_SCORE."""
    return np.int64((data >> np.uint64(32)) & np.uint64(0xFFFF)) - 32768


@inlined
def entry_depth(data: Any) -> Any:
    """The depth in plies that the score was searched to."""
    return np.int64((data >> np.uint64(48)) & np.uint64(0xFF))


@inlined
def entry_bound(data: Any) -> Any:
    """UPPER, LOWER, EXACT, or NO_BOUND for an entry that holds a static score alone."""
    return np.int64((data >> np.uint64(56)) & np.uint64(3))


@inlined
def entry_pv(data: Any) -> Any:
    """1 where the state has been in a principal variation, else 0."""
    return np.int64((data >> np.uint64(_PV_SHIFT)) & np.uint64(1))


@inlined
def _address(table: Any, clusters: Any, key: Any) -> Any:
    return table + (high_product(key, clusters) << np.uint64(6))


@inlined
def prefetch_entry(table: Any, clusters: Any, key: Any) -> None:
    """Bring the cluster of `key` near."""
    prefetch(_address(table, clusters, key))


@inlined
def probe(table: Any, clusters: Any, key: Any) -> Any:
    """The data word stored for `key`, or 0."""
    cluster = _cluster_at(_address(table, clusters, key))
    for slot in range(SLOTS):
        data = cluster.words[slot]
        if cluster.checks[slot] ^ data == key and data != np.uint64(0):
            return data
    return np.uint64(0)


@inlined
def store(
    table: Any, clusters: Any, age: Any, key: Any, ply: Any, move: Any, score: Any, static: Any, depth: Any,
    bound: Any, pv: Any,
) -> None:  # fmt: skip
    """Store a result for `key`; the entry replaced is the same state's, else the least deep, old ones first."""
    cluster = _cluster_at(_address(table, clusters, key))
    chosen: Any = np.int64(0)
    least: Any = np.int64(1 << 30)
    for slot in range(SLOTS):
        data = cluster.words[slot]
        if cluster.checks[slot] ^ data == key:
            # A result much shallower than a fresh bound of the same state is not worth more.
            if bound != EXACT and depth + 3 < entry_depth(data) and np.int64(data >> np.uint64(_AGE_SHIFT)) == age:
                return
            chosen = slot
            if move == 0:
                move = entry_move(data)
            break
        if data == np.uint64(0):
            worth = np.int64(-1000)
        else:
            worth = entry_depth(data) - 8 * ((AGES + age - np.int64(data >> np.uint64(_AGE_SHIFT))) & (AGES - 1))
        if worth < least:
            least = worth
            chosen = slot
    if score >= MATE - MAX_PLY:
        score += ply
    elif score <= MAX_PLY - MATE:
        score -= ply
    word = (
        np.uint64(move)
        | (np.uint64(score + 32768) << np.uint64(16))
        | (np.uint64(static + 32768) << np.uint64(32))
        | (np.uint64(depth) << np.uint64(48))
        | (np.uint64(bound) << np.uint64(56))
        | (np.uint64(pv) << np.uint64(_PV_SHIFT))
        | (np.uint64(age) << np.uint64(_AGE_SHIFT))
    )
    cluster.words[chosen] = word
    cluster.checks[chosen] = key ^ word


def _machine_mebibytes() -> int:
    """MiB of memory of this machine; without limit where the system does not say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    except (AttributeError, OSError, ValueError):
        return 1 << 40


class Table:
    """The memory of a transposition table; kernels get its `address` and its number of `clusters`."""

    def __init__(self, mebibytes: int) -> None:
        """Allocate; ValueError or MemoryError, in a sentence, if the size is not to be had."""
        if mebibytes < 1:
            raise ValueError(f"a hash of {mebibytes} MiB is too small; it must be at least 1 MiB")
        self.mebibytes = mebibytes
        most = _machine_mebibytes()
        if mebibytes > most:
            # The system would promise more than it has, and end the program when the table fills.
            raise MemoryError(f"a hash of {mebibytes} MiB does not fit; this machine has {most} MiB of memory")
        self._records = aligned_records(mebibytes * (1 << 20) // ALIGNMENT, CLUSTER)
        self.age = 0

    @property
    def clusters(self) -> int:
        """The number of clusters."""
        return len(self._records)

    @property
    def address(self) -> np.uint64:
        """The address of the first cluster."""
        return address_of(self._records)

    def clear(self) -> None:
        """Forget all entries."""
        self._records.view(np.uint8).fill(0)
        self.age = 0

    def next_search(self) -> None:
        """Entries of earlier searches grow older by one."""
        self.age = (self.age + 1) % AGES

    def permille_full(self) -> int:
        """Permille of a sample of entries that the current search has written."""
        data = self._records["words"][:250]
        return int(np.count_nonzero((data != 0) & (data >> np.uint64(_AGE_SHIFT) == self.age)) * 1000 // data.size)
