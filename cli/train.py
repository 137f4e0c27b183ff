"""`matchbox train`: a network learns a game by playing against itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from cli.json_report import JsonOption, write_json
from cli.refusal import refuse, understood

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfplay.solved import Grade
    from selfplay.zero import Progress as Iteration
    from selfplay.zero import ZeroRun

#: Boards of Hexapawn with at most so many squares are solved first, to compare.
_SOLVED = 16


def train(
    game: Annotated[str, typer.Argument(help="A board of Hexapawn, files x ranks, such as hexapawn-3x3.")],
    run: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder of the run, new or to go on with; runs/GAME by default."),
    ] = None,
    iterations: Annotated[int, typer.Option(min=1, help="Of playing and learning; more may be asked for later.")] = 30,
    search: Annotated[str, typer.Option(help="gumbel, or puct as in AlphaZero.")] = "gumbel",
    simulations: Annotated[int, typer.Option(min=2, help="For each move.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="The same seed learns the same.")] = 1,
    json: JsonOption = None,
) -> None:
    """Learn a game from nothing but its rules: a network plays against itself and learns from the games.

    The run is saved after every iteration; the same command goes on where it was left. On boards of at most 16 squares,
    what the network says without any search is compared with the solved game: policy (its move is an optimal one), safe
    (its move keeps the value) and value (it knows who wins), as shares of all positions.

    The JSON has the keys run, network (a file) and history, with a row for each iteration of this call.

    \b
    Examples:
      matchbox train hexapawn-3x3
      matchbox train hexapawn-3x3 --run runs/quick --iterations 3 --search puct --json result.json
    """
    from engine.games import game as named
    from engine.hexapawn import HexapawnGame
    from engine.hexapawn.planes import HexapawnEncoding
    from search.mcts import Options
    from selfplay.lockstep import SelfPlayConfig
    from selfplay.zero import ZeroConfig, ZeroRun

    with understood():
        played = named(game)
        if not isinstance(played, HexapawnGame):
            refuse(f"{played.name} is not trained by this command yet; Hexapawn is, as in hexapawn-3x3")
        options = Options(selection=search)  # type: ignore[arg-type]  # refused there if it is none
        plies = played.files + played.ranks + 1
        config = ZeroConfig(
            seed=seed,
            iterations=iterations,
            play=SelfPlayConfig(options=options, simulations=simulations, opening_share=0.8, opening_plies=plies),
        )
        folder = run or Path("runs") / played.name
        zero = ZeroRun(played, HexapawnEncoding(played.files, played.ranks), config, folder)
        rows = _iterate(zero, _grader(zero))
        network = zero.export(played.name)
    if json is not None:
        write_json(json, {"run": str(folder), "network": str(network), "history": rows})
    if json != "-":
        typer.echo(f"The network is {network}; some of the last games are in {folder / 'games.txt'}.")


def _grader(zero: ZeroRun) -> Callable[[], Grade] | None:
    """Compares the network with the solved game, where that is small enough."""
    from engine.game import Position
    from engine.hexapawn.packing import PACKING
    from search.minimax import solve
    from selfplay.solved import grade, lessons

    _, ranks, files = zero.encoding.shape
    if ranks * files > _SOLVED:
        return None
    solution = solve(PACKING, Position(zero.game).state)
    if solution is None:
        return None
    samples = lessons(zero.game.rules, solution)
    return lambda: grade(zero.evaluator, samples, solution)


def _iterate(zero: ZeroRun, grader: Callable[[], Grade] | None) -> list[dict[str, object]]:
    """Iterate to the end behind a progress bar, with a line for each iteration."""
    from dataclasses import asdict

    rows: list[dict[str, object]] = []
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        total = zero.config.iterations
        task = progress.add_task(zero.game.name, total=total, completed=len(zero.history))
        while not zero.finished:
            done = len(zero.history)

            def tell(share: float, done: int = done) -> None:
                progress.update(task, completed=done + share)

            iteration = zero.iterate(tell)
            known = grader() if grader else None
            rows.append({**asdict(iteration), **(asdict(known) if known else {})})
            console.print(_line(iteration, known), highlight=False, soft_wrap=True)
    return rows


def _line(iteration: Iteration, known: Grade | None) -> str:
    words = (
        f"{iteration.iteration:4}  {iteration.games:6} games  losses {iteration.policy_loss:.3f} "
        f"{iteration.value_loss:.3f}  first wins {iteration.first_wins:4.0%}  {iteration.plies:4.1f} plies"
    )
    if known is not None:
        words += f"  policy {known.policy:.1%}  safe {known.safe:.1%}  value {known.value:.1%}"
    return words
