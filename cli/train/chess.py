"""`matchbox train chess`: a network learns chess by playing against itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.json_report import JsonOption
from cli.refusal import understood
from cli.train.self_play import (
    IterationsOption,
    RunOption,
    SearchOption,
    SeedOption,
    SimulationsOption,
    train_to_the_end,
)


def chess(
    run: RunOption = None,
    iterations: IterationsOption = 100,
    search: SearchOption = "gumbel",
    simulations: SimulationsOption = 32,
    games: Annotated[int, typer.Option(min=1, help="Of an iteration, played side by side.")] = 64,
    blocks: Annotated[int, typer.Option(min=0, help="Residual blocks of the network.")] = 4,
    channels: Annotated[int, typer.Option(min=1, help="Channels of each.")] = 64,
    longest: Annotated[int, typer.Option(min=1, help="Plies after which a game is a draw.")] = 300,
    seed: SeedOption = 1,
    json: JsonOption = None,
) -> None:
    """Learn chess from nothing but its rules: a network plays against itself and learns from the games.

    The run is saved after every iteration; the same command goes on where it was left.

    The JSON has the keys run, network (a file) and history, with a row for each iteration of this call.

    \b
    Examples:
      matchbox train chess --games 2 --blocks 1 --channels 8 --simulations 2 --longest 20 --iterations 1
    """
    from engine.chess.planes import ChessEncoding
    from engine.games import game
    from search.mcts import Options
    from selfplay.lockstep import SelfPlayConfig
    from selfplay.zero import ZeroConfig, ZeroRun

    with understood():
        config = ZeroConfig(
            seed=seed,
            iterations=iterations,
            games=games,
            games_per_iteration=games,
            blocks=blocks,
            channels=channels,
            play=SelfPlayConfig(
                options=Options(selection=search),  # type: ignore[arg-type]  # refused there if it is none
                simulations=simulations,
                quick_simulations=max(simulations // 4, 1),
                full_share=0.25,
                longest=longest,
            ),
        )
        folder = run or Path("runs") / "chess"
        train_to_the_end(ZeroRun(game("chess"), ChessEncoding(), config, folder), None, json)
