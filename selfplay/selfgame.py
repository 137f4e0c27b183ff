"""Quick games of two searchers in one process, for tuning: fixed nodes a move, ended as soon as they are decided."""

from __future__ import annotations

from engine.chess.game import ChessGame
from engine.game import Position
from search.alphabeta import AlphaBeta
from search.searcher import Limits
from selfplay.openings import Opening

#: A game is won when both players' scores say so by this many centipawns for so many plies.
DECIDED, DECIDED_PLIES = 700, 4
#: A game is drawn when both say less than this for so many plies from that ply on, and at the last ply in any case.
LEVEL, LEVEL_PLIES, LEVEL_FROM = 8, 10, 70
LONGEST = 300


def play(game: ChessGame, opening: Opening, white: AlphaBeta, black: AlphaBeta, nodes: int) -> float:
    """White's points, 1, 0.5 or 0, of one game from the opening's position; each move looks at `nodes` positions."""
    position = Position(game, opening.board().fen())
    white.new_game()
    black.new_game()
    limits = Limits(nodes=nodes)
    decided = level = 0  # plies so far; `decided` is negative where Black is winning
    for ply in range(LONGEST):
        outcome = position.outcome()
        if outcome is not None:
            return 0.5 if outcome.winner is None else 1.0 - outcome.winner
        result = (white if position.side == 0 else black).search(position.root(), limits)
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


def play_pair(game: ChessGame, opening: Opening, first: AlphaBeta, second: AlphaBeta, nodes: int) -> float:
    """The points of `first`, 0 to 2, of two games from one opening with colours swapped."""
    return play(game, opening, first, second, nodes) + 1.0 - play(game, opening, second, first, nodes)
