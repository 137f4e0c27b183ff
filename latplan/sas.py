"""Problems as SAS+ in the format that Fast Downward's search reads, without its translator.

Every bit is a variable of two values: 0 set, 1 clear. The translator would look for invariants, make mutex groups of
them, and one variable of bits of which just one is ever set; here are neither. (Format: "Output of the translator" in
Fast Downward's docs.)
"""

from __future__ import annotations

from latplan.problem import Problem


def sas_text(problem: Problem) -> str:
    """The problem, bit by bit: no mutex groups, no axioms, and every action of cost 1."""
    bits = range(problem.task.bits)
    lines = ["begin_version", "3", "end_version", "begin_metric", "0", "end_metric", str(len(bits))]
    for bit in bits:
        lines += ["begin_variable", f"var{bit}", "-1", "2", f"Atom b{bit}()", f"NegatedAtom b{bit}()", "end_variable"]
    lines += ["0", "begin_state", *("0" if bit in problem.initial else "1" for bit in bits), "end_state"]
    lines += ["begin_goal", str(len(bits)), *(f"{bit} {0 if bit in problem.goal else 1}" for bit in bits), "end_goal"]
    lines.append(str(len(problem.task.actions)))
    for action in problem.task.actions:
        wanted = {**dict.fromkeys(action.positive, 0), **dict.fromkeys(action.negative, 1)}
        made = {**dict.fromkeys(action.delete, 1), **dict.fromkeys(action.add, 0)}
        prevail = sorted(wanted.keys() - made.keys())
        lines += ["begin_operator", action.name, str(len(prevail)), *(f"{bit} {wanted[bit]}" for bit in prevail)]
        lines += [str(len(made)), *(f"0 {bit} {wanted.get(bit, -1)} {made[bit]}" for bit in sorted(made))]
        lines += ["1", "end_operator"]
    return "\n".join([*lines, "0"]) + "\n"
