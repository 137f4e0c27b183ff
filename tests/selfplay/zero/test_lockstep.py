"""Self-play: games by the rules, targets that are policies, openings, surprise, and resignation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.game import Position
from engine.games import game
from search.evaluator import Batch, Evaluator
from search.mcts import Options
from search.mcts.gumbel import gumbel_noise
from search.playouts import Playouts
from search.rules import DRAW, LOSS, ONGOING, equal, legal, verdict
from selfplay.learning.samples import no_samples
from selfplay.zero.lockstep import Lockstep, PlayedGame, Running, SelfPlayConfig, _Row
from selfplay.zero.many_trees import ManyTrees
from selfplay.zero.played import pack_games, unpack_games
from selfplay.zero.replay import Replay, power_law_window
from selfplay.zero.resignation import ResignationConfig

HEXAPAWN = game("hexapawn3x3")


def played(config: SelfPlayConfig, games: int = 20, name: str = "hexapawn3x3", seed: int = 1) -> list[PlayedGame]:
    chosen = game(name)
    evaluator = Playouts(chosen.rules)
    return Lockstep(lambda: Position(chosen).state, evaluator, config, games=7).play(games, seed)


@pytest.mark.parametrize("selection", ["gumbel", "puct"])
def test_games_are_played_by_the_rules_to_their_ends(selection: Any) -> None:
    config = SelfPlayConfig(options=Options(selection=selection), simulations=8)
    games = played(config)
    assert len(games) == 20
    for one in games:
        position = Position(HEXAPAWN)
        for move in one.moves:
            assert move in position.legal()
            position.push(move)
        outcome = position.outcome()
        assert outcome is not None
        assert one.result == {0: 1, 1: -1, None: 0}[outcome.winner]
        for row, state in enumerate(one.samples.states):
            count = int(one.samples.counts[row])
            assert one.samples.policy[row].sum() == pytest.approx(1, abs=1e-5)
            assert not one.samples.policy[row, count:].any()
            # The outcome is told from the mover's side.
            won = one.result if state.side == 0 else -one.result
            assert one.samples.wdl[row, 1 - won] == 1
    # The same seed plays the same games, another one others.
    assert [one.moves for one in played(config)] == [one.moves for one in games]
    assert [one.moves for one in played(config, seed=2)] != [one.moves for one in games]


def test_a_won_position_is_won_with_a_few_simulations() -> None:
    """Proofs of the search reach the policy that is learnt."""
    one_move = HEXAPAWN.parse("p2/1P1/3 w")
    lockstep = Lockstep(lambda: one_move, Playouts(HEXAPAWN.rules), SelfPlayConfig(opening_share=0.0), games=2)
    buffer = np.zeros(HEXAPAWN.rules.max_moves, np.int32)
    for one in lockstep.play(4, seed=1):
        assert one.result == 1
        assert len(one.moves) == 1
        count = int(legal(one.samples.states[0], buffer))
        assert count == 2
        assert one.samples.policy[0, buffer[:count].tolist().index(one.moves[0])] == 1


class Leaning(Evaluator):
    """Prefers the moves that the generator names last."""

    name = "leaning"
    rules = HEXAPAWN.rules

    def evaluate(self, batch: Batch) -> None:
        batch.logits[:] = np.arange(batch.logits.shape[1])
        batch.wdl[:] = 1 / 3


def trees(simulations: int, **options: Any) -> ManyTrees:
    """A tree of the initial position of Hexapawn after some simulations, in slot 0."""
    many = ManyTrees(HEXAPAWN.rules, Options(**options), slots=1, simulations=8)
    root = Running(Position(HEXAPAWN).state)
    many.search(Leaning(), {0: root}, {0: simulations}, np.random.default_rng(1), noisy={0})
    return many


def test_without_visits_the_policy_of_the_evaluator_decides() -> None:
    found = trees(1, selection="puct", noise_share=0.25).found(0)
    assert not found.visits.any()
    assert found.best() == len(found.moves) - 1
    assert found.policy == pytest.approx(found.raw)
    last, drawn = [], []
    for temperature, chosen in ((0.0, last), (1.0, drawn)):
        config = SelfPlayConfig(
            options=Options(selection="puct"), simulations=1, opening_share=0.0, temperature=temperature
        )
        for one in Lockstep(lambda: Position(HEXAPAWN).state, Leaning(), config, games=10).play(60, seed=1):
            chosen.append(found.moves.tolist().index(one.moves[0]))
    assert set(last) == {2}
    assert np.mean([index == 2 for index in drawn]) == pytest.approx(found.raw[2], abs=0.15)
    assert len(set(drawn)) > 1


def test_equal_visits_leave_the_choice_to_the_policy() -> None:
    found = trees(4, selection="uct").found(0)
    assert found.visits.tolist() == [1, 1, 1]
    assert found.best() == 2


def test_noise_is_as_the_options_say_and_quick_searches_have_none() -> None:
    for scale in (0.0, 0.5, 1.0):
        head = trees(2, selection="gumbel", gumbel_scale=scale)._forest.heads[0]
        expected = scale * gumbel_noise(3, np.random.default_rng(1))
        assert head.gumbels[:3] == pytest.approx(expected)
    many = ManyTrees(HEXAPAWN.rules, Options(noise_share=0.5, noise_alpha=0.3), slots=2, simulations=4)
    roots = {slot: Running(Position(HEXAPAWN).state) for slot in range(2)}
    many.search(Leaning(), roots, dict.fromkeys(roots, 3), np.random.default_rng(1), noisy={1})
    shares = np.exp(np.arange(3)) / np.exp(np.arange(3)).sum()
    assert many._forest.edges[0, :3]["prior"] == pytest.approx(shares, abs=1e-6)
    assert not np.allclose(many._forest.edges[1, :3]["prior"], shares, atol=1e-3)


def test_what_is_proven_to_be_drawn_is_learnt_as_a_draw() -> None:
    searched = trees(8, selection="puct")
    searched._forest.nodes[0, 0].proven = DRAW
    found = searched.found(0)
    assert found.wdl.tolist() == [0, 1, 0]
    lockstep = Lockstep(lambda: Position(HEXAPAWN).state, Leaning(), SelfPlayConfig(), games=1)
    game = Running(Position(HEXAPAWN).state, moves=[1], rows=[_Row(0, Position(HEXAPAWN).state, found)])
    assert lockstep._finished(game, LOSS).samples.wdl.tolist() == [[0, 1, 0]]


def test_plies_to_the_end_are_learnt_where_games_were_played_to_it() -> None:
    for one in played(SelfPlayConfig(), games=10):
        assert one.samples.moves_left.tolist() == list(range(len(one.moves) - one.random, 0, -1))
    config = SelfPlayConfig(simulations=2, longest=6, opening_share=0.0)
    for one in played(config, games=3, name="hexapawn5x5"):
        assert len(one.moves) == 6
        assert np.isnan(one.samples.moves_left).all()


def test_quick_moves_are_not_learnt_from() -> None:
    everything = played(SelfPlayConfig(opening_share=0.0), games=40)
    some = played(SelfPlayConfig(opening_share=0.0, full_share=0.3), games=40)
    assert sum(len(one.samples) for one in everything) == sum(len(one.moves) for one in everything)
    share = sum(len(one.samples) for one in some) / sum(len(one.moves) for one in some)
    assert 0.15 < share < 0.45


def test_long_games_of_chess_are_drawn_at_their_limit() -> None:
    games = played(SelfPlayConfig(simulations=2, longest=12), games=3, name="chess")
    for one in games:
        position = Position(game("chess"))
        for move in one.moves:
            position.push(move)
        if len(one.moves) == 12 and verdict(position.state, np.zeros(256, np.int32)) == ONGOING:
            assert one.result == 0
        assert len(one.moves) <= 12


def test_the_window_keeps_the_newest() -> None:
    replay = Replay(HEXAPAWN.rules, 10)
    with pytest.raises(ValueError, match="nothing to learn from"):
        replay.draw(1, np.random.default_rng(1))
    for first in range(0, 24, 4):
        samples = no_samples(HEXAPAWN.rules, 4)
        samples.counts[:] = np.arange(first, first + 4)
        replay.add(samples)
    assert (len(replay), replay.added) == (10, 24)
    rng = np.random.default_rng(1)
    assert set(replay.draw(300, rng).counts.tolist()) == set(range(14, 24))
    assert set(replay.draw(300, rng, window=3).counts.tolist()) == {21, 22, 23}
    assert power_law_window(100, 1_000) == 100
    assert 1_000 < power_law_window(10_000, 1_000) < 4_000
    with pytest.raises(ValueError, match="holds nothing"):
        Replay(HEXAPAWN.rules, 0)


def test_random_beginnings_are_counted_and_not_learnt_from() -> None:
    games = played(SelfPlayConfig(opening_share=0.7, opening_plies=3), games=60)
    assert {one.random for one in games} == {0, 1, 2, 3}
    assert 0.5 < np.mean([one.random > 0 for one in games]) < 0.9
    for one in games:
        assert len(one.samples) == len(one.moves) - one.random


def test_surprising_moves_are_learnt_from_more_often() -> None:
    config = SelfPlayConfig(simulations=24, opening_share=0.0)
    alike = played(config, games=60, name="hexapawn4x4")
    weighed = played(replace(config, surprise_share=1.0), games=60, name="hexapawn4x4")

    def sharpness(games: list[PlayedGame]) -> float:
        """How certain the policies are; the evaluator finds all moves alike, so certain ones surprise it."""
        return float(np.mean([one.samples.policy.max(1).mean() for one in games if len(one.samples)]))

    assert sharpness(weighed) > sharpness(alike) + 0.02
    total = sum(len(one.samples) for one in weighed)
    assert total == pytest.approx(sum(len(one.moves) for one in weighed), rel=0.1)


def test_the_outcome_may_be_what_the_search_thought() -> None:
    config = SelfPlayConfig(simulations=8, opening_share=0.0, search_share=1.0)
    some = np.concatenate([one.samples.wdl for one in played(config, name="hexapawn4x4")])
    assert np.allclose(some.sum(1), 1, atol=1e-5)
    assert ((some > 0.01) & (some < 0.99)).any(1).mean() > 0.3


def test_lost_games_are_given_up_but_for_some() -> None:
    config = SelfPlayConfig(
        simulations=24, opening_share=0.0, resignation=ResignationConfig(enabled=True, moves=1, played_on=0.4)
    )
    evaluator = Playouts(HEXAPAWN.rules, games=4)
    lockstep = Lockstep(lambda: Position(HEXAPAWN).state, evaluator, config, games=10)
    assert not any(one.resigned for one in lockstep.play(20, seed=1))
    games = lockstep.play(60, seed=1, resign_at=-0.5)
    assert 0.2 < np.mean([one.played_on for one in games]) < 0.6
    resigned = [one for one in games if one.resigned]
    assert len(resigned) > 10
    for one in resigned:
        assert not one.played_on
        assert np.isnan(one.samples.moves_left).all()
        # The player to move gave up.
        assert one.result == (-1 if len(one.moves) % 2 == 0 else 1)
        assert one.lowest[len(one.moves) % 2] <= -0.5


class Seeing(Playouts):
    """Notes the states that it is asked about, with those before them."""

    history = 2

    def __init__(self) -> None:
        super().__init__(HEXAPAWN.rules)
        self.seen: list[list[Any]] = []

    def evaluate(self, batch: Batch) -> None:
        for row, known in enumerate(batch.past_counts):
            self.seen.append([batch.states[row].copy(), *(batch.past[row, back].copy() for back in range(known))])
        super().evaluate(batch)


def follows(before: Any, after: Any) -> bool:
    moves = np.zeros(HEXAPAWN.rules.max_moves, np.int32)
    child = HEXAPAWN.new_state()
    for index in range(int(legal(before, moves))):
        HEXAPAWN.rules.play(before, child, int(moves[index]))
        if equal(child, after):
            return True
    return False


def test_what_came_before_is_seen_and_learnt() -> None:
    seeing = Seeing()
    start = Position(HEXAPAWN).state
    config = SelfPlayConfig(simulations=6, opening_share=0.0)
    games = Lockstep(lambda: start, seeing, config, games=3).play(5, seed=1)
    for one in unpack_games(pack_games(games, HEXAPAWN.rules), HEXAPAWN.rules):
        states = [start]
        position = Position(HEXAPAWN)
        for move in one.moves:
            position.push(move)
            states.append(position.state)
        assert one.samples.past_counts.tolist() == [0, 1, *[2] * (len(one.moves) - 2)]
        for ply in range(len(one.moves)):
            for back in range(one.samples.past_counts[ply]):
                assert equal(one.samples.past[ply, back], states[ply - 1 - back])
    assert {len(line) for line in seeing.seen} == {1, 2, 3}
    assert all(follows(line[back + 1], line[back]) for line in seeing.seen for back in range(len(line) - 1))


def test_games_travel_as_bytes() -> None:
    games = played(SelfPlayConfig(full_share=0.5), games=7)
    content = pack_games(games, HEXAPAWN.rules)
    assert content == pack_games(games, HEXAPAWN.rules)
    again = unpack_games(content, HEXAPAWN.rules)
    for one, other in zip(games, again, strict=True):
        for field in ("moves", "random", "result", "resigned", "played_on"):
            assert getattr(one, field) == getattr(other, field)
        assert one.lowest == pytest.approx(other.lowest)
        assert all(equal(*states) for states in zip(one.samples.states, other.samples.states, strict=True))
        for field in ("repetitions", "counts", "policy", "wdl", "moves_left"):
            assert np.array_equal(getattr(one.samples, field), getattr(other.samples, field))
    for damaged in (b"", content[:-30], content[:50]):
        with pytest.raises(ValueError, match="these are no games"):
            unpack_games(damaged, HEXAPAWN.rules)


@pytest.mark.parametrize(
    "wrong", [{"simulations": 0}, {"full_share": 0.0}, {"opening_share": 2.0}, {"surprise_share": 2.0},
              {"temperature": -1.0}]
)  # fmt: skip
def test_a_configuration_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must"):
        SelfPlayConfig(**wrong)
