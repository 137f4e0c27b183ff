"""`matchbox train hexapawn-3x3`: a network learns Hexapawn by playing against itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.hiring import ClusterOption, hired
from cli.json_report import JsonOption
from cli.refusal import refuse, understood
from cli.train.begun import StartOption, start_file
from cli.train.self_play import (
    ActorsOption,
    GateOption,
    IterationsOption,
    RunOption,
    SearchOption,
    SeedOption,
    SettingsOption,
    SimulationsOption,
    train_to_the_end,
    warn,
)

if TYPE_CHECKING:
    from engine.hexapawn.game import HexapawnGame
    from search.evaluator import Evaluator

#: Boards with at most so many squares are solved first, to compare.
_SOLVED = 16


def hexapawn(
    board: Annotated[
        str, typer.Argument(help="Files x ranks, such as 3x3; the verb hexapawn-3x3 says it too.")
    ] = "hexapawn-3x3",
    run: RunOption = None,
    iterations: IterationsOption = None,
    search: SearchOption = "gumbel",
    simulations: SimulationsOption = None,
    gate: GateOption = "none",
    settings: SettingsOption = None,
    start: StartOption = None,
    seed: SeedOption = 1,
    actors: ActorsOption = 0,
    cluster: ClusterOption = None,
    json: JsonOption = None,
) -> None:
    """Learn Hexapawn from nothing but its rules: a network plays against itself and learns from the games.

    The run is saved after every iteration; the same command goes on where it was left. On boards of at most 16 squares,
    what the network says without any search is compared with the solved game: policy (its move is an optimal one), safe
    (its move keeps the value), value (it knows who wins), and perfect (both of these), as shares of all positions.

    The JSON has the keys run, network and report (files), and history, with a row for each iteration of this call.

    \b
    Examples:
      matchbox train hexapawn-3x3
      matchbox train hexapawn-3x3 --run runs/quick --iterations 3 --search puct --json result.json
      matchbox train hexapawn-3x3 --run runs/half --set play.full_share=0.5 --set learner.learning_rate=5e-4
    """
    from dataclasses import replace

    from engine.games import game as named
    from engine.hexapawn.game import HexapawnGame
    from selfplay.zero.gating import GateConfig
    from selfplay.zero.recipes import recipe, searching
    from selfplay.zero.run import ZeroRun
    from selfplay.zero.settings import with_settings

    with understood():
        played = named(board if board.startswith("hexapawn") else f"hexapawn-{board}")
        if not isinstance(played, HexapawnGame):
            refuse(f"{board} is no board of Hexapawn; hexapawn-3x3 is one")
        config = recipe(played, seed=seed)
        config = replace(config, iterations=iterations or config.iterations)
        config = replace(config, gate=replace(config.gate, gate=GateConfig(gate=gate).gate))  # type: ignore[arg-type]
        config = searching(config, search, simulations or config.play.simulations)
        config = with_settings(config, settings or [])
        folder, begun = run or Path("runs") / played.name, start_file(start)
        hire = hired(actors, cluster)
        with ZeroRun(played, config, folder, hire=hire, measure=_grader(played), told=warn, start=begun) as zero:
            train_to_the_end(zero, json)


def _grader(game: HexapawnGame) -> Callable[[Evaluator], Mapping[str, float]] | None:
    """Compares the network with the solved game, where that is small enough."""
    from dataclasses import asdict

    from engine.game import Position
    from engine.hexapawn.packing import PACKING
    from search.minimax import solve
    from selfplay.learning.solved import Grader

    if game.files * game.ranks > _SOLVED:
        return None
    solution = solve(PACKING, Position(game).state)
    if solution is None:
        return None
    grader = Grader(game.rules, solution)
    return lambda evaluator: asdict(grader.grade(evaluator))
