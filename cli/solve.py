"""`matchbox solve`: who wins a game that is small enough to be searched to the end, and how."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from cli.json_report import JsonOption, write_json
from cli.refusal import refuse, understood, writable

if TYPE_CHECKING:
    from engine.game import Game
    from search.minimax import Solution

#: Players as they are told.
PLAYERS = ("the first player", "the second player")


def solve(
    game: Annotated[str, typer.Argument(help="A game with its size, files x ranks, such as hexapawn-3x3.")],
    position: Annotated[
        str | None, typer.Option(help="Solve this position instead of the initial one, such as 'ppp/1P1/P1P b'.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write value, distance and optimal moves of every position to this .npz."),
    ] = None,
    max_positions: Annotated[
        int, typer.Option(min=1, help="Give up beyond so many positions; a position takes about 75 bytes of memory.")
    ] = 100_000_000,
    json: JsonOption = None,
) -> None:
    """Solve a game: say who wins, in how many plies, and by which moves.

    The JSON has the keys game, position, winner (1, 2, or 0 for a draw), plies, optimal_moves, line, positions, ended
    (how many of the positions), and seconds.

    \b
    Examples:
      matchbox solve hexapawn-3x3
      matchbox solve hexapawn-4x4 --json -
    """
    # The command's help shall not wait for the compiler to be imported.
    from cli.first_use import compiled
    from engine.games import game as named
    from engine.hexapawn import HexapawnGame

    with understood():
        played = named(game)
        if not isinstance(played, HexapawnGame):
            refuse(f"{played.name} is too large to be solved; Hexapawn on small boards is not, as in hexapawn-3x3")
        start = position if position is not None else played.start
        played.parse(start)
        writable(out)
        compiled("hexapawn solver")
        began = time.monotonic()
        solution = _solve(played, start, max_positions)
    seconds = time.monotonic() - began
    if solution is None:
        refuse(f"{played.name} has more than {max_positions:,} positions; see --max-positions")
    facts = _facts(played, start, solution, seconds)
    if json != "-":
        _tell(facts)
    if out is not None:
        with understood():
            solution.save(out, game=played.name, start=start)
    if json is not None:
        write_json(json, facts)


def _solve(game: Game, start: str, max_positions: int) -> Solution | None:
    """Solve with a count of positions on the terminal."""
    from engine.hexapawn.packing import PACKING
    from search.minimax import solve as run

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(game.name)

        def report(positions: int) -> None:
            progress.update(task, description=f"{game.name}: {positions:,} positions")

        return run(PACKING, game.parse(start), on_progress=report, max_positions=max_positions)


def _facts(game: Game, start: str, solution: Solution, seconds: float) -> dict[str, object]:
    """What the command tells and writes."""
    root = solution.root
    entry = solution[root]
    side = int(root.side)
    state, line = root, []
    for move in solution.line(root):
        line.append(game.move_text(state, move))
        child = state.copy()
        game.rules.play(state, child, move)
        state = child
    return {
        "game": game.name,
        "position": start,
        "winner": 0 if entry.value == 0 else 1 + (side if entry.value > 0 else 1 - side),
        "plies": entry.distance,
        "optimal_moves": [game.move_text(root, move) for move in entry.optimal],
        "line": line,
        "positions": len(solution),
        "ended": int((solution.distance == 0).sum()),
        "seconds": round(seconds, 3),
    }


def _tell(facts: dict[str, object]) -> None:
    """Say it to a person."""
    winner, line = facts["winner"], facts["line"]
    assert isinstance(winner, int)
    assert isinstance(line, list)
    plies = facts["plies"]
    ending = f"in {plies} {'ply' if plies == 1 else 'plies'}" if plies else "already"
    result = f"{PLAYERS[winner - 1]} wins {ending}" if winner else f"a draw {ending}"
    typer.echo(f"{facts['game']} from {facts['position']}: with best play {result}.")
    if line:
        moves = facts["optimal_moves"]
        assert isinstance(moves, list)
        typer.echo(f"Best moves: {', '.join(moves)}. One best line: {' '.join(line)}.")
    typer.echo(f"{facts['positions']:,} positions, {facts['ended']:,} of them ends, in {facts['seconds']} s.")
