"""Tasks as PDDL (`:strips :negative-preconditions`) that any planner reads, and PDDL as tasks and problems.

Bit 7 is the predicate `(b7)` without arguments. Domains of others may use other names, without arguments as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from latplan.problem import Action, Problem, Task

#: Name of the domain that is written.
DOMAIN = "latent"
#: Sections of a domain that are read, and such as say nothing where there are no arguments.
_SECTIONS = (":predicates", ":action", ":requirements", ":types", ":constants", ":functions")


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


def read_domain(text: str) -> tuple[Task, tuple[str, ...]]:
    """The task in a PDDL domain, and the name of each bit's predicate.

    ValueError for a text that is no PDDL domain, and for one that needs more than conjunctions of predicates without
    arguments. (Our own reader: a library's takes a second for the domains that pictures make.)
    """
    sections = _sections(text, "domain")
    for section in sections:
        if section[0] not in _SECTIONS:
            raise ValueError(f"{_shown(section[0])} is more than bits and actions can say")
    predicates = next((section[1:] for section in sections if section[0] == ":predicates"), [])
    for predicate in predicates:
        if not isinstance(predicate, list) or len(predicate) != 1:
            raise ValueError(f"predicate {_shown(predicate)} has arguments, which is more than bits can say")
    names = tuple(sorted((str(predicate[0]) for predicate in predicates), key=_by_number))
    bits = {name: bit for bit, name in enumerate(names)}
    return Task(len(names), tuple(_action(part, bits) for part in sections if part[0] == ":action")), names


def read_problem(domain: str, problem: str) -> Problem:
    """The problem in the texts of a PDDL domain and of a problem of it.

    ValueError for what `read_domain` refuses, and for a goal that does not say of every predicate what it shall be.
    """
    task, names = read_domain(domain)
    bits = {name: bit for bit, name in enumerate(names)}
    parts = {str(section[0]): section[1:] for section in _sections(problem, "problem")}
    initial, negated = _literals(["and", *parts.get(":init", [])], bits, "the initial state")
    goal, clear = _literals((parts.get(":goal") or [[]])[0], bits, "the goal")
    open_bits = sorted(set(bits.values()) - goal - clear)
    if open_bits:
        raise ValueError(f"the goal does not say whether ({names[open_bits[0]]}) holds; a whole state is wanted")
    if initial & negated or goal & clear:
        raise ValueError("the initial state or the goal contradicts itself")
    return Problem(task, initial, goal)


#: What is read: names and lists of such.
_Expression = str | list["_Expression"]


def _sections(text: str, what: str) -> list[list[_Expression]]:
    """The lists in a definition, after its name."""
    parts = _parsed(text)
    if len(parts) < 2 or parts[0] != "define" or not isinstance(parts[1], list) or parts[1][:1] != [what]:
        raise ValueError(f"it does not begin with (define ({what} …")
    return [part for part in parts[2:] if isinstance(part, list) and part]


def _action(section: list[_Expression], bits: dict[str, int]) -> Action:
    if len(section) % 2 or len(section) < 2 or not isinstance(section[1], str):
        raise ValueError(f"action {_shown(section)[:60]} is not complete")
    name = section[1]
    parts = {str(key): value for key, value in zip(section[2::2], section[3::2], strict=True)}
    if parts.get(":parameters", []):
        raise ValueError(f"action {name} has parameters, which is more than bits can say")
    positive, negative = _literals(parts.get(":precondition", []), bits, f"the precondition of {name}")
    add, delete = _literals(parts.get(":effect", []), bits, f"the effect of {name}")
    return Action(name=name, positive=positive, negative=negative, add=add, delete=delete - add)


def _parsed(text: str) -> list[_Expression]:
    """The one list that the text is; comments run from a semicolon to the end of their line."""
    outermost: list[_Expression] = []
    open_lists = [outermost]
    for token in re.findall(r"[()]|[^\s()]+", re.sub(r";[^\n]*", "", text).lower()):
        if token == "(":
            inner: list[_Expression] = []
            open_lists[-1].append(inner)
            open_lists.append(inner)
        elif token != ")":
            open_lists[-1].append(token)
        elif len(open_lists) == 1:
            raise ValueError("it closes a parenthesis that it did not open")
        else:
            open_lists.pop()
    if len(open_lists) > 1:
        raise ValueError("it does not close every parenthesis")
    if len(outermost) != 1 or not isinstance(outermost[0], list):
        raise ValueError("it is not one list in parentheses")
    return outermost[0]


def _by_number(name: str) -> tuple[str, int, str]:
    """A key that sorts b2 before b10."""
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or -1), name


def _literals(formula: _Expression, bits: dict[str, int], what: str) -> tuple[frozenset[int], frozenset[int]]:
    """The bits that a conjunction says are set, and those that it says are clear."""
    yes: set[int] = set()
    no: set[int] = set()
    waiting = [formula] if formula else []
    while waiting:
        part = waiting.pop()
        if isinstance(part, list) and part[:1] == ["and"]:
            waiting += part[1:]
        elif isinstance(part, list) and len(part) == 1 and part[0] in bits:
            yes.add(bits[str(part[0])])
        elif isinstance(part, list) and len(part) == 2 and part[0] == "not" and isinstance(part[1], list):
            if len(part[1]) != 1 or part[1][0] not in bits:
                raise ValueError(f"{what} is more than a conjunction of known predicates: {_shown(part)}")
            no.add(bits[str(part[1][0])])
        else:
            raise ValueError(f"{what} is more than a conjunction of known predicates: {_shown(part)}")
    return frozenset(yes), frozenset(no)


def _shown(expression: _Expression) -> str:
    if isinstance(expression, str):
        return expression
    return f"({' '.join(map(_shown, expression))})"
