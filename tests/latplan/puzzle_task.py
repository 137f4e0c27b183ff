"""The 8-puzzle written by hand over one bit for each tile in each cell: a task whose answers are known."""

from __future__ import annotations

from functools import cache

import numpy as np

from latplan.domains import State, domain
from latplan.problem import Action, Bits, Problem, Task


@cache
def puzzle_task() -> Task:
    """Bit 9 t + c says that tile t lies in cell c; tile 0 is the hole."""
    actions = []
    for hole in range(9):
        for cell in range(9):
            if abs(hole // 3 - cell // 3) + abs(hole % 3 - cell % 3) == 1:
                for tile in range(1, 9):
                    before = frozenset({hole, 9 * tile + cell})
                    after = frozenset({cell, 9 * tile + hole})
                    actions.append(
                        Action(name=f"slide{len(actions)}", positive=before, negative=after, add=after, delete=before)
                    )
    return Task(81, tuple(actions))


def bits_of(state: State) -> frozenset[int]:
    """The bits that are set in a state of `latplan.domains.SlidingTiles`."""
    return frozenset(9 * tile + cell for cell, tile in enumerate(state))


def vector(bits: frozenset[int], size: int) -> Bits:
    """The same bits, of so many."""
    made = np.zeros(size, bool)
    made[list(bits)] = True
    return made


def puzzle_pairs(count: int, seed: int) -> tuple[Bits, Bits]:
    """States of the 8-puzzle, [count, 81], before and after a random slide."""
    rng = np.random.default_rng(seed)
    puzzle = domain("8-puzzle")
    before, after = [], []
    for state in puzzle.sample(count, rng):
        children = puzzle.successors(state)
        before.append(vector(bits_of(state), 81))
        after.append(vector(bits_of(children[rng.integers(len(children))]), 81))
    return np.array(before), np.array(after)


def problem(start: State, goal: State) -> Problem:
    """From one state to another."""
    return Problem(puzzle_task(), bits_of(start), bits_of(goal))


def apart(steps: int, seed: int) -> Problem:
    """Two states that are so many slides apart."""
    instance = domain("8-puzzle").instance(steps, np.random.default_rng(seed))
    assert instance.steps == steps
    return problem(instance.start, instance.goal)
