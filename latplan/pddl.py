"""Tasks as PDDL (`:strips :negative-preconditions`) that any planner reads, and PDDL domains as tasks.

Bit 7 is the predicate `(b7)` without arguments. Domains of others may use other names, without arguments as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pddl
from pddl.logic.base import And, Formula, Not
from pddl.logic.predicates import Predicate

from latplan.problem import Action, Problem, Task

#: Name of the domain that is written.
DOMAIN = "latent"


def domain_text(task: Task) -> str:
    """The task as a PDDL domain."""
    lines = [f"(define (domain {DOMAIN})", "  (:requirements :strips :negative-preconditions)"]
    lines.append("  (:predicates" + "".join(f" (b{bit})" for bit in range(task.bits)) + ")")
    for action in task.actions:
        lines += [
            f"  (:action {action.name}",
            "    :parameters ()",
            f"    :precondition {_conjunction(action.positive, action.negative)}",
            f"    :effect {_conjunction(action.add, action.delete)})",
        ]
    return "\n".join([*lines, ")"]) + "\n"


def problem_text(problem: Problem) -> str:
    """The initial state and the goal as a PDDL problem; the goal says of every bit whether it is set."""
    clear = frozenset(range(problem.task.bits)) - problem.goal
    init = " ".join(f"(b{bit})" for bit in sorted(problem.initial))
    return (
        f"(define (problem picture-to-picture)\n  (:domain {DOMAIN})\n  (:init {init})\n"
        f"  (:goal {_conjunction(problem.goal, clear)})\n)\n"
    )


def _conjunction(yes: Iterable[int], no: Iterable[int]) -> str:
    parts = [f"(b{bit})" for bit in sorted(yes)] + [f"(not (b{bit}))" for bit in sorted(no)]
    return f"(and {' '.join(parts)})" if parts else "(and)"


def read_domain(path: Path) -> tuple[Task, tuple[str, ...]]:
    """The task in a PDDL domain, and the name of each bit's predicate.

    ValueError for a file that is no PDDL, and for a domain that needs more than conjunctions of predicates without
    arguments.
    """
    try:
        domain = pddl.parse_domain(path)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except Exception as error:  # the parser raises many kinds
        reason = str(error).strip().splitlines()
        raise ValueError(f"{path} is no PDDL domain: {reason[0] if reason else type(error).__name__}") from None
    for predicate in domain.predicates:
        if predicate.arity:
            raise ValueError(f"{path}: predicate {predicate.name} has arguments, which is more than bits can say")
    names = tuple(sorted((predicate.name for predicate in domain.predicates), key=_by_number))
    bits = {name: bit for bit, name in enumerate(names)}
    actions = []
    for action in sorted(domain.actions, key=lambda action: _by_number(action.name)):
        if action.parameters:
            raise ValueError(f"{path}: action {action.name} has parameters, which is more than bits can say")
        positive, negative = _literals(action.precondition, bits, f"{path}: the precondition of {action.name}")
        add, delete = _literals(action.effect, bits, f"{path}: the effect of {action.name}")
        actions.append(
            Action(name=str(action.name), positive=positive, negative=negative, add=add, delete=delete - add)
        )
    return Task(len(names), tuple(actions)), names


def _by_number(name: str) -> tuple[str, int, str]:
    """A key that sorts b2 before b10."""
    text = str(name)
    letters = text.rstrip("0123456789")
    return letters, int(text[len(letters) :] or -1), text


def _literals(formula: Formula | None, bits: dict[str, int], what: str) -> tuple[frozenset[int], frozenset[int]]:
    """The bits that a conjunction says are set, and those that it says are clear."""
    yes: set[int] = set()
    no: set[int] = set()
    waiting = [] if formula is None else [formula]
    while waiting:
        part = waiting.pop()
        if isinstance(part, And):
            waiting += part.operands
        elif isinstance(part, Predicate):
            yes.add(bits[part.name])
        elif isinstance(part, Not) and isinstance(part.argument, Predicate):
            no.add(bits[part.argument.name])
        else:
            raise ValueError(f"{what} is more than a conjunction of bits")
    return frozenset(yes), frozenset(no)
