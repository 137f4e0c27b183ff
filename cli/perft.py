"""`matchbox perft`: the number of lines of legal moves of a given length, by the first move."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from cli.json_report import JsonOption, write_json
from cli.refusal import understood


def perft(
    fen: Annotated[str, typer.Argument(help="The position; the initial one if left out.")] = "startpos",
    depth: Annotated[int, typer.Option(min=0, max=32, help="Length of the lines, in plies.")] = 5,
    played: Annotated[
        bool, typer.Option("--played", help="Play the moves of the last ply too, instead of counting them.")
    ] = False,
    chess960: Annotated[bool, typer.Option("--chess960", help="Write castling as the king taking its rook.")] = False,
    json: JsonOption = None,
) -> None:
    """Count the lines of legal moves of a given length, for each first move and in all.

    The JSON has the keys position, depth, played, moves (lines by first move), nodes, seconds and nodes_per_second.

    \b
    Examples:
      matchbox perft --depth 4
      matchbox perft 'r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1' --depth 3 --json -
    """
    from cli.first_use import compiled
    from engine.chess import perft as counting
    from engine.games import game as named

    game = named("chess960" if chess960 else "chess")
    with understood():
        state = game.parse(game.start if fen == "startpos" else fen)
    compiled("chess perft")
    started = time.monotonic()
    by_move = counting.divide(state, depth, play_last=played)
    nodes = sum(by_move.values()) if depth else 1
    seconds = time.monotonic() - started
    moves = dict(sorted((game.move_text(state, move), count) for move, count in by_move.items()))
    speed = round(nodes / max(seconds, 1e-9))
    if json != "-":
        for move, count in moves.items():
            typer.echo(f"{move}: {count}")
        typer.echo(f"\nNodes searched: {nodes}")
        typer.echo(f"{seconds:.3f} s, {speed / 1e6:,.1f} million nodes/s")
    if json is not None:
        facts = {"position": game.text(state), "depth": depth, "played": played, "moves": moves, "nodes": nodes}
        write_json(json, facts | {"seconds": round(seconds, 6), "nodes_per_second": speed})
