"""How long to think about a move: a pure function of the clock."""

from __future__ import annotations

from dataclasses import dataclass

#: Moves that a game without a count of moves to go is planned for.
HORIZON = 26
#: The longest plan when the count is given.
LONGEST_HORIZON = 40
#: The hard limit, as a multiple of the soft one.
STRETCH = 5.0
#: Shares of the usable time that one move may take at most: with more moves to come, and when it is the last.
MOST, MOST_OF_LAST = 0.55, 0.92
#: Seconds that a move takes at least: to answer at all, a searcher needs about this long.
LEAST = 0.001
#: Seconds kept back, in case the machine is busy elsewhere for a moment; at most half of what is left.
RESERVE = 0.12


@dataclass(frozen=True)
class Budget:
    """Seconds for one move: begin no new iteration after about `soft`, and answer by `hard`."""

    soft: float
    hard: float


def allot(remaining: float, increment: float = 0.0, moves_to_go: int | None = None, *, overhead: float = 0.0) -> Budget:
    """The budget for a move with `remaining` seconds on the clock.

    `increment` seconds come after each move; after `moves_to_go` moves (None: never) the clock is filled up again.
    `overhead` seconds pass between the programs on each move and are never planned with, nor is RESERVE, except for the
    last move before the clock is filled up. Laws: `LEAST <= soft <= hard`,
    and `hard <= remaining - overhead` unless that is less than LEAST. A clock that has run out gets LEAST.
    """
    usable = max(remaining - overhead, LEAST)
    if moves_to_go != 1:
        usable = max(usable - min(RESERVE, max(remaining, 0.0) / 2), LEAST)
    # The increment of a move comes only after it, so it counts for no more than the clock can bear.
    income = max(min(increment - overhead, usable), 0.0)
    if moves_to_go is None:
        moves = float(HORIZON)
    else:
        moves = float(min(max(moves_to_go, 1), LONGEST_HORIZON))
    last = moves_to_go == 1
    most = usable * (MOST_OF_LAST if last else MOST)
    soft = usable / moves * (0.8 if moves_to_go is None else 0.9) + 0.75 * income
    soft = max(min(soft, most), min(LEAST, usable))
    hard = max(min(soft * STRETCH, most), soft)
    return Budget(soft=soft, hard=hard)
