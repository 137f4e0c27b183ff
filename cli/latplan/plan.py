"""`matchbox latplan plan`: from two pictures to a plan in pictures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.exit_status import BAD_FILE, NO_PLAN, OUT_OF_LIMITS, UNKNOWN_PICTURE
from cli.json_report import write_json
from cli.latplan.options import ModelOption, PlannerOption, SecondsOption
from cli.refusal import refuse, understood

if TYPE_CHECKING:
    from latplan.planning import Answer


def plan(
    init: Annotated[Path, typer.Argument(metavar="INIT.png", help="A picture of the start.")],
    goal: Annotated[Path, typer.Argument(metavar="GOAL.png", help="A picture of the goal.")],
    model: ModelOption,
    planner: PlannerOption = "bidirectional",
    optimal: Annotated[
        bool, typer.Option("--optimal", help="Take only a planner whose plans are the shortest by the learnt actions.")
    ] = False,
    seconds: SecondsOption = 600.0,
    force: Annotated[
        bool, typer.Option("--force", help="Plan even if a picture looks unlike the puzzle; it may be noisy.")
    ] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for what is written.")] = Path("plan"),
) -> None:
    """Plan from a picture of the start to a picture of the goal, and show the plan as pictures.

    Into the folder go strip.png, plan.gif, frames/000.png and so on, domain.pddl, problem.pddl, plan.txt, and
    result.json with the keys status, plan (names of actions), length, planner, expanded (states), seconds (of the
    phases load, encode, plan, draw and write), and model.

    Exit statuses: 3 if no plan exists by the learnt actions, 4 if a picture is not of this puzzle, 5 if time or memory
    ran out, 6 if a file cannot be used.

    \b
    Examples:
      matchbox latplan plan --model 8-puzzle init.png goal.png --out plan
      matchbox latplan plan --model 8-puzzle init.png goal.png --planner fd-lmcut --optimal
    """
    started = time.monotonic()
    from cli.first_use import compiled
    from latplan.model import load_model
    from latplan.picture_file import read_picture
    from latplan.planners import Outcome, PlannerError, SearchLimits
    from latplan.planners import planner as planner_of
    from latplan.planning import UnknownPictureError, WrongSizeError, as_learnt, plan_pictures
    from latplan.shipped import model_file

    with understood():
        solver = planner_of(planner)
    if optimal and not solver.optimal:
        refuse(f"the plans of {planner} are not always shortest; with --optimal use bidirectional, fd-lmcut, …")
    with understood(BAD_FILE):
        out.mkdir(parents=True, exist_ok=True)
        learnt = load_model(model_file(model))
        start, end = (as_learnt(learnt, read_picture(file)) for file in (init, goal))
        _remove_earlier(out)
    compiled("planning over bits")
    loaded = time.monotonic() - started
    try:
        answer = plan_pictures(learnt, start, end, solver, SearchLimits(seconds=seconds), check=not force)
    except WrongSizeError as error:
        refuse(str(error), UNKNOWN_PICTURE)
    except UnknownPictureError as error:
        refuse(f"{error}; --force plans all the same", UNKNOWN_PICTURE)
    except PlannerError as error:
        refuse(str(error))
    status = answer.result.status
    if optimal and status is Outcome.SOLVED:
        refuse(f"{planner} found a plan but did not prove that it is shortest")
    began = time.monotonic()
    facts = _facts(answer, solver.name, model)
    with understood(BAD_FILE):
        _write(answer, out)
        facts["seconds"] = {"load": loaded, **answer.seconds, "write": time.monotonic() - began}
        write_json(str(out / "result.json"), facts)
    if status is Outcome.UNSOLVABLE:
        refuse("no plan by the learnt actions: none leads from the start to the goal", NO_PLAN)
    if status is Outcome.LIMIT:
        refuse(f"no plan was found within {seconds:g} s and the memory allowed; --seconds gives more", OUT_OF_LIMITS)
    _tell(answer, solver.name, out)


def _facts(answer: Answer, planner: str, model: str) -> dict[str, Any]:
    result, actions = answer.result, answer.problem.task.actions
    return {
        "status": result.status.name,
        "plan": [actions[number].name for number in result.plan],
        "length": result.cost if result.solved else None,
        "planner": planner,
        "expanded": result.expanded,
        "model": model,
    }


def _remove_earlier(out: Path) -> None:
    """Remove what an earlier plan left in the folder: were this one to fail, it would pass for its answer."""
    from latplan.strip import remove_plan

    remove_plan(out)
    for name in ("plan.txt", "domain.pddl", "problem.pddl", "result.json"):
        (out / name).unlink(missing_ok=True)


def _write(answer: Answer, out: Path) -> None:
    """Everything but the facts."""
    from latplan.pddl import domain_text, problem_text
    from latplan.strip import save_plan
    from search.whole_file import write_whole

    write_whole(out / "domain.pddl", domain_text(answer.problem.task))
    write_whole(out / "problem.pddl", problem_text(answer.problem))
    if answer.result.solved:
        names = [answer.problem.task.actions[number].name for number in answer.result.plan]
        write_whole(out / "plan.txt", "".join(f"({name})\n" for name in names) + f"; cost = {len(names)}\n")
        save_plan(answer.frames, out)


def _tell(answer: Answer, planner: str, out: Path) -> None:
    """Say it to a person."""
    result, seconds = answer.result, answer.seconds["plan"]
    names = " ".join(answer.problem.task.actions[number].name for number in result.plan)
    moves = f"{result.cost} {'move' if result.cost == 1 else 'moves'}"
    expanded = f", {result.expanded:,} states expanded" if result.expanded is not None else ""
    shortest = ", the fewest by the learnt actions" if result.status.name == "SOLVED_OPTIMALLY" and result.cost else ""
    typer.echo(f"{moves}{shortest} ({planner}, {seconds:.3f} s{expanded})")
    if names:
        typer.echo(names)
    typer.echo(f"The plan in pictures: {out / 'strip.png'}, {out / 'plan.gif'}")
