"""What plays a game: a searcher with one of the game's evaluations."""

from __future__ import annotations

from engine.game import Game
from search.alphabeta import AlphaBeta
from search.mcts import MonteCarlo, Options
from search.playouts import Playouts


def new_searcher(game: Game, evaluation: str = "", *, hash_mib: int = 64, threads: int = 1) -> AlphaBeta:
    """An alpha-beta searcher of `game` with the evaluation of this name, or the game's default one if empty.

    Raises ValueError, with what would be right, for an unknown name.
    """
    known = game.evaluations
    name = evaluation or next(iter(known))
    if name not in known:
        raise ValueError(f"{game.name} has no evaluation {name!r}; it has {', '.join(known)}")
    return AlphaBeta(game.rules, known[name], hash_mib=hash_mib, threads=threads)


def new_tree_search(game: Game, *, hash_mib: int = 64) -> MonteCarlo:
    """Monte Carlo tree search of `game`: UCT with random playouts."""
    return MonteCarlo(Playouts(game.rules), options=Options(selection="uct"), hash_mib=hash_mib)
