"""Planning over bits: the searches agree with a plain breadth-first search in Python, on random and on known tasks."""

from __future__ import annotations

import math
import random
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.strips import (
    Action,
    BestFirstSearch,
    BidirectionalSearch,
    GoalCount,
    Heuristic,
    Outcome,
    PatternDatabases,
    SearchLimits,
    SearchResult,
    Task,
    Zero,
)
from search.strips.heuristics import OutOfTimeError, Tables
from search.strips.move_pruning import redundant_pairs
from search.strips.task import Words

State = frozenset[int]


def random_task(seed: int, bits: int, actions: int) -> Task:
    """Reversible actions that change one to three bits and ask for up to two more."""
    generator = random.Random(seed)
    made = []
    for number in range(actions):
        used = generator.sample(range(bits), min(bits, generator.randint(1, 5)))
        changed, asked = used[: generator.randint(1, 3)], used[3:]
        up = frozenset(bit for bit in changed if generator.random() < 0.5)
        down = frozenset(changed) - up
        wanted = frozenset(bit for bit in asked if generator.random() < 0.5)
        made.append(
            Action(
                name=f"a{number}",
                positive=down | wanted,
                negative=up | (frozenset(asked) - wanted),
                add=up,
                delete=down,
            )
        )
    return Task(bits, tuple(made))


def distance(task: Task, initial: State, goal: State) -> int | None:
    """By plain breadth-first search."""
    seen, layer, steps = {initial}, [initial], 0
    while layer:
        if goal in seen:
            return steps
        layer = [
            child
            for state in layer
            for action in task.actions
            if action.applicable(state)
            for child in [action.apply(state)]
            if child not in seen and not seen.add(child)  # type: ignore[func-returns-value]
        ]
        steps += 1
    return None


def check(task: Task, initial: State, goal: State, result: SearchResult, length: int | None) -> None:
    if length is None:
        assert result.outcome is Outcome.UNSOLVABLE
        assert not result.plan
        return
    assert result.outcome in (Outcome.SOLVED, Outcome.SOLVED_OPTIMALLY)
    state = initial
    for number in result.plan:
        assert task.actions[number].applicable(state)
        state = task.actions[number].apply(state)
    assert state == goal
    if result.outcome is Outcome.SOLVED_OPTIMALLY:
        assert len(result.plan) == length


OPTIMAL: list[Callable[[], Heuristic]] = [
    Zero,
    lambda: GoalCount(admissible=True),
    lambda: PatternDatabases(bits=4, patterns=3),
]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10**9), bits=st.integers(1, 9), actions=st.integers(0, 14))
def test_all_searches_find_shortest_plans_or_prove_that_there_is_none(seed: int, bits: int, actions: int) -> None:
    task = random_task(seed, bits, actions)
    generator = random.Random(seed)
    for _ in range(3):
        initial, goal = (frozenset(bit for bit in range(bits) if generator.random() < 0.5) for _ in range(2))
        length = distance(task, initial, goal)
        ends = task.pack(initial), task.pack(goal)
        # Pruned or not, the search meets the same states in the same order.
        whole, pruned = (BidirectionalSearch(task, prune_after=after) for after in (10**9, 0))
        result = whole.solve(*ends, SearchLimits())
        check(task, initial, goal, result, length)
        assert length is None or result.outcome is Outcome.SOLVED_OPTIMALLY
        pruned.solve(*ends, SearchLimits())
        again = pruned.solve(*ends, SearchLimits())
        assert (again.outcome, again.plan, again.expanded) == (result.outcome, result.plan, result.expanded)
        for heuristic in OPTIMAL:
            result = BestFirstSearch(task, heuristic()).solve(*ends, SearchLimits())
            check(task, initial, goal, result, length)
            assert length is None or result.outcome is Outcome.SOLVED_OPTIMALLY
        greedy = BestFirstSearch(task, GoalCount(admissible=False), cost_weight=0).solve(*ends, SearchLimits())
        check(task, initial, goal, greedy, length)


def lights(size: int) -> Task:
    """A row of lamps; pressing one switches it and its neighbours, whatever they show: 8 actions for each lamp."""
    actions = []
    for lamp in range(size):
        near = [other for other in (lamp - 1, lamp, lamp + 1) if 0 <= other < size]
        for values in range(1 << len(near)):
            lit = frozenset(other for index, other in enumerate(near) if values >> index & 1)
            dark = frozenset(near) - lit
            actions.append(Action(name=f"{lamp}-{values}", positive=lit, negative=dark, add=dark, delete=lit))
    return Task(size, tuple(actions))


def test_states_of_more_than_one_word() -> None:
    task = lights(70)
    initial = frozenset(range(3, 67))
    pressed = {5, 20, 21, 64, 69}
    goal = initial
    for lamp in pressed:
        goal ^= frozenset(other for other in (lamp - 1, lamp, lamp + 1) if 0 <= other < 70)
    result = BidirectionalSearch(task).solve(task.pack(initial), task.pack(goal), SearchLimits())
    assert {int(task.actions[number].name.partition("-")[0]) for number in result.plan} == pressed
    best = BestFirstSearch(task, GoalCount(admissible=True)).solve(task.pack(initial), task.pack(goal), SearchLimits())
    assert len(best.plan) == 5


def test_of_two_orders_of_pressing_lamps_one_is_tried() -> None:
    task = lights(6)
    first_of = [int(action.name.partition("-")[0]) for action in task.actions]
    redundant = redundant_pairs(task)
    for second, later in enumerate(task.actions):
        for first, sooner in enumerate(task.actions):
            after = (sooner.positive - sooner.delete) | sooner.add
            known = sooner.positive | sooner.negative
            if later.positive & (known - after) or later.negative & after:
                continue  # the one cannot follow the other
            pruned = bool(int(redundant[first, second // 64]) >> second % 64 & 1)
            assert pruned == (first_of[first] >= first_of[second])
    assert not redundant[-1].any()


def test_heuristics_save_work_and_greedy_search_most() -> None:
    task = lights(14)
    ends = task.pack(range(14)), task.pack(())
    blind, counted, patterns = (
        BestFirstSearch(task, heuristic).solve(*ends, SearchLimits())
        for heuristic in (Zero(), GoalCount(admissible=True), PatternDatabases(bits=10, patterns=2))
    )
    assert len(blind.plan) == len(counted.plan) == len(patterns.plan)
    assert blind.expanded > 4 * max(counted.expanded, patterns.expanded)
    greedy = BestFirstSearch(task, GoalCount(admissible=False), cost_weight=0).solve(*ends, SearchLimits())
    assert greedy.outcome is Outcome.SOLVED
    assert greedy.expanded < blind.expanded


def rings(count: int) -> Task:
    """Chinese rings: one is switched where the one before is on and all before that are off; the first always."""
    actions = []
    for ring in range(count):
        on, off = frozenset({ring - 1} if ring else ()), frozenset(range(ring - 1))
        mine = frozenset({ring})
        actions.append(Action(name=f"off{ring}", positive=on | mine, negative=off, delete=mine))
        actions.append(Action(name=f"on{ring}", positive=on, negative=off | mine, add=mine))
    return Task(count, tuple(actions))


@pytest.mark.parametrize(("count", "moves"), [(8, 170), (9, 341)])
def test_distances_beyond_a_byte_are_no_dead_ends(count: int, moves: int) -> None:
    """Nine rings take 341 moves (OEIS A000975); the farthest two states are 511 apart."""
    task, heuristic = rings(count), PatternDatabases()
    none, every = task.pack(()), task.pack(range(count))
    result = BestFirstSearch(task, heuristic).solve(every, none, SearchLimits())
    assert (result.outcome, len(result.plan)) == (Outcome.SOLVED_OPTIMALLY, moves)
    last = task.pack({count - 1})
    result = BestFirstSearch(task, heuristic).solve(last, none, SearchLimits())
    assert (result.outcome, len(result.plan)) == (Outcome.SOLVED_OPTIMALLY, 2**count - 1)
    # What no plan reaches is still known to be so.
    stuck = Task(count + 1, task.actions)
    result = BestFirstSearch(stuck, PatternDatabases()).solve(stuck.pack({count}), stuck.pack(()), SearchLimits())
    assert (result.outcome, result.expanded) == (Outcome.UNSOLVABLE, 0)


@pytest.mark.parametrize("limits", [SearchLimits(seconds=0.0), SearchLimits(mebibytes=0)])
@pytest.mark.parametrize("heuristic", [Zero(), PatternDatabases()])
def test_a_limit_ends_the_search(limits: SearchLimits, heuristic: Heuristic) -> None:
    task = lights(30)
    ends = task.pack(()), task.pack(range(0, 30, 2))
    assert BidirectionalSearch(task).solve(*ends, limits).outcome is Outcome.LIMIT
    assert BestFirstSearch(task, heuristic).solve(*ends, limits).outcome is Outcome.LIMIT


def test_pattern_databases_are_not_finished_when_the_time_is_up() -> None:
    task = lights(60)
    heuristic = PatternDatabases(bits=24, patterns=3)
    started = time.monotonic()
    with pytest.raises(OutOfTimeError):
        heuristic.tables(task, task.pack(()), started - 1)
    assert time.monotonic() - started < 1


def test_memory_is_counted_before_it_is_taken() -> None:
    """Three tables of 16 MiB do not fit into 40; nor do the arrays of a search while they are being doubled."""
    task = lights(60)
    ends = task.pack(()), task.pack(range(0, 60, 2))
    large = PatternDatabases(bits=24, patterns=3)
    result = BestFirstSearch(task, large).solve(*ends, SearchLimits(mebibytes=40))
    assert (result.outcome, result.expanded) == (Outcome.LIMIT, 0)
    for search in (BestFirstSearch(task, Zero()), BidirectionalSearch(task)):
        tracemalloc.start()
        try:
            assert search.solve(*ends, SearchLimits(mebibytes=8)).outcome is Outcome.LIMIT
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert peak < 9 << 20


def test_tables_serve_all_problems_with_one_goal() -> None:
    class Counted(PatternDatabases):
        made = 0

        def tables(self, task: Task, goal: Words, deadline: float = math.inf) -> Tables:
            self.made += 1
            return super().tables(task, goal, deadline)

    task, heuristic = rings(4), Counted()
    search = BestFirstSearch(task, heuristic)
    for initial, goal, made in (({0}, (), 1), ({0, 1}, (), 1), ({0}, {1}, 2), ({0}, (), 3)):
        assert search.solve(task.pack(initial), task.pack(goal), SearchLimits()).outcome is Outcome.SOLVED_OPTIMALLY
        assert heuristic.made == made


def test_what_contradicts_itself_is_refused() -> None:
    bit = frozenset({0})
    with pytest.raises(ValueError, match="preconditions of action 'x' contradict"):
        Action(name="x", positive=bit, negative=bit)
    with pytest.raises(ValueError, match="effects of action 'x' contradict"):
        Action(name="x", add=bit, delete=bit)
    with pytest.raises(ValueError, match="bit outside"):
        Task(1, (Action(name="x", add=frozenset({1})),))
    with pytest.raises(ValueError, match="two actions are called 'x'"):
        Task(1, (Action(name="x"), Action(name="x")))
    careless = Task(1, (Action(name="x", add=bit),))
    assert not careless.reversible
    with pytest.raises(ValueError, match="preconditions say nothing"):
        BidirectionalSearch(careless)
    assert BestFirstSearch(careless, Zero()).solve(careless.pack(()), careless.pack({0}), SearchLimits()).plan == (0,)
    with pytest.raises(ValueError, match="1 to 24 bits"):
        PatternDatabases(bits=25)
