"""Perft: the number of lines of legal moves of a given length, the test and the measure of a move generator."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from engine.chess.movegen import count_legal, legal
from engine.chess.play import play
from engine.chess.state import MAX_MOVES, STATE
from search.kernel import kernel
from search.memory import aligned_records, padded
from search.rules import State

DEEPEST = 32

#: States and moves of the line being walked.
WALK = padded([("states", STATE, (DEEPEST + 1,)), ("moves", np.int32, (DEEPEST + 1, MAX_MOVES))])


@kernel
def _bulk(walk: Any, ply: Any, depth: Any) -> Any:
    """Perft that counts the last ply's moves without playing them; `depth` >= 1."""
    if depth == 1:
        return count_legal(walk.states[ply])
    count = legal(walk.states[ply], walk.moves[ply])
    nodes = np.int64(0)
    for index in range(count):
        play(walk.states[ply], walk.states[ply + 1], walk.moves[ply, index])
        nodes += _bulk(walk, ply + 1, depth - 1)
    return nodes


@kernel
def _played(walk: Any, ply: Any, depth: Any) -> Any:
    """Perft that plays every move of the last ply too."""
    if depth == 0:
        return np.int64(1)
    count = legal(walk.states[ply], walk.moves[ply])
    nodes = np.int64(0)
    for index in range(count):
        play(walk.states[ply], walk.states[ply + 1], walk.moves[ply, index])
        nodes += _played(walk, ply + 1, depth - 1)
    return nodes


@lru_cache(maxsize=1)
def _walk() -> Any:
    return aligned_records(1, WALK)[0]


def perft(state: State, depth: int, *, play_last: bool = False) -> int:
    """The number of leaves `depth` plies below `state`; with `play_last`, the last ply's moves are played too.

    Raises ValueError for a depth outside 0..32.
    """
    if not 0 <= depth <= DEEPEST:
        raise ValueError(f"a perft to depth {depth} is not possible; the depth must be in 0..{DEEPEST}")
    if depth == 0:
        return 1
    walk = _walk()
    walk.states[0] = state
    count = _played if play_last else _bulk
    return int(count(walk, np.int64(0), np.int64(depth)))


def divide(state: State, depth: int, *, play_last: bool = False) -> dict[int, int]:
    """The perft of each move of `state`, with the same total; an empty dictionary for depth 0."""
    child = aligned_records(1, STATE)[0]
    moves = np.zeros(MAX_MOVES, np.int32)
    totals = {}
    for move in moves[: legal(state, moves)] if depth > 0 else ():
        play(state, child, move)
        totals[int(move)] = perft(child, depth - 1, play_last=play_last)
    return totals
