"""Monte Carlo tree search, written once for every game and every evaluator."""

from search.mcts.options import Options
from search.mcts.searcher import MonteCarlo, MoveStatistics

__all__ = ["MonteCarlo", "MoveStatistics", "Options"]
