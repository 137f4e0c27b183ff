"""`matchbox train hexapawn-3x3`: a network learns Hexapawn by playing against itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.json_report import JsonOption
from cli.refusal import refuse, understood
from cli.train.self_play import (
    IterationsOption,
    RunOption,
    SearchOption,
    SeedOption,
    SimulationsOption,
    train_to_the_end,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfplay.solved import Grade
    from selfplay.zero import ZeroRun

#: Boards with at most so many squares are solved first, to compare.
_SOLVED = 16


def hexapawn(
    board: Annotated[
        str, typer.Argument(help="Files x ranks, such as 3x3; the verb hexapawn-3x3 says it too.")
    ] = "hexapawn-3x3",
    run: RunOption = None,
    iterations: IterationsOption = 30,
    search: SearchOption = "gumbel",
    simulations: SimulationsOption = 16,
    seed: SeedOption = 1,
    json: JsonOption = None,
) -> None:
    """Learn Hexapawn from nothing but its rules: a network plays against itself and learns from the games.

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
        played = named(board if board.startswith("hexapawn") else f"hexapawn-{board}")
        if not isinstance(played, HexapawnGame):
            refuse(f"{board} is no board of Hexapawn; hexapawn-3x3 is one")
        options = Options(selection=search)  # type: ignore[arg-type]  # refused there if it is none
        plies = played.files + played.ranks + 1
        config = ZeroConfig(
            seed=seed,
            iterations=iterations,
            play=SelfPlayConfig(options=options, simulations=simulations, opening_share=0.8, opening_plies=plies),
        )
        folder = run or Path("runs") / played.name
        zero = ZeroRun(played, HexapawnEncoding(played.files, played.ranks), config, folder)
        train_to_the_end(zero, _grader(zero), json)


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
