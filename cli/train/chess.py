"""`matchbox train chess`: a network learns chess by playing against itself."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.hiring import ClusterOption, hired
from cli.json_report import JsonOption
from cli.refusal import understood
from cli.train.begun import StartOption, encoding_of, start_file
from cli.train.self_play import (
    ActorsOption,
    GateOption,
    HistoryOption,
    IterationsOption,
    RunOption,
    SearchOption,
    SeedOption,
    SettingsOption,
    SimulationsOption,
    train_to_the_end,
    warn,
)


def chess(
    run: RunOption = None,
    iterations: IterationsOption = None,
    search: SearchOption = "gumbel",
    simulations: SimulationsOption = None,
    games: Annotated[int | None, typer.Option(min=1, help="Of an iteration.")] = None,
    blocks: Annotated[int | None, typer.Option(min=0, help="Residual blocks of the network.")] = None,
    channels: Annotated[int | None, typer.Option(min=1, help="Channels of each.")] = None,
    longest: Annotated[int | None, typer.Option(min=1, help="Plies after which a game is a draw.")] = None,
    history: HistoryOption = 0,
    gate: GateOption = "none",
    settings: SettingsOption = None,
    start: StartOption = None,
    seed: SeedOption = 1,
    actors: ActorsOption = 0,
    cluster: ClusterOption = None,
    device: Annotated[str, typer.Option(help="Where the network learns and plays: cpu, or cuda.")] = "cpu",
    json: JsonOption = None,
) -> None:
    """Learn chess from nothing but its rules: a network plays against itself and learns from the games.

    The run is saved after every iteration; the same command goes on where it was left. What is not said is as in the
    recipe, `selfplay.zero.recipes`; --set changes any of it, by the names in docs/training.md.

    The JSON has the keys run, network and report (files), and history, with a row for each iteration of this call.

    \b
    Examples:
      matchbox train chess --games 2 --blocks 1 --channels 8 --simulations 2 --longest 20 --iterations 1
      matchbox train chess --start chess --blocks 5 --channels 48 --set squeeze=0 --games 2 --longest 9 --iterations 1
    """
    from dataclasses import replace

    from engine.games import game
    from selfplay.zero.gating import GateConfig
    from selfplay.zero.recipes import recipe, searching
    from selfplay.zero.run import ZeroRun
    from selfplay.zero.settings import with_settings

    with understood():
        folder, begun = run or Path("runs") / "chess", start_file(start)
        known = recipe(game("chess"), seed=seed, history=history, encoding="" if history else encoding_of(begun, ""))
        config = replace(
            known,
            iterations=iterations or known.iterations,
            games_per_iteration=games or known.games_per_iteration,
            games=min(known.games, games or known.games),
            blocks=known.blocks if blocks is None else blocks,
            channels=channels or known.channels,
            play=replace(known.play, longest=longest or known.play.longest),
            gate=replace(known.gate, gate=GateConfig(gate=gate).gate),  # type: ignore[arg-type]  # refused there
        )
        config = searching(config, search, simulations or known.play.simulations)
        config = replace(config, play=replace(config.play, quick_simulations=max(config.play.simulations // 4, 1)))
        config = with_settings(config, settings or [])
        hire = hired(actors, cluster)
        with ZeroRun(game("chess"), config, folder, hire=hire, told=warn, start=begun, device=device) as zero:
            train_to_the_end(zero, json)
