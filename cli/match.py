"""`matchbox match`: lets programs play against each other."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from selfplay.arena import Match, MatchConfig, default_folder
from selfplay.display import MatchDisplay
from selfplay.referee import Adjudication, Patience
from selfplay.spec import Limit, PlayerSpec, parse_limit, parse_player
from selfplay.sprt import Sprt

HELP = """Let two or more programs play a match, and say which is stronger.

A player is NAME,key=value,... with the keys cmd (a UCI program with its arguments; without it the name is the program),
option.NAME (a UCI option), tc, movetime, nodes, depth (its own limit in place of the match's) and dir (the folder to
start it in). The program `matchbox` is this engine. Books, pondering and all but one thread are switched off unless
the player's options say otherwise.

Every opening is played twice with colours swapped. All that happens is in the run folder; the same command with the
same --run goes on where a match was interrupted.

Examples:

  matchbox match matchbox stockfish,option.UCI_LimitStrength=true,option.UCI_Elo=2400 --tc 5+0.05 --games 200

  matchbox match new,cmd=matchbox old,cmd=matchbox,dir=../old --tc 8+0.08 --sprt 0 5 --games 20000 --concurrency 2

  matchbox match matchbox "gnu,cmd=gnuchess --uci" glaurung toga2 --tc 1+0.01 --games 20 --gauntlet --json result.json

  matchbox match a,cmd=matchbox,nodes=2000 b,cmd=matchbox,nodes=1000 --games 2 --openings startpos
"""


def match(
    players: Annotated[list[str], typer.Argument(metavar="PLAYER PLAYER...", help="Who plays: NAME,key=value,...")],
    tc: Annotated[str | None, typer.Option(help="Clock: SECONDS+INCREMENT, or MOVES/SECONDS+INCREMENT.")] = None,
    movetime: Annotated[float | None, typer.Option(help="Seconds for each move.")] = None,
    nodes: Annotated[int | None, typer.Option(help="Nodes for each move.")] = None,
    depth: Annotated[int | None, typer.Option(help="Plies for each move.")] = None,
    games: Annotated[int, typer.Option(help="Games of each two players who meet, rounded up to even.")] = 100,
    gauntlet: Annotated[bool, typer.Option("--gauntlet", help="Only the first player meets the others.")] = False,
    openings: Annotated[
        str, typer.Option(help="builtin, startpos, chess960, chess960:NUMBER, or an .epd, .fen, .pgn or .zip file.")
    ] = "builtin",
    plies: Annotated[int | None, typer.Option(help="Take at most so many plies of a PGN's lines.")] = None,
    seed: Annotated[int, typer.Option(help="Shuffles the openings; negative leaves them in order.")] = 1,
    concurrency: Annotated[int, typer.Option(help="Games played at the same time.")] = 1,
    sprt: Annotated[
        tuple[float, float] | None,
        typer.Option(
            metavar="ELO0 ELO1", help="Stop when it is decided whether the first is ELO1 rather than ELO0 better."
        ),
    ] = None,
    alpha: Annotated[float, typer.Option(help="SPRT: probability of accepting ELO1 wrongly.")] = 0.05,
    beta: Annotated[float, typer.Option(help="SPRT: probability of accepting ELO0 wrongly.")] = 0.05,
    normalized: Annotated[bool, typer.Option("--normalized", help="SPRT: in normalized Elo.")] = False,
    resign: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="MOVES CP", help="A game is won when both players' scores say so by CP for MOVES moves."),
    ] = None,
    draw: Annotated[
        tuple[int, int, int] | None,
        typer.Option(
            metavar="AFTER MOVES CP", help="After move AFTER, drawn when both scores are within CP for MOVES moves."
        ),
    ] = None,
    max_moves: Annotated[int, typer.Option(help="Drawn after so many moves; 0 for no end.")] = 0,
    margin: Annotated[float, typer.Option(help="Seconds a clock may be overstepped without loss.")] = Patience.margin,
    silence: Annotated[float, typer.Option(help="Seconds to wait for a move without a clock.")] = Patience.silence,
    start_time: Annotated[float, typer.Option(help="Seconds a program may take to start.")] = Patience.start,
    run: Annotated[Path | None, typer.Option(help="Run folder, new or to be continued; default runs/DATE-...")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the summary as JSON; - for stdout.")] = None,
) -> None:
    """Placeholder; HELP takes its place."""
    to_stdout = json_file is not None and str(json_file) == "-"
    console = Console(stderr=to_stdout, soft_wrap=True)
    # python-chess logs every odd line of a program; what matters is in the record of the game.
    logging.getLogger("chess.engine").setLevel(logging.CRITICAL)
    try:
        specs = tuple(parse_player(player) for player in players)
        config = MatchConfig(
            players=specs,
            limit=_limit(specs, tc=tc, movetime=movetime, nodes=nodes, depth=depth),
            games=games,
            form="gauntlet" if gauntlet else "round-robin",
            openings=openings,
            opening_plies=plies,
            opening_seed=None if seed < 0 else seed,
            concurrency=concurrency,
            sprt=None
            if sprt is None
            else Sprt(elo0=sprt[0], elo1=sprt[1], alpha=alpha, beta=beta, normalized=normalized),
            adjudication=_adjudication(resign, draw, max_moves),
            patience=Patience(margin=margin, silence=silence, start=start_time),
        )
        contest = Match(config, run or default_folder([spec.name for spec in specs]))
        contest.check_players()
        with MatchDisplay(contest, console) as display:
            contest.run(display.show)
        display.summary()
        if json_file is not None:
            text = json.dumps(contest.json(), indent=2)
            if to_stdout:
                print(text)
            else:
                json_file.write_text(text + "\n", encoding="utf-8")
    except (ValueError, OSError) as error:
        print(f"matchbox match: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except KeyboardInterrupt:
        print(f"interrupted; the same command with --run {contest.folder.path} goes on", file=sys.stderr)
        raise typer.Exit(130) from None


match.__doc__ = HELP


def _limit(
    players: tuple[PlayerSpec, ...], *, tc: str | None, movetime: float | None, nodes: int | None, depth: int | None
) -> Limit | None:
    """The limit that the options describe; 5+0.05 where neither they nor all players have one."""
    given = {"tc": tc, "movetime": movetime, "nodes": nodes, "depth": depth}
    values = {key: str(value) for key, value in given.items() if value is not None}
    if not values:
        if all(player.limit is not None for player in players):
            return None
        values = {"tc": "5+0.05"}
    return parse_limit(values)


def _adjudication(resign: tuple[int, int] | None, draw: tuple[int, int, int] | None, max_moves: int) -> Adjudication:
    resign_moves, resign_score = resign or (0, Adjudication.resign_score)
    draw_after, draw_moves, draw_score = draw or (Adjudication.draw_after, 0, Adjudication.draw_score)
    return Adjudication(
        resign_moves=resign_moves,
        resign_score=resign_score,
        draw_moves=draw_moves,
        draw_score=draw_score,
        draw_after=draw_after,
        max_moves=max_moves,
    )


def main() -> None:
    """Run this command alone, as `python -m cli.match`."""
    typer.run(match)


if __name__ == "__main__":
    main()
