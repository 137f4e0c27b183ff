"""The rules of Hexapawn as kernels over one record, for every board from 3x3 to 8x8.

Martin Gardner, "Mathematical Games", Scientific American, March 1962. Each player has a row of pawns. A pawn steps
one square forward if that is empty, or captures one square diagonally forward. A player wins by reaching the far row,
or when the opponent has no move.

The size of the board is in the record, so one compiled search serves all sizes. Squares are chess's, whatever the
size, so a board of 4 files and 5 ranks is::

    5 | 32 33 34 35  .  .  .  .      the goal of the first player, White
    4 | 24 25 26 27  .  .  .  .
    3 | 16 17 18 19  .  .  .  .
    2 |  8  9 10 11  .  .  .  .
    1 |  0  1  2  3  .  .  .  .      the goal of the second player, Black
        a  b  c  d

Moves (see `search.rules`): bits 0-5 from, 6-11 to; all of kind 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from search.bits import ZERO, bit, has, lsb, popcount, without_lowest
from search.hashing import mix
from search.kernel import inlined, kernel
from search.memory import padded
from search.rules import LOSS, ONGOING, Rules, origin, register, target

#: Fewest and most files and ranks of a board.
SMALLEST, LARGEST = 3, 8

#: A pawn has at most three moves, and a player at most eight pawns.
MAX_MOVES = 3 * LARGEST

#: The only kind of piece, as chess numbers it, for `victim` and `mover`.
PAWN = 1

#: Centipawns of a capture, and of the step onto the last row, which wins: more than any material is worth.
CAPTURE_GAIN = 100
GOAL_GAIN = 5_000

#: One position: 64 bytes, a cache line.
STATE = padded(
    [
        ("pawns", np.uint64, (2,)),  # squares of the first player's pawns, of the second's
        ("goals", np.uint64, (2,)),  # the row that the first player wants to reach, the second
        ("squares", np.uint64),  # all squares of the board
        ("key", np.uint64),  # hash of pawns, size and side to move
        ("files", np.int16),
        ("ranks", np.int16),
        ("side", np.int16),  # player to move: 0 moves up the board, 1 down
    ]
)

_FILE_A = np.uint64(0x0101_0101_0101_0101)
_FILE_H = np.uint64(0x8080_8080_8080_8080)
_RANK = np.uint64(8)
_TO_A = np.uint64(7)
_TO_H = np.uint64(9)


@inlined
def _steps(side: Any, pawns: Any) -> Any:
    """The squares in front of `pawns`, seen by their owner."""
    return pawns << _RANK if side == 0 else pawns >> _RANK


@inlined
def _captures_to_a(side: Any, pawns: Any) -> Any:
    """The squares diagonally in front of `pawns` on the side of the a-file."""
    inner = pawns & ~_FILE_A
    return inner << _TO_A if side == 0 else inner >> _TO_H


@inlined
def _captures_to_h(side: Any, pawns: Any) -> Any:
    """The squares diagonally in front of `pawns` on the side of the h-file."""
    inner = pawns & ~_FILE_H
    return inner << _TO_H if side == 0 else inner >> _TO_A


@inlined
def _reach(side: Any, pawns: Any, others: Any) -> Any:
    """The squares that `pawns` can move to against the pawns `others`."""
    attacked = _captures_to_a(side, pawns) | _captures_to_h(side, pawns)
    return (_steps(side, pawns) & ~(pawns | others)) | (attacked & others)


@inlined
def _write(moves: Any, count: Any, targets: Any, step: Any) -> Any:
    """Append the moves that end on `targets` and started `step` squares before."""
    while targets != ZERO:
        square = lsb(targets)
        moves[count] = (square - step) | (square << 6)
        count += 1
        targets = without_lowest(targets)
    return count


@inlined
def _write_moves(state: Any, moves: Any, quiet: Any, captured: Any) -> Any:
    """Write the steps that end on `quiet` and the captures that end on `captured`; return their number."""
    side = state.side
    own, others = state.pawns[side], state.pawns[1 - side]
    forward = 8 - 16 * np.int64(side)
    count = np.int64(0)
    count = _write(moves, count, _captures_to_a(side, own) & others & captured, forward - 1)
    count = _write(moves, count, _captures_to_h(side, own) & others & captured, forward + 1)
    return _write(moves, count, _steps(side, own) & state.squares & ~(own | others) & quiet, forward)


@kernel
def legal(state: Any, moves: Any) -> Any:
    """Write the captures, then the steps; none once a player has reached the goal."""
    if ended(state) != ONGOING:
        return np.int64(0)
    return _write_moves(state, moves, state.squares, state.squares)


@kernel
def noisy(state: Any, moves: Any) -> Any:
    """Write the captures and the steps onto the last row."""
    if ended(state) != ONGOING:
        return np.int64(0)
    return _write_moves(state, moves, state.goals[state.side], state.squares)


@kernel
def checks(state: Any, moves: Any) -> Any:
    """Write the steps that threaten to reach the last row with the next move."""
    if ended(state) != ONGOING:
        return np.int64(0)
    side = state.side
    own, others = state.pawns[side], state.pawns[1 - side]
    count = _write_moves(state, moves, state.squares & ~state.goals[side], ZERO)
    kept = np.int64(0)
    for index in range(count):
        move = moves[index]
        pawns = (own ^ bit(origin(move))) | bit(target(move))
        if _reach(side, pawns, others) & state.goals[side] != ZERO:
            moves[kept] = move
            kept += 1
    return kept


@inlined
def hashed(first: Any, second: Any, files: Any, ranks: Any, side: Any) -> Any:
    """The key of a position."""
    facts = bit(files) | bit(16 + ranks) | bit(32 + side)
    return mix(first ^ mix(second ^ mix(facts)))


@kernel
def play(parent: Any, child: Any, move: Any) -> Any:
    """Write to `child` the position after `move`."""
    side = np.int64(parent.side)
    start, end = bit(origin(move)), bit(target(move))
    child.pawns[side] = (parent.pawns[side] ^ start) | end
    child.pawns[1 - side] = parent.pawns[1 - side] & ~end
    child.goals[0] = parent.goals[0]
    child.goals[1] = parent.goals[1]
    child.squares = parent.squares
    child.files = parent.files
    child.ranks = parent.ranks
    child.side = 1 - side
    child.key = hashed(child.pawns[0], child.pawns[1], np.int64(child.files), np.int64(child.ranks), 1 - side)


@inlined
def ended(state: Any) -> Any:
    """A loss if the opponent has reached the last row."""
    other = 1 - state.side
    return np.int64(LOSS) if state.pawns[other] & state.goals[other] != ZERO else np.int64(ONGOING)


@inlined
def stuck(state: Any) -> Any:
    """Who cannot move has lost."""
    return np.int64(LOSS)


@inlined
def key(state: Any) -> Any:
    return state.key


@inlined
def side(state: Any) -> Any:
    return np.int64(state.side)


@inlined
def in_check(state: Any) -> Any:
    """Whether the opponent, were it to move now, could reach the last row."""
    other = 1 - state.side
    return _reach(other, state.pawns[other], state.pawns[state.side]) & state.goals[other] != ZERO


@inlined
def victim(state: Any, move: Any) -> Any:
    return np.int64(PAWN) if has(state.pawns[1 - state.side], target(move)) else np.int64(0)


@inlined
def mover(state: Any, move: Any) -> Any:
    return np.int64(PAWN)


@inlined
def gain(state: Any, move: Any) -> Any:
    """What a capture wins; the last row wins the game."""
    if has(state.goals[state.side], target(move)):
        return np.int64(GOAL_GAIN)
    return np.int64(CAPTURE_GAIN) if has(state.pawns[1 - state.side], target(move)) else np.int64(0)


@inlined
def exchange(state: Any, move: Any, threshold: Any) -> Any:
    """Static exchange on the move's target, where every piece is worth the same.

    With a attackers in turn and d defenders the exchange wins a pawn if a > d, else nothing: each capture is answered
    until one side runs out, so only who captures last matters.
    """
    value = gain(state, move)
    if value < GOAL_GAIN:
        side = np.int64(state.side)
        end = bit(target(move))
        own = state.pawns[side] & ~bit(origin(move))
        others = state.pawns[1 - side] & ~end
        # A pawn attacks a square if a pawn of the other player on that square would attack it.
        recaptures = popcount((_captures_to_a(side, end) | _captures_to_h(side, end)) & others)
        defences = popcount((_captures_to_a(1 - side, end) | _captures_to_h(1 - side, end)) & own)
        if recaptures > defences:
            value -= CAPTURE_GAIN
    return value >= threshold


HEXAPAWN = register(
    Rules(
        name="hexapawn",
        dtype=STATE,
        max_moves=MAX_MOVES,
        legal=legal,
        play=play,
        ended=ended,
        stuck=stuck,
        key=key,
        side=side,
        noisy=noisy,
        checks=checks,
        in_check=in_check,
        victim=victim,
        mover=mover,
        gain=gain,
        exchange=exchange,
    )
)
"""Hexapawn on every board; the size is in the state."""
