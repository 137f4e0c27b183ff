"""Quick games of two searchers in one process, for tuning: fixed nodes a move, ended as soon as they are decided."""

from __future__ import annotations

from collections.abc import Callable

from engine.game import Position
from search.alphabeta import AlphaBeta
from search.searcher import Limits

#: A game is won when both players' scores say so by this many centipawns for so many plies.
DECIDED, DECIDED_PLIES = 700, 4
#: A game is drawn when both say less than this for so many plies from that ply on, and at the last ply in any case.
LEVEL, LEVEL_PLIES, LEVEL_FROM = 8, 10, 70
LONGEST = 300


def play(position: Position, players: tuple[AlphaBeta, AlphaBeta], limits: Limits) -> float:
    """Play on from `position`, which is changed: 1, 0.5 or 0 points of the first player, who has the first side."""
    for player in players:
        player.new_game()
    decided = level = 0  # plies so far; `decided` is negative where the second player is winning
    for ply in range(LONGEST):
        outcome = position.outcome()
        if outcome is not None:
            return 0.5 if outcome.winner is None else 1.0 - outcome.winner
        result = players[position.side].search(position.root(), limits)
        score = result.score if position.side == 0 else -result.score
        if abs(score) < DECIDED:
            decided = 0
        elif score > 0:
            decided = max(decided, 0) + 1
        else:
            decided = min(decided, 0) - 1
        level = level + 1 if abs(score) <= LEVEL and ply >= LEVEL_FROM else 0
        if abs(decided) >= DECIDED_PLIES:
            return 1.0 if score > 0 else 0.0
        if level >= LEVEL_PLIES:
            return 0.5
        position.push(result.move)
    return 0.5


def play_pair(start: Callable[[], Position], first: AlphaBeta, second: AlphaBeta, limits: Limits) -> float:
    """The points of `first`, 0 to 2, of two games from one position with sides swapped; `start` makes it."""
    return play(start(), (first, second), limits) + 1.0 - play(start(), (second, first), limits)
