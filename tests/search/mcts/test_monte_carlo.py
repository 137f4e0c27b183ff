"""Monte Carlo tree search: proofs against minimax, mates, the formulas of the papers, batches, and what is kept."""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np
import pytest

from engine.game import Position
from engine.games import game
from engine.hexapawn.packing import PACKING
from search.mcts import MonteCarlo, Options, Temperature
from search.mcts.bounds import edge_value
from search.mcts.forest import ENDED, NONE, OPEN
from search.mcts.selection import select
from search.mcts.telling import centipawns
from search.mcts.timing import settled
from search.minimax import solve
from search.playouts import Playouts
from search.rules import DRAW, LOSS, WIN
from search.searcher import MATE, MAX_PLY, Info, Limits, Stop
from tests.search.mcts.opinions import Opinionated, children_of, nodes_of, tree_of

CHESS = game("chess")
HEXAPAWN = game("hexapawn3x3")
SELECTIONS = ("puct", "uct", "gumbel")


@pytest.mark.bounds
@pytest.mark.interpreted
@pytest.mark.parametrize("selection", SELECTIONS)
def test_hexapawn_is_solved_and_the_proof_is_true(selection: Any) -> None:
    position = Position(HEXAPAWN)
    solution = solve(PACKING, position.state)
    assert solution is not None
    searcher = MonteCarlo(Playouts(HEXAPAWN.rules), options=Options(selection=selection), hash_mib=1)
    result = searcher.search(position.root(), Limits(nodes=3_000))
    assert solution[position.state].distance - MATE <= result.score < MAX_PLY - MATE
    assert result.nodes < 3_000
    # Every proof in the tree, not only the root's.
    tree = tree_of(searcher)
    proven = 0
    for number, node in enumerate(nodes_of(searcher)):
        if node.proven in (WIN, LOSS):
            entry = solution[tree.states[number]]
            assert entry.value == node.proven
            assert node.plies >= entry.distance  # it is a proof, not always the shortest
            proven += 1
    assert proven > 10


@pytest.mark.parametrize(
    ("fen", "move", "plies"),
    [
        ("6k1/5ppp/8/8/8/8/8/R3K3 w Q - 0 1", "a1a8", 1),
        ("kbK5/pp6/1P6/8/8/8/8/R7 w - - 0 1", "a1a6", 3),
        ("r5rk/5p1p/5R2/4B3/8/8/7P/7K w - - 0 1", "f6a6", 5),
    ],
)
def test_mates_are_proven(fen: str, move: str, plies: int) -> None:
    searcher = MonteCarlo(Playouts(CHESS.rules, games=0), options=Options(selection="uct"))
    position = Position(CHESS, fen)
    result = searcher.search(position.root(), Limits(nodes=60_000))
    assert CHESS.move_text(position.state, result.move) == move
    assert MATE - MAX_PLY < result.score <= MATE - plies
    assert len(result.lines[0].pv) >= 1
    assert searcher.statistics()[0].proven == WIN


@pytest.mark.bounds
@pytest.mark.interpreted
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("batch", [1, 7])
def test_the_sums_of_the_tree_add_up(selection: Any, batch: int) -> None:
    evaluator = Opinionated(HEXAPAWN.rules)
    options = Options(selection=selection, solver=False)
    searcher = MonteCarlo(evaluator, options=options, hash_mib=1, batch=batch)
    result = searcher.search(Position(HEXAPAWN).root(), Limits(nodes=150))
    nodes = nodes_of(searcher)
    assert result.nodes == nodes[0].visits == 150
    assert max(evaluator.asked) <= batch
    if batch > 1 and selection != "gumbel":
        assert max(evaluator.asked) > 1
    assert not nodes["flying"].any()
    for number, node in enumerate(nodes):
        assert abs(node.win_loss) <= node.visits + 1e-9
        if node.status == OPEN:
            below = [nodes[child] for child in children_of(searcher, number) if child != NONE]
            assert node.visits == 1 + sum(child.visits for child in below)
            total = float(node.raw_win_loss) - sum(float(child.win_loss) for child in below)
            assert node.win_loss == pytest.approx(total, abs=1e-5)
        if node.status == ENDED:
            assert node.win_loss == pytest.approx(node.visits * float(node.proven))
    assert sum(searcher.improved_policy().values()) == pytest.approx(1)


def test_a_search_is_reproducible_and_the_seed_matters() -> None:
    def statistics(seed: int, selection: Any = "gumbel") -> Any:
        evaluator = Playouts(CHESS.rules, seed=seed)
        searcher = MonteCarlo(evaluator, options=Options(selection=selection), hash_mib=8, seed=seed)
        position = Position(CHESS)
        found = []
        for _ in range(2):
            searcher.new_game()
            searcher.search(position.root(), Limits(nodes=300))
            found.append([(one.move, one.visits, one.value) for one in searcher.statistics() if one.visits])
        assert found[0] == found[1]
        return found[0]

    assert statistics(1) != statistics(2)
    assert statistics(1, "puct") == statistics(1, "puct")


def reference_puct(searcher: MonteCarlo, node: int) -> int:
    """The formula of AlphaZero with the reduction for first play, written with NumPy."""
    options, tree = searcher.options, tree_of(searcher)
    here = tree.nodes[node]
    edges = tree.edges[int(here.first) : int(here.first) + int(here.count)]
    children = children_of(searcher, node)
    visits = np.array([0 if child == NONE else tree.nodes[child].visits for child in children])
    sums = np.array([0.0 if child == NONE else -tree.nodes[child].win_loss for child in children])
    reduction = options.root_first_play_value if node == 0 else options.first_play_value
    fresh = here.win_loss / here.visits - reduction * math.sqrt(edges["prior"][visits > 0].sum())
    value = np.where(visits > 0, sums / np.maximum(visits, 1), fresh)
    total = visits.sum()
    growth = options.c_init + options.c_factor * math.log((total + options.c_base + 1) / options.c_base)
    return int(here.first) + int(np.argmax(value + growth * edges["prior"] * math.sqrt(max(total, 1)) / (1 + visits)))


def test_puct_is_the_formula_of_the_paper() -> None:
    searcher = MonteCarlo(Opinionated(CHESS.rules), options=Options(c_base=50.0), hash_mib=8)
    for nodes in (2, 10, 100, 400):
        searcher.new_game()
        searcher.search(Position(CHESS).root(), Limits(nodes=nodes))
        tree = tree_of(searcher)
        tried = [number for number, node in enumerate(nodes_of(searcher)) if node.status == OPEN]
        assert len(tried) > nodes // 2
        for node in tried:
            assert select(tree, node) == reference_puct(searcher, node)


def test_what_was_searched_is_kept_as_the_game_goes_on() -> None:
    searcher = MonteCarlo(Opinionated(CHESS.rules), hash_mib=16)
    position = Position(CHESS)
    result = searcher.search(position.root(), Limits(nodes=2_000))
    best = searcher.statistics()[0]
    position.push(result.move)
    searcher.search(position.root(), Limits(nodes=1))
    kept = sum(one.visits for one in searcher.statistics())
    assert best.visits - 1 <= kept <= best.visits + 1
    assert not nodes_of(searcher)["flying"].any()
    # Two plies on, and then somewhere else.
    line = searcher._findings.lines(1)[0].pv
    reply = max(searcher.statistics(), key=lambda one: one.visits)
    assert line[0] == reply.move
    searcher.search(position.root(), Limits(nodes=500))
    position.push(searcher.statistics()[0].move)
    position.push(position.legal()[0])
    searcher.search(position.root(), Limits(nodes=1))
    searcher.search(Position(CHESS, "8/8/8/4k3/8/8/4P3/4K3 w - - 0 1").root(), Limits(nodes=1))
    assert nodes_of(searcher)[0].visits == 1


def test_the_tree_of_another_count_of_the_fifty_move_rule_is_not_kept() -> None:
    searcher = MonteCarlo(Playouts(CHESS.rules, games=0), hash_mib=8)
    for halfmoves, kept in ((0, False), (98, False), (98, True)):
        searcher.search(Position(CHESS, f"6k1/8/8/8/8/8/8/K6R w - - {halfmoves} 80").root(), Limits(nodes=90))
        assert (nodes_of(searcher)[0].visits > 90) == kept


def test_the_tree_of_another_way_to_the_same_state_is_not_kept() -> None:
    """What came before decides which states are repetitions."""
    short, long = Position(CHESS), Position(CHESS)
    for text in ("g1f3", "g8f6"):
        short.push(CHESS.parse_move(short.state, text))
    for text in ("g1f3", "g8f6", "f3g1", "f6g8", "g1f3", "g8f6"):
        long.push(CHESS.parse_move(long.state, text))
    same_clock = Position(CHESS)
    for text in ("g1f3", "b8c6", "f3g1", "c6b8", "g1f3", "g8f6"):
        same_clock.push(CHESS.parse_move(same_clock.state, text))
    searcher = MonteCarlo(Playouts(CHESS.rules, games=0), hash_mib=8)
    for position, visits in ((short, 100), (long, 100), (long, 200), (same_clock, 100)):
        searcher.search(position.root(), Limits(nodes=100))
        assert nodes_of(searcher)[0].visits == visits


@pytest.mark.bounds
@pytest.mark.interpreted
@pytest.mark.parametrize("selection", SELECTIONS)
def test_a_proven_move_is_worth_what_is_proven(selection: Any) -> None:
    evaluator = Opinionated(HEXAPAWN.rules)
    searcher = MonteCarlo(evaluator, options=Options(selection=selection, draw_score=0.25), hash_mib=1)
    searcher.search(Position(HEXAPAWN).root(), Limits(nodes=120))
    tree, nodes = tree_of(searcher), nodes_of(searcher)
    stale = 0
    for number, node in enumerate(nodes):
        for index, child in enumerate(children_of(searcher, number) if node.status == OPEN else []):
            if child != NONE and nodes[child].proven in (WIN, LOSS):
                value = edge_value(tree, number, int(node.first) + index, 0.0)
                assert value == -int(nodes[child].proven)
                stale += abs(float(nodes[child].win_loss) / int(nodes[child].visits) + value) > 0.01
    assert stale > 0
    child = next(child for child in children_of(searcher, 0) if child != NONE)
    nodes[child].proven = DRAW
    edge = int(nodes[child].edge)
    assert edge_value(tree, 0, edge, 0.0) == 0.25


def test_a_repetition_in_the_tree_is_a_draw() -> None:
    fen = "6k1/8/8/8/8/8/8/K6R w - - 0 1"
    searcher = MonteCarlo(Playouts(CHESS.rules, games=0), options=Options(selection="uct"), hash_mib=32)
    searcher.search(Position(CHESS, fen).root(), Limits(nodes=20_000))
    nodes = nodes_of(searcher)
    repeated = nodes[nodes["repetitions"] > 0]
    assert len(repeated)
    below = repeated[repeated["ply"] >= 5]
    assert (below["proven"] == DRAW).all()


def test_limits_are_kept() -> None:
    searcher = MonteCarlo(Playouts(CHESS.rules), hash_mib=32)
    root = Position(CHESS).root()
    assert searcher.search(root, Limits(nodes=123)).nodes == 123
    searcher.new_game()
    only = Position(CHESS).legal()[3]
    result = searcher.search(root, Limits(nodes=50, moves=(only,)))
    assert result.move == only
    assert [one.move for one in searcher.statistics()] == [only]
    searcher.new_game()
    assert len(searcher.search(root, Limits(nodes=400, multipv=4)).lines) == 4
    searcher.new_game()
    assert searcher.search(root, Limits(seconds=0.05)).seconds < 5
    searcher.new_game()
    assert searcher.search(root, Limits(depth=3, nodes=100_000)).depth >= 3
    told: list[Info] = []
    searcher.search(root, Limits(nodes=30), told.append)
    assert told[-1].line is not None
    stop = Stop()
    threading.Timer(0.05, stop.set).start()
    assert searcher.search(root, Limits(infinite=True), stop=stop).move


def test_a_move_is_settled_when_no_other_can_catch_up() -> None:
    searcher = MonteCarlo(Opinionated(CHESS.rules), hash_mib=1)
    searcher.search(Position(CHESS).root(), Limits(nodes=300))
    *_, second, most = sorted(one.visits for one in searcher.statistics())
    assert most > second > 0
    assert settled(tree_of(searcher), most - second - 1)
    assert not settled(tree_of(searcher), most - second)
    # A move that may not be played leads nobody, nor does one that is proven to lose.
    tree = tree_of(searcher)
    edges = tree.edges[int(tree.nodes[0].first) :][: int(tree.nodes[0].count)]
    best = int(np.argmax([tree.nodes[int(edge.child)].visits if edge.child != NONE else 0 for edge in edges]))
    tree.head[0].allowed[best] = 0
    assert not settled(tree, most - second - 1)
    tree.head[0].allowed[best] = 1
    tree.nodes[int(edges[best].child)].proven = WIN
    assert not settled(tree, most - second - 1)


@pytest.mark.parametrize(
    ("selection", "temperature", "looked"),
    [("puct", Temperature(), True), ("gumbel", Temperature(), False), ("puct", Temperature(start=1), False)],
)
def test_a_clock_is_not_used_up_for_a_settled_move(
    monkeypatch: pytest.MonkeyPatch, selection: Any, temperature: Temperature, looked: bool
) -> None:
    asked: list[float] = []
    monkeypatch.setattr(
        "search.mcts.searcher.settled", lambda tree, simulations: bool(asked.append(simulations)) or True
    )
    options = Options(selection=selection)
    searcher = MonteCarlo(Opinionated(CHESS.rules), options=options, temperature=temperature)
    stop = Stop()
    guard = threading.Timer(0.5 if not looked else 60, stop.set)
    guard.start()
    result = searcher.search(Position(CHESS).root(), Limits(seconds=90, soft_seconds=50), stop=stop)
    guard.cancel()
    assert result.move
    # Where the most visited move need not be the one to play, nothing is settled before the time is up.
    assert (len(asked) == 1) == looked
    assert stop.is_set() != looked
    if looked:
        assert 0 < asked[0] < 1e7
        # Neither an analysis nor a fixed time for the move ends early.
        guard = threading.Timer(0.1, stop.set)
        guard.start()
        searcher.search(Position(CHESS).root(), Limits(seconds=60), stop=stop)
        assert stop.is_set()
        assert len(asked) == 1


def test_without_a_move_there_is_none() -> None:
    searcher = MonteCarlo(Playouts(CHESS.rules), hash_mib=1)
    mated = Position(CHESS, "7k/6Q1/6K1/8/8/8/8/8 b - - 0 1")
    result = searcher.search(mated.root(), Limits(nodes=10))
    assert (result.move, result.lines) == (0, ())


def test_a_full_tree_ends_the_search() -> None:
    searcher = MonteCarlo(Playouts(CHESS.rules, games=0), hash_mib=1)
    result = searcher.search(Position(CHESS).root(), Limits(nodes=1_000_000))
    assert 100 < result.nodes < 10_000
    assert result.move


@pytest.mark.bounds
def test_playouts_agree_with_exact_chances() -> None:
    """The chance that the first player wins 3x3 when both play at random, by enumeration."""
    from search.memory import aligned_records
    from search.rules import ONGOING, legal, play, verdict

    rules = HEXAPAWN.rules

    def chance(state: Any) -> float:
        """Of a win for the mover."""
        moves = np.zeros(rules.max_moves, np.int32)
        ended = verdict(state, moves)
        if ended != ONGOING:
            return float(ended == WIN)
        count = int(legal(state, moves))
        total = 0.0
        for move in moves[:count]:
            child = aligned_records(1, rules.dtype)[0]
            play(state, child, int(move))
            total += 1 - chance(child)
        return total / count

    from search.evaluator import new_batch

    batch = new_batch(rules, 2)
    state = Position(HEXAPAWN).state
    for row in range(2):
        batch.states[row] = state
    evaluator = Playouts(rules, games=4_000)
    evaluator.evaluate(batch)
    assert batch.wdl.sum(1) == pytest.approx(1, abs=1e-4)
    assert batch.wdl[0, 0] == pytest.approx(chance(state), abs=0.03)
    assert batch.wdl[0, 0] != batch.wdl[1, 0]


def test_wrong_numbers_are_refused() -> None:
    for wrong in (
        {"selection": "best"}, {"first_play": "x"}, {"c_base": 0.0}, {"virtual_loss": 2.0}, {"considered": 0},
        {"draw_score": -3.0}, {"policy_temperature": 0.0},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"is |cannot"):
            Options(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="takes at least 1"):
        MonteCarlo(Playouts(CHESS.rules), batch=0)
    with pytest.raises(ValueError, match="takes at least 1"):
        MonteCarlo(Playouts(CHESS.rules), hash_mib=0)
    with pytest.raises(ValueError, match="cannot be played"):
        Playouts(CHESS.rules, games=-1)


def test_values_are_told_in_centipawns() -> None:
    assert centipawns(0.0) == 0
    assert centipawns(0.5) == -centipawns(-0.5) > 50
    assert centipawns(1.0) < MATE - MAX_PLY
