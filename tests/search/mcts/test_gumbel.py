"""Gumbel AlphaZero, fact by fact (Danihelka and others, "Policy improvement by planning with Gumbel", ICLR 2022)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.game import Position
from engine.games import game
from search.evaluation_cache import CachedEvaluator
from search.evaluator import Batch
from search.mcts import MonteCarlo, Options
from search.mcts.forest import NONE, OPEN
from search.mcts.gumbel import considered_visits, halving
from search.mcts.selection import improved_policy, mixed_value, select, select_considered
from search.rules import WIN
from search.searcher import Limits, Stop
from tests.search.mcts.opinions import Opinionated, children_of, nodes_of, tree_of

CHESS = game("chess")
HEXAPAWN = game("hexapawn4x4")
Floats = npt.NDArray[np.float64]


def searched(nodes: int, *, chess: bool = False, batch: int = 1, seed: int = 1, **options: Any) -> MonteCarlo:
    """A search from the initial position."""
    played = CHESS if chess else HEXAPAWN
    known = Options(selection="gumbel", solver=False, **options)
    searcher = MonteCarlo(Opinionated(played.rules), options=known, hash_mib=8, batch=batch, seed=seed)
    searcher.search(Position(played).root(), Limits(nodes=nodes))
    return searcher


def numbers(searcher: MonteCarlo, node: int = 0) -> tuple[Any, Floats, Floats]:
    """The edges of a node, their visits, and their mean values to its mover (0 without a visit)."""
    tree = tree_of(searcher)
    here = tree.nodes[node]
    edges = tree.edges[int(here.first) : int(here.first) + int(here.count)]
    children = children_of(searcher, node)
    visits = np.array([0.0 if child == NONE else float(tree.nodes[child].visits) for child in children])
    sums = np.array([0.0 if child == NONE else -float(tree.nodes[child].win_loss) for child in children])
    return edges, visits, sums / np.maximum(visits, 1)


def completed(searcher: MonteCarlo, node: int = 0) -> Floats:
    """Logits and weighed completed values, with NumPy, as the paper has them: equations 10, 11 and 33."""
    options = searcher.options
    edges, visits, values = numbers(searcher, node)
    seen = visits > 0
    mixed = float(tree_of(searcher).nodes[node].raw_win_loss)
    if seen.any():
        weighted = (edges["prior"] * values)[seen].sum() / edges["prior"][seen].sum()
        mixed = (mixed + visits.sum() * weighted) / (1 + visits.sum())
    assert mixed_value(tree_of(searcher), node) == pytest.approx(mixed, abs=1e-6)
    filled = np.where(seen, values, mixed)
    if options.rescale_values:
        filled = (filled - filled.min()) / max(filled.max() - filled.min(), 1e-8)
    return np.asarray(edges["logit"] + (options.c_visit + visits.max()) * options.c_scale * filled)


def softmax(scores: Floats) -> Floats:
    shares = np.exp(scores - scores.max())
    return np.asarray(shares / shares.sum())


@pytest.mark.parametrize(
    ("considered", "simulations", "visits"),
    [
        (16, 32, {0: 16, 1: 8, 2: 4, 3: 4}),
        (8, 16, {0: 8, 1: 4, 2: 2, 3: 2}),
        (4, 8, {0: 4, 1: 2, 2: 2}),
        (16, 8, {0: 8}),
    ],
)
def test_the_table_of_considered_visits(considered: int, simulations: int, visits: dict[int, int]) -> None:
    schedule = considered_visits(considered, simulations)
    assert len(schedule) == simulations
    assert {count: schedule.count(count) for count in schedule} == visits


def test_one_move_gets_all_visits_and_two_are_never_halved() -> None:
    assert considered_visits(1, 4) == (0, 1, 2, 3)
    assert considered_visits(2, 5) == (0, 0, 1, 1, 2)
    assert [len(phase) for phase in halving(16, 32)] == [16, 8, 8]


def test_root_logits_are_less_their_maximum() -> None:
    searcher = searched(20)
    for number, node in enumerate(nodes_of(searcher)):
        if node.status == OPEN:
            assert numbers(searcher, number)[0]["logit"].max() == 0


def test_the_penalty_lies_outside_the_maximum() -> None:
    """A move with the considered visits is chosen even where its score is below the floor of -1e9."""
    searcher = searched(1)
    tree = tree_of(searcher)
    edges, visits, _ = numbers(searcher)
    assert not visits.any()
    for edge in edges:
        edge.logit = -3e9
    assert select_considered(tree, np.int64(0)) == 0
    assert select_considered(tree, np.int64(1)) == NONE


def test_the_root_follows_the_move_whose_noise_logit_and_value_are_highest_together() -> None:
    for nodes in (2, 5, 12, 30):
        searcher = searched(nodes, gumbel_scale=1.0)
        tree = tree_of(searcher)
        edges, visits, _ = numbers(searcher)
        scores = np.maximum(-1e9, tree.head[0].gumbels[: len(edges)] + completed(searcher))
        for wanted in set(visits.tolist()):
            expected = int(np.where(visits == wanted, scores, -np.inf).argmax())
            assert select_considered(tree, np.int64(wanted)) == int(tree.nodes[0].first) + expected


def test_noise_is_drawn_once_a_search_and_anew_for_the_next() -> None:
    searcher = searched(10)
    head = tree_of(searcher).head[0]
    count = int(tree_of(searcher).nodes[0].count)
    first = head.gumbels[:count].copy()
    assert len(set(first.tolist())) == count
    for _ in range(3):
        select_considered(tree_of(searcher), np.int64(0))
    assert (head.gumbels[:count] == first).all()
    searcher.clear_hash()
    searcher.search(Position(HEXAPAWN).root(), Limits(nodes=10))
    assert not (tree_of(searcher).head[0].gumbels[:count] == first).any()


def test_scale_0_in_play_leaves_no_noise_and_every_seed_plays_the_same() -> None:
    played = {searched(24, gumbel_scale=0.0, seed=seed).statistics()[0].move for seed in range(5)}
    assert len(played) == 1
    assert not tree_of(searched(24, gumbel_scale=0.0)).head[0].gumbels.any()


def test_there_is_no_dirichlet_noise() -> None:
    searcher = searched(10)
    edges, _, _ = numbers(searcher)
    assert edges["prior"] == pytest.approx(softmax(edges["logit"].astype(np.float64)), abs=1e-6)


@pytest.mark.bounds
@pytest.mark.parametrize("scaling", ["mctx", "minizero"])
def test_the_policy_to_learn_is_the_softmax_of_logits_and_completed_values_without_noise(scaling: str) -> None:
    rescale, scale = (True, 0.1) if scaling == "mctx" else (False, 1.0)
    searcher = searched(60, rescale_values=rescale, c_scale=scale)
    expected = softmax(completed(searcher))
    policy = np.zeros(HEXAPAWN.rules.max_moves)
    for noise in (0.0, 100.0):
        tree_of(searcher).head[0].gumbels[:] = noise * np.arange(HEXAPAWN.rules.max_moves)
        improved_policy(tree_of(searcher), 0, policy)
        assert policy[: len(expected)] == pytest.approx(expected, abs=1e-6)
    assert list(searcher.improved_policy().values()) == pytest.approx(expected.tolist(), abs=1e-6)


@pytest.mark.bounds
@pytest.mark.interpreted
def test_inside_the_tree_visits_follow_the_improved_policy() -> None:
    """The argmax of softmax(logits + sigma) - N / (1 + sum N)."""
    searcher = searched(80)
    tested = 0
    for number, node in enumerate(nodes_of(searcher)):
        if number and node.status == OPEN:
            _, visits, _ = numbers(searcher, number)
            scores = softmax(completed(searcher, number)) - visits / (1 + visits.sum())
            chosen = int(select(tree_of(searcher), number)) - int(node.first)
            assert scores[chosen] == pytest.approx(scores.max(), abs=1e-6)
            tested += 1
    assert tested > 20


def test_the_move_is_the_best_of_the_most_visited() -> None:
    for seed in range(4):
        searcher = searched(24, seed=seed)
        edges, visits, _ = numbers(searcher)
        scores = tree_of(searcher).head[0].gumbels[: len(edges)] + completed(searcher)
        best = int(np.where(visits == visits.max(), scores, -np.inf).argmax())
        assert searcher.statistics()[0].move == int(edges[best].move)


def test_at_most_the_considered_moves_are_tried() -> None:
    _, visits, _ = numbers(searched(60, chess=True))
    assert (visits > 0).sum() == 16
    _, visits, _ = numbers(searched(60, chess=True, considered=4))
    assert (visits > 0).sum() == 4


def proven_lost(searcher: MonteCarlo, index: int) -> None:
    """Let a move of the root be proven to lose."""
    tree_of(searcher).nodes[children_of(searcher, 0)[index]].proven = WIN


def test_a_move_that_is_proven_to_lose_gives_its_visits_to_another() -> None:
    searcher = MonteCarlo(Opinionated(CHESS.rules), options=Options(selection="gumbel", considered=4), hash_mib=8)
    searcher.search(Position(CHESS).root(), Limits(nodes=9))
    tree, first = tree_of(searcher), int(tree_of(searcher).nodes[0].first)
    tree.head[0].begun[:] = 0
    _, visits, _ = numbers(searcher)
    most = np.flatnonzero(visits == visits.max())
    assert len(most) == 2  # two moves were left by the halving, of four
    chosen = int(select_considered(tree, np.int64(visits.max()))) - first
    assert chosen in most
    proven_lost(searcher, chosen)
    other = int(select_considered(tree, np.int64(visits.max()))) - first
    assert {chosen, other} == set(most.tolist())
    proven_lost(searcher, other)
    # Nobody else has so many visits; the best of those with the most takes them.
    third = int(select_considered(tree, np.int64(visits.max()))) - first
    assert visits[third] == max(count for count in visits if count < visits.max()) > 0
    tree.head[0].allowed[:] = 0
    tree.head[0].allowed[most] = 1
    assert select_considered(tree, np.int64(visits.max())) == NONE


def test_of_a_kept_tree_the_visits_of_this_search_choose() -> None:
    searcher = searched(400)
    position = Position(HEXAPAWN)
    position.push(searcher.statistics()[0].move)
    searcher.search(position.root(), Limits(nodes=40))
    _, visits, _ = numbers(searcher)
    fresh = visits - searcher._before
    assert searcher._before.sum() > 40
    assert fresh.sum() == 40
    edges = numbers(searcher)[0]
    best = next(index for index, edge in enumerate(edges) if int(edge.move) == searcher.statistics()[0].move)
    assert fresh[best] == fresh.max()


def test_batches_within_a_phase_change_no_visits_of_the_root() -> None:
    """In a phase each move gets its visits in whatever order, and the next phase waits for their values."""
    one, many = searched(33, gumbel_scale=0.0), searched(33, batch=16, gumbel_scale=0.0)
    assert sorted(numbers(one)[1].tolist()) == sorted(numbers(many)[1].tolist())
    assert isinstance(many.evaluator, Opinionated)
    assert max(many.evaluator.asked) > 1


def test_the_next_phase_waits_also_where_leaves_are_answered_from_memory() -> None:
    cache = CachedEvaluator(Opinionated(HEXAPAWN.rules), mib=4)
    options = Options(selection="gumbel", solver=False, gumbel_scale=0.0)
    root = Position(HEXAPAWN).root()
    MonteCarlo(cache, options=Options(solver=False), hash_mib=8).search(root, Limits(nodes=15))  # knows a part
    many = MonteCarlo(cache, options=options, hash_mib=8, batch=16)
    many.search(root, Limits(nodes=65))
    assert cache.hits > 5
    assert sorted(numbers(many)[1].tolist()) == sorted(numbers(searched(65, gumbel_scale=0.0))[1].tolist())


def test_halving_begins_again_where_the_game_goes_on_or_the_time_is_not_known() -> None:
    searcher = searched(200)
    position = Position(HEXAPAWN)
    position.push(searcher.statistics()[0].move)
    result = searcher.search(position.root(), Limits(nodes=64))
    assert result.nodes == 64  # visits of before do not stop the halving
    assert int(tree_of(searcher).head[0].begun.sum()) > 0
    stop = Stop()

    class Patient(Opinionated):
        def evaluate(self, batch: Batch) -> None:
            super().evaluate(batch)
            if len(self.asked) == 500:
                stop.set()

    options = Options(selection="gumbel", solver=False)
    endless = MonteCarlo(Patient(HEXAPAWN.rules), options=options, hash_mib=8)
    endless.search(Position(HEXAPAWN).root(), Limits(infinite=True), stop=stop)
    _, visits, _ = numbers(endless)
    assert visits.max() > 1.5 * visits.min()  # more than one round of equal shares
