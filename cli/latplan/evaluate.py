"""`matchbox latplan evaluate`: how many plans are found, valid and shortest, by the rules of the puzzle."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from cli.json_report import JsonOption, write_json
from cli.latplan.options import GaussianOption, PuzzleArgument, SaltOption, SecondsOption, SeedOption
from cli.refusal import refuse, understood


def evaluate(
    puzzle: PuzzleArgument,
    model: Annotated[
        str | None, typer.Option(metavar="MODEL", help="A model's file or name; by default the puzzle's own.")
    ] = None,
    instances: Annotated[int, typer.Option(min=1, help="How many tasks.")] = 100,
    steps: Annotated[
        list[int] | None, typer.Option(min=1, max=100, help="Moves from start to goal; may be given again.")
    ] = None,
    seed: SeedOption = 1,
    planner: Annotated[
        list[str] | None, typer.Option(help="As in `latplan plan`; may be given again. Default bidirectional.")
    ] = None,
    seconds: SecondsOption = 600.0,
    gaussian: GaussianOption = 0.0,
    salt_and_pepper: SaltOption = 0.0,
    json: JsonOption = None,
) -> None:
    """Plan for random tasks of a puzzle of the house, and judge every plan by the puzzle's rules.

    Solved: the planner found a plan. Valid: each frame shows a state, each step is a move, both ends are right.
    Optimal: valid, and of the length that a search in the puzzle itself gives.

    The JSON has the keys puzzle, model, seed, noise and rows; a row has planner, asked (steps), steps (as they were,
    on average), instances, refused, solved, valid, optimal, unsolvable, limit, median_seconds (from two pictures to the
    pictures of a plan, of those that were not refused) and median_expanded.

    \b
    Examples:
      matchbox latplan evaluate 8-puzzle --instances 5 --steps 14
      matchbox latplan evaluate hanoi --instances 2 --planner blind --planner fd-lmcut --json result.json
    """
    from cli.first_use import compiled
    from latplan.domains import domain
    from latplan.domains.domain import CutSearchError
    from latplan.evaluation import evaluate as run
    from latplan.evaluation import summary
    from latplan.model import load_model
    from latplan.noise import Noise
    from latplan.planners import PlannerError, SearchLimits
    from latplan.planners import planner as planner_of
    from latplan.shipped import model_file

    with understood():
        made = domain(puzzle)
        file = model_file(model or puzzle)
        learnt = load_model(file)
        planners = [planner_of(name) for name in planner or ["bidirectional"]]
        noise = Noise(gaussian=gaussian, salt_and_pepper=salt_and_pepper)
    if learnt.subspace.shape != made.shape:
        refuse(f"the model's pictures are {list(learnt.subspace.shape)} and those of {puzzle} {list(made.shape)}")
    compiled("planning over bits")
    rows: list[dict[str, Any]] = []
    console = Console(stderr=True)
    for solver in planners:
        for asked in steps or [7]:
            verdicts = run(
                learnt, made, solver, instances=instances, steps=asked, seed=seed,
                limits=SearchLimits(seconds=seconds), noise=noise,
            )  # fmt: skip
            what = f"{solver.name}, {asked} steps"
            try:
                done = list(track(verdicts, what, total=instances, console=console, transient=True))
            except (PlannerError, CutSearchError) as error:
                refuse(str(error))
            rows.append({"planner": solver.name, "asked": asked, **summary(done)})
    if json is not None:
        facts = {"gaussian": gaussian, "salt_and_pepper": salt_and_pepper}
        write_json(json, {"puzzle": puzzle, "model": str(file), "seed": seed, "noise": facts, "rows": rows})
    if json != "-":
        _tell(puzzle, rows)


def _tell(puzzle: str, rows: list[dict[str, Any]]) -> None:
    columns = ("planner", "steps", "instances", "solved", "valid", "optimal", "seconds", "expanded")
    table = Table(*columns, title=puzzle, box=None, header_style="", title_justify="left")
    for row in rows:
        counts = [str(row[name]) for name in ("instances", "solved", "valid", "optimal")]
        expanded = "" if row["median_expanded"] is None else f"{row['median_expanded']:,.0f}"
        seconds = "" if row["median_seconds"] is None else f"{row['median_seconds']:.3f}"
        table.add_row(row["planner"], f"{row['steps']:g}", *counts, seconds, expanded)
    Console().print(table)
