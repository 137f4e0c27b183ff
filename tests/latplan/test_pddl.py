"""Tasks as PDDL and as SAS+: written, read by a library's parser, and read back as they were."""

from __future__ import annotations

from pathlib import Path

import pddl
import pytest

from latplan.pddl import domain_text, problem_text, read_domain, read_problem
from latplan.problem import Action, Problem, Task
from latplan.sas import sas_text
from tests.latplan.puzzle_task import apart, puzzle_task

SMALL = Task(
    12,
    (
        Action(
            name="up", positive=frozenset({1}), negative=frozenset({10}), add=frozenset({10}), delete=frozenset({1})
        ),
        Action(name="down", add=frozenset({0})),
        Action(name="idle"),
    ),
)


@pytest.mark.parametrize("task", [SMALL, puzzle_task(), Task(3, ())], ids=["small", "puzzle", "empty"])
def test_a_domain_is_read_back_as_it_was(task: Task) -> None:
    assert read_domain(domain_text(task)) == (task, tuple(f"b{bit}" for bit in range(task.bits)))


def test_a_librarys_parser_reads_the_same(tmp_path: Path) -> None:
    task = puzzle_task()
    path = tmp_path / "domain.pddl"
    path.write_text(domain_text(task))
    read = {action.name: action for action in pddl.parse_domain(path).actions}
    assert read.keys() == {action.name for action in task.actions}
    for action in task.actions:
        for formula, yes, no in (
            (read[action.name].precondition, action.positive, action.negative),
            (read[action.name].effect, action.add, action.delete),
        ):
            parts = {str(part) for part in formula.operands}
            assert parts == {f"(b{bit})" for bit in yes} | {f"(not (b{bit}))" for bit in no}


def test_a_problem_says_of_every_bit_what_is_wanted(tmp_path: Path) -> None:
    asked = apart(5, seed=1)
    path = tmp_path / "problem.pddl"
    path.write_text(problem_text(asked))
    read = pddl.parse_problem(path)
    assert {str(atom.name) for atom in read.init} == {f"b{bit}" for bit in asked.initial}
    assert len(read.goal.operands) == 81


def test_a_problem_is_read_back_as_it_was() -> None:
    asked = apart(5, seed=1)
    assert read_problem(domain_text(asked.task), problem_text(asked)) == asked
    everything = Problem(SMALL, frozenset(range(12)), frozenset())
    assert read_problem(domain_text(SMALL), problem_text(everything)) == everything


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ("(define (domain x))", r"it does not begin with \(define \(problem"),
        ("(define (problem x) (:init) (:goal (and (b0))))", r"the goal does not say whether \(b1\) holds"),
        ("(define (problem x) (:init) (:goal (and (b0) (not (b0)) (b1) (b2))))", "contradicts itself"),
        ("(define (problem x) (:init (= (cost) 0)) (:goal (b0)))", "the initial state is more than a conjunction"),
        ("(define (problem x) (:init))", r"the goal does not say whether \(b0\) holds"),
    ],
)
def test_problems_that_are_not_of_whole_states_are_refused(problem: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_problem(domain_text(Task(3, ())), problem)


def test_sas_says_the_same() -> None:
    lines = sas_text(Problem(SMALL, frozenset({1}), frozenset({10, 0}))).splitlines()
    assert lines[lines.index("begin_state") + 1 : lines.index("end_state")] == ["1", "0", *["1"] * 10]
    goal = lines[lines.index("begin_goal") + 1 : lines.index("end_goal")]
    assert goal == ["12", *(f"{bit} {0 if bit in (0, 10) else 1}" for bit in range(12))]
    up = lines.index("up")
    assert lines[up : up + 6] == ["up", "0", "2", "0 1 0 1", "0 10 1 0", "1"]


def test_domains_of_others_may_use_other_names_and_comments() -> None:
    task, names = read_domain(
        "; a lamp\n(define (domain light) (:requirements :strips) (:types lamp) (:predicates (On) (broken))\n"
        "(:action press :parameters () :precondition (and (not (on)) (not (broken))) :effect (on)) ; that is all\n)"
    )
    assert names == ("broken", "on")
    assert task.actions == (Action(name="press", negative=frozenset({0, 1}), add=frozenset({1})),)


ACTION = "(define (domain x) (:predicates (on) (off)) (:action a {}))"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no pddl at all", "not one list"),
        ("(define (problem x))", "does not begin with"),
        ("(define (domain x)", "does not close every"),
        ("(define (domain x)))", "did not open"),
        ("(define (domain x) (:predicates (on ?lamp)))", r"predicate \(on \?lamp\) has arguments"),
        (ACTION.format(":parameters (?x) :effect (on)"), "action a has parameters"),
        (ACTION.format(":effect"), "is not complete"),
        (ACTION.format(":precondition (or (on) (off))"), r"the precondition of a is more .*: \(or \(on\) \(off\)\)"),
        (ACTION.format(":effect (and (not (lit)))"), r"the effect of a is more .*: \(not \(lit\)\)"),
        (ACTION.format(":effect (when (on) (off))"), "the effect of a is more"),
        ("(define (domain x) (:predicates (on) (off)) (:derived (off) (not (on))))", ":derived is more than bits"),
        ("(define (domain x) (:durative-action a))", ":durative-action is more than bits"),
    ],
)
def test_what_bits_cannot_say_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_domain(text)
