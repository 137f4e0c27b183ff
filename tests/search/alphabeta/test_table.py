"""The transposition table: what goes in comes out, and what another thread tore does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.alphabeta import table as tt
from search.evaluation import SCORE_LIMIT
from search.searcher import MATE, MAX_PLY

keys = st.integers(0, 2**64 - 1).map(np.uint64)
scores = st.one_of(st.integers(-SCORE_LIMIT, SCORE_LIMIT), st.sampled_from([MATE - 3, 5 - MATE, MATE - MAX_PLY]))


def put(table: tt.Table, key: np.uint64, ply: int = 0, move: int = 1, score: int = 0, depth: int = 1, bound: int = 3,
        static: int = 0, age: int | None = None, pv: int = 0) -> None:  # fmt: skip
    tt.store(
        table.address, np.uint64(table.clusters), table.age if age is None else age, key, ply,
        move, score, static, depth, bound, pv,
    )  # fmt: skip


def get(table: tt.Table, key: np.uint64) -> np.uint64:
    return np.uint64(tt.probe(table.address, np.uint64(table.clusters), key))


@given(
    key=keys,
    ply=st.integers(0, MAX_PLY),
    move=st.integers(0, 65535),
    score=scores,
    static=st.one_of(st.just(tt.NO_SCORE), st.integers(-SCORE_LIMIT, SCORE_LIMIT)),
    depth=st.integers(0, MAX_PLY),
    bound=st.sampled_from([tt.NO_BOUND, tt.UPPER, tt.LOWER, tt.EXACT]),
    age=st.integers(0, tt.AGES - 1),
    pv=st.integers(0, 1),
)
def test_an_entry_gives_back_what_was_stored(
    key: np.uint64, ply: int, move: int, score: int, static: int, depth: int, bound: int, age: int, pv: int
) -> None:
    table = tt.Table(1)
    put(table, key, ply, move, score, depth, bound, static, age, pv)
    data = get(table, key)
    assert tt.entry_move(data) == move
    assert tt.entry_score(data, ply) == score
    assert tt.entry_static(data) == static
    assert tt.entry_depth(data) == depth
    assert tt.entry_bound(data) == bound
    assert tt.entry_pv(data) == pv


def test_a_mate_is_stored_by_its_distance_from_the_state_not_from_the_root() -> None:
    table = tt.Table(1)
    put(table, np.uint64(77), ply=10, score=MATE - 13)
    assert tt.entry_score(get(table, np.uint64(77)), 4) == MATE - 7


def test_a_torn_entry_is_no_entry() -> None:
    table = tt.Table(1)
    put(table, np.uint64(77))
    table._records["words"] ^= np.uint64(1) << np.uint64(20)
    assert get(table, np.uint64(77)) == 0


def test_the_least_deep_entry_of_a_full_cluster_gives_way_and_old_ones_first() -> None:
    table = tt.Table(1)
    same_cluster = [np.uint64(n) for n in range(1, 6)]
    for key, depth in zip(same_cluster, (9, 3, 8, 7), strict=False):
        put(table, key, depth=depth)
    put(table, same_cluster[4], depth=1)
    assert [int(tt.entry_depth(get(table, key))) for key in same_cluster] == [9, 0, 8, 7, 1]
    table.next_search()
    put(table, same_cluster[2], depth=2, bound=tt.EXACT)  # renewed, so it is young now
    put(table, same_cluster[1], depth=1)
    assert get(table, same_cluster[4]) == 0
    assert get(table, same_cluster[2]) != 0


def test_a_refutation_keeps_the_move_known_before() -> None:
    table = tt.Table(1)
    put(table, np.uint64(5), move=1234, depth=2)
    put(table, np.uint64(5), move=0, depth=3)
    assert tt.entry_move(get(table, np.uint64(5))) == 1234


def test_permille_full_counts_this_search_alone() -> None:
    table = tt.Table(1)
    generator = np.random.default_rng(1)
    for key in generator.integers(0, 2**63, 40_000, dtype=np.uint64) * np.uint64(2):
        put(table, key)
    assert table.permille_full() > 300
    table.next_search()
    assert table.permille_full() == 0
    table.clear()
    assert not table._records["words"].any()


def test_a_table_of_no_size_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 MiB"):
        tt.Table(0)


def test_a_table_beyond_memory_is_refused_with_its_size() -> None:
    with pytest.raises(MemoryError, match="1073741824 MiB"):
        tt.Table(1 << 30)
