"""What the games and their programs compile ahead of use; see `search.compilation`."""

from __future__ import annotations

import numpy as np

from search.compilation import EntryPoint
from search.searcher import Limits

#: Longest first, so that two processes end at about the same time; last, what finds most of it compiled by then.
ENTRY_POINTS = (
    EntryPoint("chess search", f"{__name__}:chess_search"),
    EntryPoint("hexapawn search", f"{__name__}:hexapawn_search"),
    EntryPoint("chess tree search", f"{__name__}:chess_tree_search"),
    EntryPoint("chess tree search with networks", f"{__name__}:chess_network_search"),
    EntryPoint("hexapawn solver", f"{__name__}:hexapawn_solver"),
    EntryPoint("chess perft", f"{__name__}:chess_perft"),
    EntryPoint("planning over bits", "search.strips.entry_point:every_search"),
    EntryPoint("chess games", f"{__name__}:chess_games"),
)


def chess_search() -> None:
    """Alpha-beta over chess with the default evaluation."""
    _search("chess")


def chess_games() -> None:
    """Whole games of chess for training data, and single searches."""
    from engine.chess.packed import new_positions
    from engine.chess.whole_games import COURSE, play_game
    from engine.games import game as named
    from search.alphabeta import AlphaBeta

    game = named("chess")
    searcher = AlphaBeta(game.rules, next(iter(game.evaluations.values())), hash_mib=1)
    searcher.compile()
    workers = searcher.bare_worker()
    workers[0].states[0] = game.parse(game.start)
    play_game(workers, np.zeros(1, COURSE).view(np.recarray)[0], new_positions(1))


def hexapawn_search() -> None:
    """Alpha-beta over Hexapawn: one compilation serves every size of the board."""
    _search("hexapawn3x3")


def _search(name: str) -> None:
    """Everything that a game against the engine calls."""
    from engine.game import Position
    from engine.games import game as named
    from search.alphabeta import AlphaBeta

    game = named(name)
    position = Position(game)
    searcher = AlphaBeta(game.rules, next(iter(game.evaluations.values())), hash_mib=1)
    searcher.compile()
    position.push(searcher.search(position.root(), Limits(depth=1)).move)
    position.outcome()


def chess_tree_search() -> None:
    """Monte Carlo tree search over chess with playouts."""
    from engine.game import Position
    from engine.games import game as named
    from engine.players import PLAYOUTS, new_tree_search

    game = named("chess")
    searcher = new_tree_search(game, PLAYOUTS, hash_mib=1)
    searcher.compile()
    searcher.search(Position(game).root(), Limits(nodes=2))


def chess_network_search() -> None:
    """Monte Carlo tree search over chess with a network, all but the network: that needs torch, and no compiling."""
    import numpy as np

    from engine.encodings import encoding
    from engine.game import Position
    from engine.games import game as named
    from search.evaluation_cache import CachedEvaluator
    from search.evaluator import Batch, Evaluator
    from search.mcts import MonteCarlo

    game = named("chess")

    class Undecided(Evaluator):
        """Draws the planes, and has no opinion."""

        name, rules, history = "undecided", game.rules, 7

        def evaluate(self, batch: Batch) -> None:
            for known in map(encoding, ("chess-planes-1", "chess-attacks-1", "chess-history7-1")):
                known.write_batch(batch, np.zeros((len(batch.counts), *known.shape), np.float32))
            known.write_all_actions(batch.states, np.zeros(batch.moves.shape, np.int32))
            batch.logits[:] = 0
            batch.wdl[:] = (0, 1, 0)

    searcher = MonteCarlo(CachedEvaluator(Undecided(), mib=1), hash_mib=1)
    searcher.compile()
    position = Position(game)
    for _ in range(2):
        position.push(searcher.search(position.root(), Limits(nodes=4)).move)
        searcher.clear_hash()


def hexapawn_solver() -> None:
    """Minimax over Hexapawn."""
    from engine.games import game as named
    from engine.hexapawn.packing import PACKING
    from search.minimax import Minimax
    from search.searcher import Root

    game = named("hexapawn3x3")
    Minimax(PACKING).search(Root(state=game.parse(game.start)), Limits())


def chess_perft() -> None:
    """Both kinds of perft."""
    from engine.chess.perft import divide
    from engine.games import game as named

    game = named("chess")
    state = game.parse(game.start)
    for play_last in (False, True):
        divide(state, 2, play_last=play_last)
