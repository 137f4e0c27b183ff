"""Alpha-beta: one source for every game, compiled for each pair of a game's record and an evaluation's record."""

from search.alphabeta.options import Options
from search.alphabeta.parameters import Parameters
from search.alphabeta.searcher import AlphaBeta

__all__ = ["AlphaBeta", "Options", "Parameters"]
