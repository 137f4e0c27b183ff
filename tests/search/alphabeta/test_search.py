"""The alpha-beta search on chess: what it must find, the limits it must keep, and every technique switched off."""

from __future__ import annotations

import threading
from dataclasses import fields

import numpy as np
import pytest

from engine.game import Position
from engine.games import game
from search.alphabeta import AlphaBeta, Options
from search.alphabeta.aspiration import depth_less
from search.alphabeta.quiescence import INFINITE
from search.alphabeta.root import search_window
from search.alphabeta.table import LOWER, UPPER, entry_pv, probe
from search.alphabeta.worker import SIGNALS
from search.memory import address_of, aligned_records
from search.searcher import MATE, Info, Limits, Result, Stop

CHESS = game("chess")
KIWIPETE = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"
MATES = {
    "6k1/5ppp/8/8/8/8/8/R3K3 w Q - 0 1": (1, "a1a8"),
    "r5rk/5p1p/5R2/4B3/8/8/7P/7K w - - 0 1": (3, "f6a6"),
    "kbK5/pp6/1P6/8/8/8/8/R7 w - - 0 1": (2, "a1a6"),
    "8/8/8/8/8/5k2/3r4/5K2 b - - 0 1": (1, "d2d1"),
}


@pytest.fixture(scope="module")
def searcher() -> AlphaBeta:
    return AlphaBeta(CHESS.rules, CHESS.evaluations["classical"], hash_mib=4)


def search(searcher: AlphaBeta, fen: str, limits: Limits, stop: Stop | None = None) -> Result:
    """The result of a search that remembers nothing."""
    searcher.new_game()
    return searcher.search(Position(CHESS, fen).root(), limits, stop=stop)


def replay(fen: str, line: tuple[int, ...]) -> Position:
    """The position after a line, whose every move must be legal."""
    position = Position(CHESS, fen)
    for move in line:
        assert move in position.legal()
        position.push(move)
    return position


@pytest.mark.parametrize("fen", MATES)
def test_a_mate_is_found_with_its_distance_and_its_line(fen: str, searcher: AlphaBeta) -> None:
    moves, first = MATES[fen]
    result = search(searcher, fen, Limits(mate=moves, nodes=1_000_000))
    assert result.score == MATE - (2 * moves - 1)
    assert CHESS.move_text(Position(CHESS, fen).state, result.move) == first
    position = replay(fen, result.lines[0].pv)
    outcome = position.outcome()
    assert outcome is not None
    assert outcome.reason == "checkmate"


@pytest.mark.parametrize("name", [field.name for field in fields(Options)])
def test_without_any_one_technique_mates_and_lost_pieces_are_still_found(name: str) -> None:
    searcher = AlphaBeta(CHESS.rules, CHESS.evaluations["classical"], hash_mib=1, options=Options(**{name: False}))
    for fen, (moves, first) in MATES.items():
        result = search(searcher, fen, Limits(mate=moves, nodes=2_000_000))
        assert result.score == MATE - (2 * moves - 1)
        assert CHESS.move_text(Position(CHESS, fen).state, result.move) == first
    result = search(searcher, "r6k/8/8/8/Q7/8/8/4K3 w - - 0 1", Limits(depth=4))
    assert CHESS.move_text(Position(CHESS, "r6k/8/8/8/Q7/8/8/4K3 w - - 0 1").state, result.move) == "a4a8"


def test_a_root_that_failed_high_is_searched_less_deeply_each_time(searcher: AlphaBeta) -> None:
    workers = searcher.bare_worker()
    less = [0]
    for bound in (LOWER, LOWER, UPPER, LOWER):
        less.append(int(depth_less(workers, less[-1], bound)))
    assert less == [0, 1, 2, 0, 1]


def test_what_was_in_a_principal_variation_is_marked_in_the_table(searcher: AlphaBeta) -> None:
    position = Position(CHESS, KIWIPETE)
    line = search(searcher, KIWIPETE, Limits(depth=8)).lines[0].pv
    worker = searcher.bare_worker()[0]
    for move in line[:4]:
        key = np.uint64(CHESS.rules.key(position.state))
        assert entry_pv(np.uint64(probe(worker.table, worker.clusters, key))) == 1
        position.push(move)


def test_a_quiet_move_to_which_every_reply_fails_is_tried_earlier() -> None:
    """The histories after a search differ by the switch, and by it alone."""

    def learnt(**switches: bool) -> int:
        searcher = AlphaBeta(
            CHESS.rules, CHESS.evaluations["classical"], hash_mib=1, options=Options(static_history=False, **switches)
        )
        search(searcher, KIWIPETE, Limits(depth=6))
        return int(np.maximum(searcher.bare_worker()[0].butterfly, 0).astype(int).sum())

    assert learnt() > learnt(failed_reply_history=False)


@pytest.mark.parametrize("nodes", [1, 2, 100, 7777])
def test_a_limit_of_nodes_is_exact(nodes: int, searcher: AlphaBeta) -> None:
    result = search(searcher, KIWIPETE, Limits(nodes=nodes))
    assert nodes <= result.nodes <= nodes + 1
    assert result.move in Position(CHESS, KIWIPETE).legal()


def test_the_same_search_visits_the_same_nodes(searcher: AlphaBeta) -> None:
    first, second = (search(searcher, KIWIPETE, Limits(depth=9)) for _ in range(2))
    assert (first.nodes, first.lines) == (second.nodes, second.lines)


def test_an_iteration_tells_its_line_and_deepens_by_one(searcher: AlphaBeta) -> None:
    told: list[Info] = []
    searcher.new_game()
    result = searcher.search(Position(CHESS, KIWIPETE).root(), Limits(depth=6), told.append)
    exact = [info.line for info in told if info.line is not None and info.line.bound == "exact"]
    assert [line.depth for line in exact] == [1, 2, 3, 4, 5, 6]
    assert exact[-1].pv == result.lines[0].pv
    for line in exact:
        replay(KIWIPETE, line.pv)


def test_several_lines_begin_with_different_moves_best_first(searcher: AlphaBeta) -> None:
    result = search(searcher, KIWIPETE, Limits(depth=6, multipv=5))
    assert [line.rank for line in result.lines] == [1, 2, 3, 4, 5]
    assert len({line.pv[0] for line in result.lines}) == 5
    scores = [line.score for line in result.lines]
    assert scores == sorted(scores, reverse=True)
    assert result.move == result.lines[0].pv[0]


@pytest.mark.parametrize("nodes", [3_000, 10_000, 40_000])
def test_several_lines_are_complete_even_when_an_iteration_is_cut_short(nodes: int, searcher: AlphaBeta) -> None:
    result = search(searcher, KIWIPETE, Limits(nodes=nodes, multipv=4))
    assert [line.depth for line in result.lines] == [result.depth] * 4
    assert len({line.pv[0] for line in result.lines}) == 4


@pytest.mark.parametrize("nodes", [500, 3_000, 10_000, 20_000, 40_000])
def test_of_an_iteration_that_was_broken_off_only_another_best_move_counts(nodes: int, searcher: AlphaBeta) -> None:
    told: list[Info] = []
    searcher.new_game()
    result = searcher.search(Position(CHESS, KIWIPETE).root(), Limits(nodes=nodes), told.append)
    finished = next(
        info.line for info in told if info.line and info.line.depth == result.depth and info.line.bound == "exact"
    )
    line = result.lines[0]
    assert result.score == line.score
    if line.bound == "exact":
        assert (line.score, line.depth, line.pv) == (finished.score, finished.depth, finished.pv)
    else:
        assert line.bound == "lower"
        assert line.pv[0] != finished.pv[0]


class Clock:
    """Stands for the module `time`, and goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_a_search_that_pondered_long_enough_answers_when_its_move_is_played(
    searcher: AlphaBeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, stop = Clock(), Stop()
    for module in ("search.alphabeta.searcher", "search.searcher"):
        monkeypatch.setattr(f"{module}.time", clock)

    def tell(info: Info) -> None:
        if info.line is not None and info.line.depth == 5:
            clock.now = 100.0
        if info.line is not None and info.line.depth == 7:
            stop.ponderhit()

    searcher.new_game()
    limits = Limits(ponder=True, soft_seconds=10, seconds=1000, depth=12)
    result = searcher.search(Position(CHESS, KIWIPETE).root(), limits, tell, stop)
    assert result.depth in (6, 7)


def test_the_score_of_some_moves_is_not_remembered_as_that_of_all(searcher: AlphaBeta) -> None:
    position = Position(CHESS, KIWIPETE)
    for moves, known in (((), True), (tuple(position.legal()[:2]), False)):
        searcher.new_game()
        searcher.search(position.root(), Limits(depth=4, moves=moves))
        worker = searcher._workers[0][0]
        entry = probe(worker.table, worker.clusters, CHESS.rules.key(position.state))
        assert (int(entry) != 0) is known


def test_scores_of_earlier_iterations_do_not_compete_with_those_of_one_cut_short(searcher: AlphaBeta) -> None:
    """Else a move that was good a ply ago would be played because the best one was found to be a little worse."""
    worker = searcher._workers[0][0]
    signals = aligned_records(1, SIGNALS)

    def window(node_limit: int) -> tuple[int, int]:
        """Nodes of the first root move and of all that were searched."""
        search(searcher, KIWIPETE, Limits(depth=1))
        worker.root["score"], worker.root["nodes"] = 500, 0
        worker.nodes, worker.node_limit, worker.signals = 0, node_limit, address_of(signals)
        search_window(searcher._workers[0], 5, -INFINITE, INFINITE)
        return int(worker.root[0].nodes), int(worker.nodes)

    first, every = window(1_000_000)
    window((first + every) // 2)
    assert worker.stopped
    assert 500 not in worker.root["score"][: int(worker.root_count)]


def test_only_the_moves_asked_for_are_considered(searcher: AlphaBeta) -> None:
    allowed = tuple(Position(CHESS, KIWIPETE).legal())[3:5]
    assert search(searcher, KIWIPETE, Limits(depth=5, moves=allowed)).move in allowed


def test_stop_ends_an_endless_search(searcher: AlphaBeta) -> None:
    stop = Stop()
    deep = threading.Event()
    results: list[Result] = []

    def watch(info: Info) -> None:
        if info.line is not None and info.line.bound == "exact" and info.line.depth >= 6:
            deep.set()

    searcher.new_game()
    root = Position(CHESS, KIWIPETE).root()
    thread = threading.Thread(target=lambda: results.append(searcher.search(root, Limits(infinite=True), watch, stop)))
    thread.start()
    assert deep.wait(60)
    assert thread.is_alive()
    stop.set()
    thread.join(60)
    assert results[0].depth >= 6


def test_a_stop_that_came_before_the_search_still_gets_a_move_that_was_looked_at(searcher: AlphaBeta) -> None:
    stop = Stop()
    stop.set()
    result = search(searcher, next(iter(MATES)), Limits(infinite=True), stop)
    assert result.depth == 1
    assert result.score == MATE - 1


def test_several_threads_find_the_same_mate() -> None:
    searcher = AlphaBeta(CHESS.rules, CHESS.evaluations["classical"], hash_mib=4, threads=3)
    fen = "r5rk/5p1p/5R2/4B3/8/8/7P/7K w - - 0 1"
    for _ in range(5):
        assert search(searcher, fen, Limits(depth=9)).score == MATE - 5
    searcher.set_threads(1)
    first, second = (search(searcher, fen, Limits(depth=8)) for _ in range(2))
    assert first.nodes == second.nodes


def test_a_repetition_on_the_board_is_worth_a_draw(searcher: AlphaBeta) -> None:
    position = Position(CHESS, "7k/8/8/8/8/8/q7/7K w - - 0 1")
    for text in ("h1g1", "a2b2", "g1h1", "b2a2", "h1g1", "a2b2", "g1h1"):
        position.push(CHESS.parse_move(position.state, text))
    repeats = CHESS.parse_move(position.state, "b2a2")
    searcher.new_game()
    assert abs(searcher.search(position.root(), Limits(depth=4, moves=(repeats,))).score) <= 1


def test_a_position_without_moves_has_none_to_offer(searcher: AlphaBeta) -> None:
    result = search(searcher, "R5k1/5ppp/8/8/8/8/8/4K3 b - - 0 1", Limits(depth=4))
    assert result.move == 0
    assert result.lines == ()
