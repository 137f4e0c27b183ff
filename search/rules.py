"""The contract of a game: a two-player zero-sum game of perfect information, as kernels over one record.

A game is a `Rules`: a record dtype for its states and kernels over such records. `register` makes the generic
functions of this module (`legal`, `play`, …) work for that dtype, compiled (through `numba.extending.overload`, which
costs nothing at run time) and interpreted. A search is written once against the generic functions and specialised by
compilation to the record type of a game. To add a game, see `examples/tictactoe.py`.

Values are always the mover's view: the player to move in the state at hand.

Moves are ints in 1..65535, so that 16 bits hold them; `NO_MOVE` (0) is none of them. Games on a board of at most 64
squares use the layout below, from which the searches index their history tables::

     15    12 11       6 5        0
    +--------+----------+----------+
    |  kind  |    to    |   from   |     from = origin(move), to = target(move)
    +--------+----------+----------+

Laws, checked by `search.conformance.check`:

- `legal(state, moves)` writes n distinct moves, 0 <= n <= max_moves, and returns n; `state` is unchanged.
- `play(parent, child, move)` leaves `parent` unchanged and writes every field of `child`.
- `side(child) == 1 - side(parent)`.
- `verdict(state) == ONGOING` exactly when `ended(state) == ONGOING` and `legal` finds a move.
- equal `key`s for equal states reached by different moves; `key` is what `play` maintains incrementally.
- every move of `noisy(state, …)` and of `checks(state, …)` is legal; the two are disjoint.
- `pass_turn` returns False, or writes a state with the other side to move.
- `gain(state, move) == 0` for every move that `victim` calls 0 and that does not promote.
- `threatened(state)` is empty, or holds the target of every capture that the opponent has after `pass_turn`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
from numba.extending import overload

from search.kernel import inlined, source_digest

#: A state: one record of the game's dtype. (`np.record` gives fields as attributes, as compiled code does.)
State: TypeAlias = np.record
#: A buffer of moves, int32 [>= max_moves].
Moves: TypeAlias = npt.NDArray[np.int32]

NO_MOVE = 0

#: Verdicts, the mover's view.
LOSS, DRAW, WIN, ONGOING = -1, 0, 1, 2


# The generic functions. Their bodies are the interpreted dispatch; `register` adds the compiled one.


def legal(state: Any, moves: Any) -> Any:
    """Write the legal moves of `state` to `moves` and return their number."""
    return implementation(legal, state)(state, moves)


def play(parent: Any, child: Any, move: Any) -> Any:
    """Write to `child` the state after the legal `move` in `parent`."""
    return implementation(play, parent)(parent, child, move)


def ended(state: Any) -> Any:
    """The verdict that needs no look at the moves (a rule draw, a reached goal), or ONGOING."""
    return implementation(ended, state)(state)


def stuck(state: Any) -> Any:
    """The verdict of a state without a legal move; asked only of such states."""
    return implementation(stuck, state)(state)


def key(state: Any) -> Any:
    """The state's 64-bit hash."""
    return implementation(key, state)(state)


def side(state: Any) -> Any:
    """The player to move: 0 for the first player, 1 for the second."""
    return implementation(side, state)(state)


def noisy(state: Any, moves: Any) -> Any:
    """Write the moves that quiescence tries when no check is on (captures, promotions); return their number."""
    return implementation(noisy, state)(state, moves)


def checks(state: Any, moves: Any) -> Any:
    """Write the moves, disjoint from `noisy`, that threaten to end the game at once (quiet checks); their number."""
    return implementation(checks, state)(state, moves)


def in_check(state: Any) -> Any:
    """Whether the mover is under a threat that must be answered now (check)."""
    return implementation(in_check, state)(state)


def pass_turn(parent: Any, child: Any) -> Any:
    """Write `parent` with the turn passed and return True; return False where a null move proves nothing."""
    return implementation(pass_turn, parent)(parent, child)


def victim(state: Any, move: Any) -> Any:
    """The kind of piece that `move` captures, 1..7, or 0 if it captures none."""
    return implementation(victim, state)(state, move)


def mover(state: Any, move: Any) -> Any:
    """The kind of piece that `move` moves, 0..7."""
    return implementation(mover, state)(state, move)


def gain(state: Any, move: Any) -> Any:
    """Centipawns that `move` wins at once, by capture and promotion, before any reply; 0 for a quiet move."""
    return implementation(gain, state)(state, move)


def exchange(state: Any, move: Any, threshold: Any) -> Any:
    """Whether the static exchange that begins with `move` gains at least `threshold` centipawns."""
    return implementation(exchange, state)(state, move, threshold)


def reversible(state: Any) -> Any:
    """How many plies back an equal state can lie; 0 where no state can recur."""
    return implementation(reversible, state)(state)


def structure(state: Any, index: Any) -> Any:
    """A 64-bit hash of one slowly changing part of the state (0: pawns, 1 and 2: either side's pieces), for
    the search to learn how far the evaluation is off there; 0 where there is none."""
    return implementation(structure, state)(state, index)


def threatened(state: Any) -> Any:
    """The squares that the mover's opponent attacks, a 64-bit set; none where the game knows no such thing."""
    return implementation(threatened, state)(state)


# What a game that does not define a kernel gets.


@inlined
def _none(state: Any, moves: Any) -> Any:
    return np.int64(0)


@inlined
def _false(state: Any) -> Any:
    return False


@inlined
def _zero(state: Any) -> Any:
    return np.int64(0)


@inlined
def _cannot_pass(parent: Any, child: Any) -> Any:
    return False


@inlined
def _zero_of_move(state: Any, move: Any) -> Any:
    return np.int64(0)


@inlined
def _always(state: Any, move: Any, threshold: Any) -> Any:
    return True


@inlined
def _no_structure(state: Any, index: Any) -> Any:
    return np.uint64(0)


@inlined
def _no_squares(state: Any) -> Any:
    return np.uint64(0)


Kernel: TypeAlias = Callable[..., Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Rules:
    """A game. The first nine fields are required; the other kernels have defaults that are always sound."""

    name: str
    """Unique name, lower case, such as `chess`."""
    dtype: np.dtype[Any]
    """The record of a state. Its field names and layout must differ from those of every other registered game."""
    max_moves: int
    """An upper bound on the number of legal moves in any state."""
    legal: Kernel
    play: Kernel
    ended: Kernel
    stuck: Kernel
    key: Kernel
    side: Kernel
    noisy: Kernel = _none
    checks: Kernel = _none
    in_check: Kernel = _false
    pass_turn: Kernel = _cannot_pass
    victim: Kernel = _zero_of_move
    mover: Kernel = _zero_of_move
    gain: Kernel = _zero_of_move
    exchange: Kernel = _always
    reversible: Kernel = _zero
    structure: Kernel = _no_structure
    threatened: Kernel = _no_squares

    def __post_init__(self) -> None:
        if not 1 <= self.max_moves <= 1024:
            raise ValueError(f"max_moves of {self.name} is {self.max_moves}; it must be in 1..1024")

    @property
    def digest(self) -> str:
        """Changes with the source of any file that defines one of the kernels; names the compiled searches."""
        return digest_of_kernels(self)


def digest_of_kernels(owner: Any) -> str:
    """The digest of the source files of all kernels among the fields of a dataclass instance."""
    kernels = (getattr(owner, field.name) for field in fields(owner))
    functions = (getattr(kernel, "py_func", kernel) for kernel in kernels if callable(kernel))
    return source_digest({Path(file) for function in functions if (file := inspect.getsourcefile(function))})


#: The generic function of each kernel field, by field name.
GENERIC: dict[str, Kernel] = {
    function.__name__: function
    for function in (
        legal, play, ended, stuck, key, side, noisy, checks, in_check, pass_turn,
        victim, mover, gain, exchange, reversible, structure, threatened,
    )
}  # fmt: skip

_interpreted: dict[tuple[Kernel, np.dtype[Any]], Kernel] = {}
_registered: dict[np.dtype[Any], Rules] = {}


def implementation(generic: Kernel, state: Any) -> Kernel:
    """What `generic` means for this record when interpreted; TypeError where nothing is bound to its dtype."""
    try:
        return _interpreted[generic, _plain(state.dtype)]
    except (KeyError, AttributeError):
        layout = getattr(state, "dtype", type(state))
        raise TypeError(f"{generic.__name__}: no game is registered for states of {layout}") from None


def _plain(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype without the `np.record` scalar type, so that equal layouts are equal keys."""
    return np.dtype((np.void, dtype)) if dtype.type is np.record else dtype


def bind(generic: Kernel, dtype: np.dtype[Any], implementation: Kernel) -> None:
    """Make `generic(record, …)` mean `implementation(record, …)` for records of `dtype`, in both speeds."""
    _interpreted[generic, _plain(dtype)] = implementation
    record = numba.from_dtype(dtype)
    parameters = list(inspect.signature(generic).parameters)
    # Numba compares parameter names of the generic function and of its overload, so both lambdas spell them.
    names = ", ".join(parameters)
    source = f"lambda {names}: (lambda {names}: implementation({names})) if {parameters[0]} == record else None"
    overload(generic)(eval(source, {"implementation": implementation, "record": record}))


def register(rules: Rules) -> Rules:
    """Bind every kernel of `rules` to its generic function for states of `rules.dtype`; return `rules`.

    Raises ValueError when another game has the same record layout, which Numba could not tell apart.
    """
    other = _registered.setdefault(_plain(rules.dtype), rules)
    if other is not rules:
        raise ValueError(f"the states of {rules.name} have the same record layout as those of {other.name}")
    for name, generic in GENERIC.items():
        bind(generic, rules.dtype, getattr(rules, name))
    return rules


@inlined
def origin(move: Any) -> Any:
    """The square that a move starts from, 0..63."""
    return move & 63


@inlined
def target(move: Any) -> Any:
    """The square that a move ends on, 0..63."""
    return (move >> 6) & 63


def equal(one: State, other: State) -> bool:
    """Whether two states of one game agree in every field (the bytes between fields do not count)."""
    return one.dtype.names == other.dtype.names and all(
        np.array_equal(one[name], other[name]) for name in one.dtype.names or ()
    )


def verdict(state: State, moves: Moves) -> int:
    """The verdict of a state, the mover's view; `moves` is scratch space of at least max_moves."""
    outcome = int(ended(state))
    if outcome == ONGOING and int(legal(state, moves)) == 0:
        outcome = int(stuck(state))
    return outcome
