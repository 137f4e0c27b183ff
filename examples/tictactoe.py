"""Tic-tac-toe: how to add a game of your own. Run it with `python -m examples.tictactoe`.

A game is a record for its states and a handful of kernels over that record. This file shows all there is to it, from
the record to a perfect player; `docs/adding-a-game.md` walks through it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from search.alphabeta import AlphaBeta
from search.bits import ONE, ZERO, bit, lsb, popcount, without_lowest
from search.evaluation import Evaluation, register_evaluation
from search.hashing import mix
from search.kernel import kernel
from search.memory import padded
from search.minimax import Minimax, Packing, register_packing
from search.rules import DRAW, LOSS, ONGOING, Rules, State, register
from search.searcher import Limits, Root

# 1. The record. Squares are bits of a 64-bit word, as everywhere in this project:
#
#     6 7 8
#     3 4 5
#     0 1 2
#
# The names of its fields are what the compiler tells games apart by, so one of them should be like no other game's.

STATE = padded(
    [
        ("marks", np.uint64, (2,)),  # squares with the first player's mark, with the second's
        ("key", np.uint64),  # hash of the state
        ("side", np.int64),  # player to move, 0 or 1
        ("tictactoe", np.int64),  # nothing but the name
    ]
)

BOARD = np.uint64(0b111_111_111)
ROW, COLUMN = np.uint64(0b000_000_111), np.uint64(0b001_001_001)
FALLING, RISING = np.uint64(0b001_010_100), np.uint64(0b100_010_001)
THREE = np.uint64(3)
MARK_OF_SECOND = np.uint64(9)

# 2. The kernels. Each is a plain function over records and ints; `@kernel` compiles it when it is first called. With
# NUMBA_DISABLE_JIT=1 in the environment they all run as plain Python, for a debugger. What to know about types: squares
# and counts are int64, sets of squares are uint64, and the two meet only through `search.bits`.


@kernel
def has_three(marks: Any) -> Any:
    """Whether the marks fill a row, a column or a diagonal."""
    row, column = ROW, COLUMN
    for _ in range(3):
        if marks & row == row or marks & column == column:
            return True
        row <<= THREE
        column <<= ONE
    return marks & FALLING == FALLING or marks & RISING == RISING


@kernel
def legal(state: Any, moves: Any) -> Any:
    """Write the legal moves, return their number. A move's lower 6 bits say where from, the next 6 where to; nothing
    comes from anywhere here, but a move must not be 0, so the 'from' bits hold 1 plus the square."""
    count = 0
    if ended(state) != ONGOING:
        return count
    free = BOARD & ~(state.marks[0] | state.marks[1])
    while free != ZERO:
        square = lsb(free)
        moves[count] = (square + 1) | (square << 6)
        count += 1
        free = without_lowest(free)
    return count


@kernel
def play(parent: Any, child: Any, move: Any) -> Any:
    """Write the state after `move` to `child`: every field of it, and none of `parent`."""
    child.marks[0] = parent.marks[0]
    child.marks[1] = parent.marks[1]
    child.marks[parent.side] |= bit(move >> 6)
    child.side = 1 - parent.side
    child.tictactoe = 0
    child.key = hashed(child.marks[0], child.marks[1])


@kernel
def hashed(first: Any, second: Any) -> Any:
    """The hash of a state. Who is to move follows from the number of marks, so the marks are enough."""
    return mix((first | second << MARK_OF_SECOND) + ONE)


@kernel
def ended(state: Any) -> Any:
    """The verdict where no look at the moves is needed, always as the player to move sees it."""
    return LOSS if has_three(state.marks[1 - state.side]) else ONGOING


@kernel
def stuck(state: Any) -> Any:
    """The verdict where no move is left."""
    return DRAW


@kernel
def key(state: Any) -> Any:
    return state.key


@kernel
def side(state: Any) -> Any:
    return state.side


# 3. The game. `register` teaches the searches what `legal`, `play`, … mean for records of this type. Everything else
# that a game can say (captures, checks, exchanges) has a default that is safe.

TICTACTOE = register(
    Rules(
        name="tictactoe",
        dtype=STATE,
        max_moves=9,
        legal=legal,
        play=play,
        ended=ended,
        stuck=stuck,
        key=key,
        side=side,
    )
)


def new_game() -> State:
    """The empty board."""
    state: State = np.zeros(1, STATE).view(np.recarray)[0]
    state.key = hashed(ZERO, ZERO)
    return state


# 4. For minimax, which solves a game: how a state becomes one 64-bit word, and the way back.


@kernel
def pack(state: Any) -> Any:
    return state.marks[0] | state.marks[1] << MARK_OF_SECOND


@kernel
def unpack(state: Any, packed: Any) -> Any:
    state.marks[0] = packed & BOARD
    state.marks[1] = packed >> MARK_OF_SECOND
    state.side = popcount(state.marks[0]) - popcount(state.marks[1])
    state.tictactoe = 0
    state.key = hashed(state.marks[0], state.marks[1])


PACKING = register_packing(Packing(rules=TICTACTOE, pack=pack, unpack=unpack))

# 5. For alpha-beta, which looks ahead as far as it has time: a guess at who stands better, in hundredths of a piece.
# A larger game would keep sums in the accumulator and change them move by move; here it holds nothing.

ACCUMULATOR = padded([("tictactoe_nothing", np.int64)])


@kernel
def refresh(accumulator: Any, state: Any) -> Any:
    accumulator.tictactoe_nothing = 0


@kernel
def advance(child_accumulator: Any, parent_accumulator: Any, parent: Any, child: Any, move: Any) -> Any:
    child_accumulator.tictactoe_nothing = 0


@kernel
def score(accumulator: Any, state: Any) -> Any:
    """The centre is worth something; the mover's view."""
    own, other = state.marks[state.side], state.marks[1 - state.side]
    centre = bit(4)
    return 10 * (popcount(own & centre) - popcount(other & centre))


CENTRE = register_evaluation(
    Evaluation(name="centre", rules=TICTACTOE, dtype=ACCUMULATOR, refresh=refresh, advance=advance, score=score)
)


def draw(state: State) -> str:
    """The board in three lines."""
    rows = []
    for row in (2, 1, 0):
        squares = range(3 * row, 3 * row + 3)
        rows.append(
            " ".join(
                "x" if int(state.marks[0]) >> s & 1 else "o" if int(state.marks[1]) >> s & 1 else "·" for s in squares
            )
        )
    return "\n".join(rows)


def main() -> None:
    """Solve the game, then let alpha-beta play the first player against the perfect second."""
    root = new_game()
    perfect = Minimax(PACKING, seed=1)
    result = perfect.search(Root(state=root), Limits())
    print(f"{result.nodes} states; with best play the score is {result.score}: a draw\n")

    players = [AlphaBeta(TICTACTOE, CENTRE, hash_mib=1), perfect]
    state = root
    while (verdict := int(ended(state))) == ONGOING:
        result = players[int(side(state))].search(Root(state=state), Limits(depth=9))
        if not result.move:
            break
        child = new_game()
        play(state, child, result.move)
        state = child
        print(draw(state), end="\n\n")
    print("a draw" if verdict == ONGOING else f"player {2 - int(side(state))} has lost")


if __name__ == "__main__":
    main()
