"""Monte Carlo tree search, written once for every game and every evaluator."""

from search.mcts.choosing import Temperature
from search.mcts.options import Options
from search.mcts.searcher import MonteCarlo
from search.mcts.telling import MoveStatistics

__all__ = ["MonteCarlo", "MoveStatistics", "Options", "Temperature"]
