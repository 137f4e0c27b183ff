"""Deepening in a kernel is the same search as `AlphaBeta.search`: the same nodes, moves and scores."""

from __future__ import annotations

import pytest

from engine.game import Game, Position
from engine.games import game
from search.alphabeta import AlphaBeta
from search.alphabeta.deepening import think
from search.alphabeta.root import rank
from search.searcher import Limits

CHESS, HEXAPAWN = game("chess"), game("hexapawn3x3")
POSITIONS = [
    "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
    "r5rk/5p1p/5R2/4B3/8/8/7P/7K w - - 0 1",  # a mate
    "k7/8/1R6/8/8/8/8/7K b - - 0 1",  # one move
]


def compare(game: Game, texts: list[str], nodes: tuple[int, ...]) -> None:
    """Both searches, one after another without forgetting, say and visit the same."""
    evaluation = game.evaluations.get("classical") or next(iter(game.evaluations.values()))
    plain, compiled = (AlphaBeta(game.rules, evaluation, hash_mib=1) for _ in range(2))
    workers = compiled.bare_worker()
    worker = workers[0]
    for text in texts:
        root = Position(game, text).root()
        for limit in nodes:
            result = plain.search(root, Limits(nodes=limit))
            worker.states[0] = root.state
            count = think(workers, limit)
            assert count == len(Position(game, text).legal())
            best = worker.root[0]
            assert (best.move, best.score, worker.nodes) == (result.move, result.score, result.nodes)
            if result.lines:  # there is none if not even one move was looked at
                assert best.pv[0] == result.lines[0].pv[0]


def test_it_is_the_same_search_of_chess() -> None:
    compare(CHESS, POSITIONS, (1, 50, 700, 6000))


@pytest.mark.bounds
@pytest.mark.interpreted
def test_it_is_the_same_search_of_hexapawn() -> None:
    compare(HEXAPAWN, [HEXAPAWN.start], (5, 60))


def test_a_state_without_moves_has_none() -> None:
    searcher = AlphaBeta(CHESS.rules, CHESS.evaluations["classical"], hash_mib=1)
    workers = searcher.bare_worker()
    workers[0].states[0] = CHESS.parse("R5k1/5ppp/8/8/8/8/8/4K3 b - - 0 1")
    assert think(workers, 100) == 0


def test_ranking_puts_the_best_first_and_keeps_the_order_of_equals() -> None:
    workers = AlphaBeta(CHESS.rules, CHESS.evaluations["classical"], hash_mib=1).bare_worker()
    worker = workers[0]
    scores = [3, 5, 1, 5, 9, 1]
    for index, score in enumerate(scores):
        root = worker.root[index]
        root.move, root.score, root.nodes, root.pv_length, root.pv[0] = index, score, 10 * index, 1, index
    worker.root_first, worker.root_count = 1, len(scores)
    rank(workers)
    assert [int(root.move) for root in worker.root[: len(scores)]] == [0, 4, 1, 3, 2, 5]
    for root in worker.root[: len(scores)]:
        assert (root.score, root.nodes, root.pv[0]) == (scores[root.move], 10 * root.move, root.move)
