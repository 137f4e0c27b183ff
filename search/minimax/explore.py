"""The kernel of minimax with memory: depth-first search through every reachable state, each solved once.

Shannon, "Programming a Computer for Playing Chess", 1950, section 2, with a table of what is known already. The table
is open addressing with linear probing, keyed by the exact packed state, so nothing can collide. The search is a loop
over a stack in a record: it pauses when the table must grow or a report is due, and goes on where it was.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from search.bits import ONE, high_product
from search.hashing import mix
from search.kernel import kernel
from search.memory import padded
from search.minimax.packing import Packing, pack
from search.rules import DRAW, ONGOING, WIN, ended, legal, play, stuck

#: The longest line, in plies, that the stack holds.
PLIES = 256

#: What a slot of the table holds: nothing, a state on the stack, a solved state.
EMPTY, OPEN, SOLVED = range(3)

#: Why `explore` returned.
FINISHED, PAUSED, FULL, RECURRING, TOO_DEEP = range(5)

#: No value is worse than this.
_NOTHING = -2
#: Zero is the packed form of some state and what `mix` does not change.
_SALT = np.uint64(0x5851_F42D_4C95_7F2D)


def slot_dtype(max_moves: int) -> np.dtype[Any]:
    """One slot of the table: 16 bytes for games of at most 32 moves, 24 for at most 64; ValueError beyond."""
    if max_moves > 64:
        raise ValueError(f"a solution keeps optimal moves as bits of one word, and {max_moves} moves do not fit it")
    fields: list[Any] = [
        ("packed", np.uint64),
        ("optimal", np.uint32 if max_moves <= 32 else np.uint64),  # bit i: the i-th smallest legal move is optimal
        ("distance", np.uint16),  # plies to the end
        ("value", np.int8),  # the mover's view
        ("status", np.uint8),
    ]
    return np.dtype(fields, align=True)


@lru_cache
def work_dtype(packing: Packing) -> np.dtype[Any]:
    """The record that `explore` works on.

    Its type and that of its frames name the sources of the game: whichever of the two a kernel takes, Numba's cache
    cannot run it with an edited game.
    """
    rules = packing.rules
    sources = ("sources_" + rules.digest + packing.digest, np.int64)
    frame = padded(
        [
            ("state", rules.dtype),
            ("moves", np.int32, (rules.max_moves,)),  # ascending
            ("packed", np.uint64),
            ("count", np.int64),
            ("tried", np.int64),
            ("value", np.int64),
            ("distance", np.int64),
            ("optimal", np.uint64),
            sources,
        ]
    )
    return padded(
        [
            ("frames", frame, (PLIES,)),
            ("ply", np.int64),  # of the state being searched; -1 before and after the whole search
            ("positions", np.int64),  # states in the table
            sources,
        ]
    )


@kernel
def _find(table: Any, packed: Any) -> Any:
    """The index of the slot that holds `packed`, or of the empty slot where it belongs."""
    slot: Any = np.int64(high_product(mix(packed ^ _SALT), np.uint64(len(table))))
    while table[slot].status != EMPTY and table[slot].packed != packed:
        slot += 1
        if slot == len(table):
            slot = 0
    return slot


@kernel
def refill(old: Any, new: Any) -> None:
    """Copy the entries of the table `old` into the empty, larger table `new`."""
    for index in range(len(old)):
        if old[index].status != EMPTY:
            slot = _find(new, old[index].packed)
            new[slot] = old[index]


@kernel
def _learn(frame: Any, index: Any, value: Any, distance: Any) -> None:
    """Take into account that the move `index` leads to `value` (the frame's mover's view) after `distance` plies.

    A win is best if near, a loss if far; a draw is a draw, and its distance is the longest that can be had.
    """
    flag = ONE << np.uint64(index)
    nearer = distance < frame.distance
    if value > frame.value or (value == frame.value and distance != frame.distance and nearer == (value == WIN)):
        if value > frame.value or value != DRAW:
            frame.optimal = np.uint64(0)
        frame.value = value
        frame.distance = distance
        frame.optimal |= flag
    elif value == frame.value and (value == DRAW or distance == frame.distance):
        frame.optimal |= flag


@kernel
def _enter(frame: Any) -> None:
    """Find the moves of the frame's state, in ascending order, or its value if it has ended."""
    frame.tried = 0
    frame.count = 0
    frame.distance = 0
    frame.optimal = np.uint64(0)
    frame.value = ended(frame.state)
    if frame.value != ONGOING:
        return
    frame.value = _NOTHING
    moves = frame.moves
    frame.count = legal(frame.state, moves)
    if frame.count == 0:
        frame.value = stuck(frame.state)
    for index in range(1, frame.count):
        move = moves[index]
        place = index
        while place > 0 and moves[place - 1] > move:
            moves[place] = moves[place - 1]
            place -= 1
        moves[place] = move


@kernel
def explore(work: Any, table: Any, room: Any, budget: Any) -> Any:
    """Solve the state in the first frame of `work` and all states below it, writing them to `table`.

    Returns FINISHED; or PAUSED after `budget` new states, or FULL when the table holds `room` states, and may be called
    again; or RECURRING or TOO_DEEP, and may not.
    """
    if work.ply < 0:
        work.ply = 0
        work.frames[0].packed = pack(work.frames[0].state)
        slot = _find(table, work.frames[0].packed)
        if table[slot].status == SOLVED:
            work.ply = -1
            return FINISHED
        _enter(work.frames[0])
        table[slot].packed = work.frames[0].packed
        table[slot].status = OPEN
        work.positions += 1
    while True:
        frame = work.frames[work.ply]
        if frame.tried == frame.count:  # all moves known: write the state's value, and tell its parent
            slot = _find(table, frame.packed)
            table[slot].value = frame.value
            table[slot].distance = frame.distance
            table[slot].optimal = frame.optimal
            table[slot].status = SOLVED
            work.ply -= 1
            if work.ply < 0:
                return FINISHED
            parent = work.frames[work.ply]
            _learn(parent, parent.tried, -frame.value, frame.distance + 1)
            parent.tried += 1
            continue
        if work.ply + 1 == PLIES:
            return TOO_DEEP
        child = work.frames[work.ply + 1]
        play(frame.state, child.state, np.int64(frame.moves[frame.tried]))
        child.packed = pack(child.state)
        slot = _find(table, child.packed)
        if table[slot].status == SOLVED:
            _learn(frame, frame.tried, -np.int64(table[slot].value), np.int64(table[slot].distance) + 1)
            frame.tried += 1
        elif table[slot].status == OPEN:
            return RECURRING
        elif work.positions >= room:
            return FULL
        elif budget == 0:
            return PAUSED
        else:
            budget -= 1
            table[slot].packed = child.packed
            table[slot].status = OPEN
            work.positions += 1
            work.ply += 1
            _enter(child)
