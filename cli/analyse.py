"""`matchbox analyse`: what the engine thinks of a position, or of every move of the games in a PGN file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.first_use import loaded
from cli.json_report import JsonOption, write_json
from cli.refusal import refuse, understood, writable
from cli.search_options import (
    DepthOption,
    EvaluationOption,
    HashOption,
    NodesOption,
    SecondsOption,
    ThreadsOption,
    limits,
)

if TYPE_CHECKING:
    import chess.pgn

    from engine.game import Position
    from search.searcher import Limits, Line, Result, Searcher


def analyse(
    what: Annotated[
        str, typer.Argument(metavar="FEN|FILE.pgn", help="A position, or a file; the initial position if left out.")
    ] = "startpos",
    seconds: SecondsOption = None,
    nodes: NodesOption = None,
    depth: DepthOption = None,
    multipv: Annotated[
        int | None, typer.Option(min=1, max=500, help="Show so many best lines of a position; 3 if left out.")
    ] = None,
    threads: ThreadsOption = 1,
    hash_mib: HashOption = 64,
    evaluation: EvaluationOption = "",
    game: Annotated[str, typer.Option(help="Of a position: chess, chess960, hexapawn3x3 and larger.")] = "chess",
    out: Annotated[Path | None, typer.Option(help="Write the annotated PGN here instead of to stdout.")] = None,
    json: JsonOption = None,
) -> None:
    """Tell what the engine thinks of a position, or annotate the games of a PGN file.

    A position is searched for 3 seconds unless told otherwise. In a game, each position is, for half a second: every
    move gets an evaluation, White's view, and a move that gives something away gets a mark and a better line.

    The JSON of a position has the keys game, position, lines (each rank, score, wdl, depth, seldepth, pv, san), depth,
    nodes and seconds; scores are the mover's view, in centipawns or `mate N`. The JSON of a file has games: for each
    headers and moves (each ply, move, score, depth, best, lost, glyph), scores being White's view.

    \b
    Examples:
      matchbox analyse --depth 8
      matchbox analyse 'r5rk/5p1p/5R2/4B3/8/8/7P/7K w - - 0 1' --multipv 1 --seconds 1
      matchbox analyse 'ppp/3/PPP w' --game hexapawn3x3 --depth 9
      matchbox analyse short.pgn --nodes 2000 --out annotated.pgn
    """
    from cli.interruptible import Interruptible
    from engine.games import game as named
    from engine.players import new_searcher

    is_file = what.lower().endswith(".pgn")
    if out is not None and not is_file:
        refuse("--out is for the games of a PGN file; --json writes what is found of a position")
    if multipv is not None and is_file:
        refuse("--multipv is for a position; the moves of a game get the best line each")
    writable(out)
    with understood():
        played = named(game)
        if is_file and not game.startswith("chess"):
            refuse(f"a PGN file is of chess, not of {game}")
        searcher = Interruptible(new_searcher(played, evaluation, hash_mib=hash_mib, threads=threads))
        trees = _read_games(Path(what)) if is_file else []
    loaded(searcher, played)
    if is_file:
        _analyse_games(trees, searcher, limits(seconds, nodes, depth, default_seconds=0.5), out, json)
    else:
        from engine.game import Position

        with understood():
            position = Position(played, None if what == "startpos" else what)
        each = limits(seconds, nodes, depth, default_seconds=3.0, multipv=multipv or 3)
        _analyse_position(position, searcher, each, json)


def _analyse_position(position: Position, searcher: Searcher, each: Limits, json: str | None) -> None:
    from rich.console import Console
    from rich.live import Live
    from rich.table import Table

    from engine.notation import line_names, score_name
    from engine.uci.report import line_text, score_text
    from engine.wdl import win_draw_loss
    from search.searcher import Info

    game = position.game
    outcome = position.outcome(claim=False)
    if outcome is not None:
        refuse(f"the game is over here: {outcome.result}, {outcome.reason}")
    lines: dict[int, Line] = {}

    def table() -> Table:
        grid = Table("score", "depth", "line", box=None)
        for _, line in sorted(lines.items()):
            names = " ".join(line_names(game, position.state, line.pv))
            grid.add_row(score_name(line.score), f"{line.depth}/{line.seldepth}", names)
        return grid

    console = Console(highlight=False, stderr=json == "-")
    console.print(game.draw(position.state) + "\n")
    with Live(console=console, auto_refresh=False) as live:

        def show(info: Info) -> None:
            if info.line is not None and info.line.bound == "exact":
                lines[info.line.rank] = info.line
                if console.is_terminal:
                    live.update(table(), refresh=True)

        result: Result = searcher.search(position.root(), each, show)
        lines = {line.rank: line for line in result.lines}
        live.update(table(), refresh=True)
    speed = result.nodes / max(result.seconds, 1e-9) / 1e6
    console.print(
        f"\n{result.nodes:,} positions in {result.seconds:.2f} s ({speed:.2f} million/s); scores: the mover's"
    )
    if json is not None:
        facts: dict[str, object] = {
            "game": game.name,
            "position": game.text(position.state),
            "lines": [
                {
                    "rank": line.rank,
                    "score": score_text(line.score),
                    "wdl": win_draw_loss(line.score),
                    "depth": line.depth,
                    "seldepth": line.seldepth,
                    "pv": line_text(game, position, line.pv).split(),
                    "san": line_names(game, position.state, line.pv),
                }
                for line in result.lines
            ],
            "depth": result.depth,
            "nodes": result.nodes,
            "seconds": round(result.seconds, 6),
        }
        write_json(json, facts)


def _read_games(file: Path) -> list[chess.pgn.Game]:
    import logging

    import chess.pgn

    logging.getLogger("chess.pgn").setLevel(logging.CRITICAL)  # its complaints are in `errors` of each game
    trees: list[chess.pgn.Game] = []
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")  # the character set of the PGN standard, section 4.1, and of old files
    source = io.StringIO(text, newline=None)
    while (tree := chess.pgn.read_game(source)) is not None:
        if tree.errors:
            refuse(f"{file}, game {len(trees) + 1}: {tree.errors[0]}")
        trees.append(tree)
    if not any(tree.variations for tree in trees):
        refuse(f"there is no game with moves in {file}")
    return trees


def _analyse_games(
    trees: list[chess.pgn.Game], searcher: Searcher, each: Limits, out: Path | None, json: str | None
) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from engine.annotate import annotate
    from engine.uci.report import score_text
    from search.whole_file import write_whole

    texts, games = [], []
    with Progress(console=Console(stderr=True), transient=True) as progress:
        positions = sum(1 + sum(1 for _ in tree.mainline()) for tree in trees)
        task = progress.add_task("annotating", total=positions)
        for tree in trees:
            with understood():
                judgements = annotate(tree, searcher, each, lambda: progress.advance(task))
            texts.append(str(tree))
            if out is not None:  # what is done stays, whatever comes
                with understood():
                    write_whole(out, "\n\n".join(texts) + "\n")
            games.append(
                {
                    "headers": dict(tree.headers),
                    "moves": [
                        {
                            "ply": judgement.ply,
                            "move": judgement.move,
                            "score": score_text(judgement.score),
                            "depth": judgement.depth,
                            "best": judgement.best,
                            "lost": round(judgement.lost, 3),
                            "glyph": judgement.glyph,
                        }
                        for judgement in judgements
                    ],
                }
            )
    if out is not None:
        typer.echo(f"{len(texts)} annotated in {out}", err=json == "-")
    elif json != "-":
        typer.echo("\n\n".join(texts))
    if json is not None:
        write_json(json, {"games": games})
