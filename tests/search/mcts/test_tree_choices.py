"""Options of the tree search: what is forced and left out of what is learnt, moves left, noise, temperatures, draws."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.game import Position
from engine.games import game
from search.mcts import MonteCarlo, Options, Temperature
from search.mcts.bounds import edge_value, exploration_of, moves_left_bonus, select_by_bound, unforced_visits
from search.mcts.forest import NONE, OPEN
from search.rules import WIN
from search.searcher import Limits
from tests.search.mcts.opinions import Opinionated, children_of, nodes_of, tree_of

HEXAPAWN = game("hexapawn4x4")
ROOT = Position(HEXAPAWN).root()


def searched(nodes: int, *, moves_left: bool = False, seed: int = 1, **options: Any) -> MonteCarlo:
    evaluator = Opinionated(HEXAPAWN.rules, moves_left=moves_left)
    searcher = MonteCarlo(evaluator, options=Options(solver=False, **options), hash_mib=8, seed=seed)
    searcher.search(ROOT, Limits(nodes=nodes))
    return searcher


def visits_of(searcher: MonteCarlo) -> Any:
    tree = tree_of(searcher)
    return np.array([0 if child == NONE else int(tree.nodes[child].visits) for child in children_of(searcher, 0)])


def priors_of(searcher: MonteCarlo) -> Any:
    tree = tree_of(searcher)
    return tree.edges[int(tree.nodes[0].first) : int(tree.nodes[0].first) + int(tree.nodes[0].count)]["prior"]


@pytest.mark.bounds
@pytest.mark.interpreted
def test_a_move_that_was_tried_gets_its_forced_playouts() -> None:
    free, forced = searched(400, c_init=0.3), searched(400, c_init=0.3, forced_playouts=2.0)
    n = 399
    least = np.floor(np.sqrt(2.0 * priors_of(forced) * n))
    tried = visits_of(forced) > 0
    assert (visits_of(forced)[tried] >= least[tried] - 1).all()
    assert (visits_of(free) < least - 1).any()  # without them, some move has fewer


def test_visits_that_were_only_forced_are_not_learnt() -> None:
    searcher = searched(400, c_init=0.3, forced_playouts=2.0)
    tree, visits, priors = tree_of(searcher), visits_of(searcher), priors_of(searcher)
    kept = np.zeros(len(visits))
    unforced_visits(tree, kept)
    best, first, total = int(visits.argmax()), int(tree.nodes[0].first), int(visits.sum())
    exploration = float(exploration_of(tree, np.int64(total)))

    def bound(index: int, n: float) -> float:
        return float(edge_value(tree, 0, first + index, 0.0)) + exploration * float(priors[index]) / (1 + n)

    assert kept[best] == visits[best]
    assert kept.sum() < visits.sum()
    for index in range(len(visits)):
        forced = math.floor(math.sqrt(2.0 * priors[index] * total))
        assert visits[index] - forced <= max(kept[index], 1) <= max(visits[index], 1)
        if index != best and kept[index] > 1 and kept[index] < visits[index]:
            assert bound(index, kept[index]) <= bound(best, visits[best]) + 1e-9
        assert kept[index] != 1
    assert list(searcher.improved_policy().values()) == pytest.approx((kept / kept.sum()).tolist())


def test_without_forced_playouts_all_visits_are_learnt() -> None:
    searcher = searched(200)
    visits = visits_of(searcher)
    assert list(searcher.improved_policy().values()) == pytest.approx((visits / visits.sum()).tolist())


@pytest.mark.bounds
@pytest.mark.interpreted
def test_moves_left_count_only_where_the_value_is_nearly_certain() -> None:
    searcher = searched(300, moves_left=True, moves_left_effect=0.05, moves_left_slope=0.01)
    tree = tree_of(searcher)
    root = tree.nodes[0]
    here = float(root.moves_left) / int(root.visits)
    for edge in range(int(root.first), int(root.first) + int(root.count)):
        if tree.edges[edge].child == NONE:
            continue
        child = tree.nodes[int(tree.edges[edge].child)]
        longer = float(child.moves_left) / int(child.visits) + 1 - here
        for value in (0.0, 0.5, -0.8):
            assert moves_left_bonus(tree, 0, edge, value) == 0
        expected = -min(max(0.01 * longer, -0.05), 0.05) / 2
        assert moves_left_bonus(tree, 0, edge, 0.9) == pytest.approx(expected)  # winning: the shorter the better
        assert moves_left_bonus(tree, 0, edge, -0.9) == pytest.approx(-expected)


def test_plies_left_are_one_more_for_each_ply_up() -> None:
    searcher = searched(200, moves_left=True)
    nodes = nodes_of(searcher)
    for number, node in enumerate(nodes):
        if node.status == OPEN and not number:
            below = [nodes[child] for child in children_of(searcher, number) if child != NONE]
            own = float(node.moves_left) - sum(float(child.moves_left) + int(child.visits) for child in below)
            assert 5 <= own < 50  # what was said of the node itself
    assert searcher.statistics()[0].moves_left > 0


def test_who_does_not_know_the_moves_left_does_not_use_them() -> None:
    assert tree_of(searched(10, moves_left_effect=0.5)).head[0].options.moves_left_effect == 0
    assert tree_of(searched(10, moves_left_effect=0.5, moves_left=True)).head[0].options.moves_left_effect == 0.5


def test_noise_is_mixed_into_the_root_once_a_search_and_not_below() -> None:
    quiet = priors_of(searched(50))
    noisy = priors_of(searched(50, noise_share=0.25))
    assert noisy.sum() == pytest.approx(1)
    assert not np.allclose(noisy, quiet)
    assert (noisy >= 0.75 * quiet - 1e-6).all()
    other = priors_of(searched(50, noise_share=0.25, seed=2))
    assert not np.allclose(noisy, other)
    searcher = searched(50, noise_share=0.25)
    searcher.search(ROOT, Limits(nodes=10))  # the tree is kept; the noise is drawn anew, on the policy as it was
    assert (priors_of(searcher) >= 0.75 * quiet - 1e-6).all()
    assert not np.allclose(priors_of(searcher), noisy)


def test_the_root_has_a_policy_temperature_of_its_own() -> None:
    plain, flat = searched(50), searched(50, root_policy_temperature=2.0)
    expected = np.sqrt(priors_of(plain))
    assert priors_of(flat) == pytest.approx(expected / expected.sum(), abs=1e-6)
    for searcher in (plain, flat):  # below it, all is as before
        node = next(number for number, node in enumerate(nodes_of(searcher)) if number and node.status == OPEN)
        tree = tree_of(searcher)
        here = tree.nodes[node]
        edges = tree.edges[int(here.first) : int(here.first) + int(here.count)]
        shares = np.exp(edges["logit"])
        assert edges["prior"] == pytest.approx(shares / shares.sum(), abs=1e-6)


@pytest.mark.parametrize(("way", "value", "fresh"), [("absolute", -1.0, -1.0), ("reduction", 0.0, None)])
def test_first_play_urgency_at_the_root_is_apart(way: Any, value: float, fresh: float | None) -> None:
    searcher = searched(30, root_first_play=way, root_first_play_value=value, first_play_value=5.0)
    tree, visits, priors = tree_of(searcher), visits_of(searcher), priors_of(searcher)
    root = tree.nodes[0]
    unvisited = float(root.win_loss) / int(root.visits) if fresh is None else fresh
    first, total = int(root.first), int(visits.sum())
    scores = [
        (float(edge_value(tree, 0, first + index, 0.0)) if visits[index] else unvisited)
        + float(exploration_of(tree, np.int64(total))) * float(priors[index]) / (1 + visits[index])
        for index in range(len(visits))
    ]
    assert select_by_bound(tree, 0) == first + int(np.argmax(scores))


def test_a_draw_is_worth_the_draw_score_to_the_player_at_the_root() -> None:
    for score in (-1.0, 0.0, 1.0):
        searcher = searched(60, draw_score=score)
        tree = tree_of(searcher)
        root = tree.nodes[0]
        for index, child in enumerate(children_of(searcher, 0)):
            if child != NONE:
                node = tree.nodes[child]
                mean = (score * float(node.draws) - float(node.win_loss)) / int(node.visits)
                assert edge_value(tree, 0, int(root.first) + index, 0.0) == pytest.approx(mean)


def test_a_temperature_is_held_falls_and_ends() -> None:
    temperature = Temperature(start=1.0, hold=4, fall=10, end=0.2)
    assert [temperature.at(ply) for ply in (0, 4, 9, 14, 60)] == pytest.approx([1.0, 1.0, 0.6, 0.2, 0.2])
    assert [Temperature(start=1.0, cutoff=8).at(ply) for ply in (7, 8)] == [1.0, 0.0]
    assert Temperature().at(0) == 0


def test_moves_are_drawn_by_their_visits() -> None:
    visits, values = np.array([60.0, 30.0, 10.0, 0.0]), np.array([0.1, 0.05, -0.5, np.nan])
    rng = np.random.default_rng(1)

    def shares(**settings: float) -> list[float]:
        temperature = Temperature(start=1.0, **settings)  # type: ignore[arg-type]
        drawn = [temperature.draw(visits, values, 0, rng) for _ in range(4_000)]
        return [drawn.count(index) / len(drawn) for index in range(4)]

    assert shares() == pytest.approx([0.6, 0.3, 0.1, 0.0], abs=0.03)
    assert shares(value_cutoff=0.2) == pytest.approx([2 / 3, 1 / 3, 0, 0], abs=0.03)
    assert shares(visit_offset=-10.0) == pytest.approx([5 / 7, 2 / 7, 0, 0], abs=0.03)
    assert Temperature().draw(visits, values, 0, rng) == 0


def test_a_search_draws_its_move_by_the_temperature_and_the_seed_decides() -> None:
    def move(seed: int, temperature: Temperature | None) -> int:
        searcher = MonteCarlo(
            Opinionated(HEXAPAWN.rules),
            options=Options(solver=False, c_init=20.0),
            hash_mib=4,
            seed=seed,
            temperature=temperature,
        )
        return searcher.search(ROOT, Limits(nodes=100)).move

    assert len({move(seed, None) for seed in range(6)}) == 1
    assert len({move(seed, Temperature(start=5.0)) for seed in range(12)}) > 1
    assert move(3, Temperature(start=5.0)) == move(3, Temperature(start=5.0))


def test_the_temperature_draws_no_move_that_is_proven_to_lose() -> None:
    for seed in range(8):
        searcher = MonteCarlo(
            Opinionated(HEXAPAWN.rules),
            options=Options(c_init=20.0),
            hash_mib=4,
            seed=seed,
            temperature=Temperature(start=50.0),
        )
        searcher.search(ROOT, Limits(nodes=30))
        findings = searcher._findings
        best = findings.ranked()[0]
        tree = tree_of(searcher)
        for index, child in enumerate(children_of(searcher, 0)):
            if child != NONE and index != best:
                tree.nodes[child].proven = WIN
        assert findings.proven(findings.edge(best)) is None
        assert {searcher._chosen(findings, 0)[0] for _ in range(20)} == {int(findings.edge(best).move)}


def test_one_simulation_plays_the_policy() -> None:
    searcher = searched(1)
    result = searcher.search(ROOT, Limits(nodes=1))
    searcher.clear_hash()
    result = searcher.search(ROOT, Limits(nodes=1))
    best = max(searcher.statistics(), key=lambda known: known.prior)
    assert (result.move, result.nodes) == (best.move, 1)


def test_numbers_out_of_range_are_refused() -> None:
    wrong: dict[str, float]
    for wrong in ({"noise_share": 1.5}, {"moves_left_threshold": 1.0}, {"forced_playouts": -1.0}, {"noise_alpha": 0.0}):
        with pytest.raises(ValueError, match="must"):
            Options(**wrong)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="visit_offset"):
        Temperature(start=-1.0)
