"""`matchbox epd`: how many positions of a test suite the engine solves, and how fast."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.first_use import loaded
from cli.json_report import JsonOption, write_json
from cli.refusal import understood
from cli.search_options import (
    DepthOption,
    EvaluationOption,
    HashOption,
    NodesOption,
    SecondsOption,
    ThreadsOption,
    limits,
)


def epd(
    suite: Annotated[Path, typer.Argument(help="A file in EPD, each position with bm (best move) or am (avoid move).")],
    seconds: SecondsOption = None,
    nodes: NodesOption = None,
    depth: DepthOption = None,
    threads: ThreadsOption = 1,
    hash_mib: HashOption = 64,
    evaluation: EvaluationOption = "",
    first: Annotated[int | None, typer.Option(min=1, help="Only so many positions, from the first.")] = None,
    chess960: Annotated[bool, typer.Option("--chess960", help="The positions are of Chess960.")] = False,
    json: JsonOption = None,
) -> None:
    """Solve the positions of a test suite, 1 second each unless told otherwise, and print a table.

    The time to solution is when the move that was chosen in the end, if right, was first preferred and never given up.

    The JSON has the keys suite, limits (seconds, nodes, depth), threads, solved, positions, nodes, seconds, and
    attempts: for each position id, fen, best, avoid, move, solved, seconds_to_solution (null if not solved), score
    (centipawns or a mate, the mover's view), depth, nodes and seconds.

    \b
    Examples:
      matchbox epd mates.epd --seconds 0.2
      matchbox epd mates.epd --nodes 20000 --json -
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    from cli.interruptible import Interruptible
    from engine.chess.game import ChessGame
    from engine.epd import attempt, read_suite, solved_share
    from engine.players import new_searcher
    from engine.uci.report import score_text

    game = ChessGame(chess960=chess960)
    with understood():
        problems = read_suite(suite, game)[:first]
        searcher = Interruptible(new_searcher(game, evaluation, hash_mib=hash_mib, threads=threads))
    loaded(searcher, game)
    each = limits(seconds, nodes, depth, default_seconds=1.0)
    attempts = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("solving", total=len(problems))
        for problem in problems:
            attempts.append(attempt(problem, game, searcher, each))
            solved = sum(done.solved for done in attempts)
            progress.update(task, advance=1, description=f"{solved} solved")
    states = [game.parse(done.problem.fen) for done in attempts]
    if json != "-":
        table = Table("position", "wanted", "chosen", "", "after", "score", "depth", "nodes", box=None)
        for done, state in zip(attempts, states, strict=True):
            wanted = [game.san(state, move) for move in done.problem.best]
            wanted += [f"not {game.san(state, move)}" for move in done.problem.avoid]
            after = "" if done.seconds_to_solution is None else f"{done.seconds_to_solution:.2f} s"
            table.add_row(
                done.problem.name,
                " ".join(wanted),
                game.san(state, done.move),
                "✓" if done.solved else "✗",
                after,
                score_text(done.score),
                str(done.depth),
                f"{done.nodes:,}",
            )
        Console(highlight=False).print(table)
        share = 100 * solved_share(attempts)
        typer.echo(f"solved {sum(done.solved for done in attempts)} of {len(attempts)} ({share:.1f} %)")
    if json is not None:
        facts: dict[str, object] = {
            "suite": suite.name,
            "limits": {"seconds": each.seconds, "nodes": each.nodes, "depth": each.depth},
            "threads": threads,
            "solved": sum(done.solved for done in attempts),
            "positions": len(attempts),
            "nodes": sum(done.nodes for done in attempts),
            "seconds": round(sum(done.seconds for done in attempts), 3),
            "attempts": [
                {
                    "id": done.problem.name,
                    "fen": done.problem.fen,
                    "best": [game.san(state, move) for move in done.problem.best],
                    "avoid": [game.san(state, move) for move in done.problem.avoid],
                    "move": game.san(state, done.move),
                    "solved": done.solved,
                    "seconds_to_solution": done.seconds_to_solution,
                    "score": score_text(done.score),
                    "depth": done.depth,
                    "nodes": done.nodes,
                    "seconds": round(done.seconds, 6),
                }
                for done, state in zip(attempts, states, strict=True)
            ],
        }
        write_json(json, facts)
