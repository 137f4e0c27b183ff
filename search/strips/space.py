"""States met by a search: packed bits in growing arrays, found again through a hash table; and their successors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from search.kernel import inlined, kernel
from search.strips.task import Words

#: States that the arrays hold at first.
_FIRST = 4096
#: What `find` and `insert` return for a state that is not there.
ABSENT = -1


class Space(NamedTuple):
    """Nodes of a search, numbered in the order in which they were met."""

    states: Words
    """[capacity, words]: packed."""
    parent: npt.NDArray[np.int32]
    """[capacity]: the node whose successor it is; -1 for a root."""
    action: npt.NDArray[np.int32]
    """[capacity]: what led here from the parent."""
    depth: npt.NDArray[np.int32]
    """[capacity]: actions from the root."""
    table: npt.NDArray[np.int32]
    """[a power of two, at least twice the capacity]: numbers of nodes, ABSENT where empty."""
    met: npt.NDArray[np.int64]
    """[1]: nodes there are."""


def new_space(words: int) -> Space:
    """An empty space for states of so many words."""
    return Space(
        np.zeros((_FIRST, words), np.uint64),
        np.zeros(_FIRST, np.int32),
        np.zeros(_FIRST, np.int32),
        np.zeros(_FIRST, np.int32),
        np.full(2 * _FIRST, ABSENT, np.int32),
        np.zeros(1, np.int64),
    )


def grown(space: Space) -> Space:
    """The same nodes in arrays of twice the size."""
    capacity = 2 * len(space.states)
    table = np.full(2 * capacity, ABSENT, np.int32)
    larger = Space(
        np.zeros((capacity, space.states.shape[1]), np.uint64),
        np.resize(space.parent, capacity),
        np.resize(space.action, capacity),
        np.resize(space.depth, capacity),
        table,
        space.met,
    )
    larger.states[: len(space.states)] = space.states
    _fill(larger)
    return larger


def bytes_of(space: Space) -> int:
    """Memory that the arrays take."""
    return sum(array.nbytes for array in space)


@inlined
def _slot(space: Any, state: Any) -> Any:
    """The place in the table where `state` is, or where it would be put."""
    mask = np.int64(len(space.table) - 1)
    mixed = np.uint64(0x9E3779B97F4A7C15)
    for word in range(len(state)):
        mixed = (mixed ^ state[word]) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0x94D049BB133111EB)
    place = np.int64(mixed >> np.uint64(33)) & mask
    while True:
        node = space.table[place]
        if node == ABSENT:
            return place
        same = True
        for word in range(len(state)):
            if space.states[node, word] != state[word]:
                same = False
                break
        if same:
            return place
        place = (place + 1) & mask


@kernel
def find(space: Any, state: Any) -> Any:
    """The node of a state; ABSENT if there is none."""
    return np.int64(space.table[_slot(space, state)])


@kernel
def insert(space: Any, state: Any, parent: Any, action: Any, depth: Any) -> Any:
    """Add a state; its node, or ABSENT if it was there. There must be room."""
    place = _slot(space, state)
    if space.table[place] != ABSENT:
        return np.int64(ABSENT)
    node = space.met[0]
    space.met[0] = node + 1
    for word in range(len(state)):
        space.states[node, word] = state[word]
    space.parent[node] = parent
    space.action[node] = action
    space.depth[node] = depth
    space.table[place] = node
    return np.int64(node)


@kernel
def _fill(space: Any) -> None:
    """Enter all nodes into an empty table."""
    for node in range(space.met[0]):
        space.table[_slot(space, space.states[node])] = node


@kernel
def applicable(generator: Any, state: Any, found: Any, clash: Any) -> Any:
    """Write the numbers of the applicable actions into `found`, in order; returns how many there are.

    All actions are asked, many at a time: without a branch, that is a tenth of the time that a decision tree over the
    bits takes. `found` (int32) has room for one number more than there are actions, `clash` (uint64) for one for each.
    """
    asked, wanted = generator.asked, generator.wanted
    actions = asked.shape[1]
    for action in range(actions):
        clash[action] = (state[0] ^ wanted[0, action]) & asked[0, action]
    for word in range(1, len(state)):
        for action in range(actions):
            clash[action] |= (state[word] ^ wanted[word, action]) & asked[word, action]
    count = np.int64(0)
    for action in range(actions):
        found[count] = action
        count += np.int64(clash[action] == np.uint64(0))
    return count


def line(space: Space, node: int) -> list[int]:
    """The actions from the root to a node."""
    actions = []
    while space.parent[node] >= 0:
        actions.append(int(space.action[node]))
        node = int(space.parent[node])
    return actions[::-1]
