"""The contract by which a game's states become single 64-bit words, exactly, so that tables can be keyed by states.

A search with a transposition table lives with hashes that may collide; a solution may not. A `Packing` gives each state
that a game can reach a word of its own, and the state back from the word. Laws, checked by
`search.conformance.check_packing`:

- `unpack` after `pack` gives the state back, byte for byte;
- different states have different words (which follows).

`register_packing` binds the kernels to the dtype of the states, as `search.rules.register` does for those of the game.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from search.rules import Kernel, Rules, State, bind, digest_of_kernels, implementation


def pack(state: Any) -> Any:
    """The uint64 that stands for `state`."""
    return implementation(pack, state)(state)


def unpack(state: Any, packed: Any) -> Any:
    """Write the state that `packed` stands for to `state`, which holds another state of the same game (the same board)
    before."""
    return implementation(unpack, state)(state, packed)


@dataclass(frozen=True, kw_only=True, eq=False)
class Packing:
    """How the states of a game become words."""

    rules: Rules
    """The game; it may have at most 64 legal moves in a state, and no state may recur."""
    pack: Kernel
    unpack: Kernel
    admit: Callable[[State], object] = lambda state: None
    """Raises ValueError with one sentence if states like this one (a board as large) do not fit 64 bits."""

    @property
    def digest(self) -> str:
        """Changes with the source of any file that defines one of the kernels; names the compiled searches."""
        return digest_of_kernels(self)


def register_packing(packing: Packing) -> Packing:
    """Bind both kernels to the generic functions of this module for states of the game; return `packing`."""
    for generic in (pack, unpack):
        bind(generic, packing.rules.dtype, getattr(packing, generic.__name__))
    return packing
