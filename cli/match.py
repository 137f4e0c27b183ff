"""`matchbox match`: lets programs play each other, and says which is stronger."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.json_report import JsonOption, write_json
from cli.refusal import understood

if TYPE_CHECKING:
    from selfplay.matches.arena import MatchConfig
    from selfplay.matches.referee import Adjudication
    from selfplay.matches.spec import Limit, PlayerSpec


def match(
    players: Annotated[list[str], typer.Argument(metavar="PLAYER PLAYER...", help="Who plays: NAME,key=value,...")],
    tc: Annotated[
        str | None, typer.Option(help="Clock in seconds, as 5+0.05 or 40/60+0.5; 5+0.05 where no limit is given.")
    ] = None,
    movetime: Annotated[float | None, typer.Option(help="Seconds for each move.")] = None,
    nodes: Annotated[int | None, typer.Option(help="Nodes for each move.")] = None,
    depth: Annotated[int | None, typer.Option(help="Plies for each move.")] = None,
    games: Annotated[int, typer.Option(help="Games of each two players who meet, rounded up to even.")] = 100,
    gauntlet: Annotated[bool, typer.Option("--gauntlet", help="Only the first player meets the others.")] = False,
    openings: Annotated[
        str, typer.Option(help="builtin, startpos, chess960, chess960:NUMBER, or an .epd, .fen, .pgn or .zip file.")
    ] = "builtin",
    plies: Annotated[int | None, typer.Option(min=1, help="Take at most so many plies of a PGN's lines.")] = None,
    seed: Annotated[int, typer.Option(help="Shuffles the openings; negative leaves them in order.")] = 1,
    concurrency: Annotated[int, typer.Option(help="Games played at the same time.")] = 1,
    sprt: Annotated[
        tuple[float, float] | None,
        typer.Option(metavar="ELO0 ELO1", help="Stop when the first is proven ELO1 rather than ELO0 Elo better."),
    ] = None,
    alpha: Annotated[float, typer.Option(help="SPRT: probability of accepting ELO1 wrongly.")] = 0.05,
    beta: Annotated[float, typer.Option(help="SPRT: probability of accepting ELO0 wrongly.")] = 0.05,
    normalized: Annotated[bool, typer.Option("--normalized", help="SPRT: in normalized Elo.")] = False,
    resign: Annotated[
        tuple[int, int] | None,
        typer.Option(metavar="MOVES CP", help="Won when both players' scores say so by CP for MOVES moves."),
    ] = None,
    draw: Annotated[
        tuple[int, int, int] | None,
        typer.Option(metavar="AFTER MOVES CP", help="From move AFTER, drawn when both are within CP for MOVES moves."),
    ] = None,
    max_moves: Annotated[int, typer.Option(min=0, help="Drawn after so many moves; 0 for no end.")] = 0,
    margin: Annotated[float, typer.Option(min=0, help="Seconds a clock may be overstepped without loss.")] = 0.01,
    silence: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a move without a clock.")] = 300.0,
    start_time: Annotated[float, typer.Option(min=0.1, help="Seconds a program may take to start.")] = 120.0,
    run: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Run folder, new or to go on with; default runs/DATE-...")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Let two or more programs play a match.

    A player is NAME,key=value,... with the keys cmd (a UCI program with its arguments; without it the name is the
    program), option.NAME (a UCI option), tc, movetime, nodes, depth (its own limit in place of the match's) and dir
    (the folder to start it in). The program matchbox is this engine. Nobody ponders; books and all but one
    thread are switched off unless the player's options say otherwise.

    Every opening is played twice, colours swapped. All that happens is in the run folder; the same command with the
    same --run goes on where a match was interrupted. docs/matches.md explains the files and the keys of the JSON.

    \b
    Examples:
      matchbox match matchbox stockfish,option.UCI_LimitStrength=true,option.UCI_Elo=2400 --tc 5+0.05 --games 200
      matchbox match new,cmd=matchbox old,cmd=matchbox,dir=../old --tc 8+0.08 --sprt 0 5 --games 20000
      matchbox match matchbox "gnu,cmd=gnuchess --uci" glaurung toga2 --tc 1+0.01 --gauntlet --json result.json
      matchbox match a,cmd=matchbox,nodes=2000 b,cmd=matchbox,nodes=1000 --games 2 --openings startpos
    """
    # The command's help shall not wait for these.
    import logging

    from selfplay.matches.arena import MatchConfig
    from selfplay.matches.referee import Patience
    from selfplay.matches.spec import parse_player
    from selfplay.matches.sprt import Sprt

    # python-chess logs every odd line of a program; what matters is in the record of the game.
    logging.getLogger("chess.engine").setLevel(logging.CRITICAL)
    with understood():
        specs = tuple(parse_player(player) for player in players)
        test = None
        if sprt is not None:
            test = Sprt(elo0=sprt[0], elo1=sprt[1], alpha=alpha, beta=beta, normalized=normalized)
        config = MatchConfig(
            players=specs,
            limit=_limit(specs, tc=tc, movetime=movetime, nodes=nodes, depth=depth),
            games=games,
            form="gauntlet" if gauntlet else "round-robin",
            openings=openings,
            opening_plies=plies,
            opening_seed=None if seed < 0 else seed,
            concurrency=concurrency,
            sprt=test,
            adjudication=_adjudication(resign, draw, max_moves),
            patience=Patience(margin=margin, silence=silence, start=start_time),
        )
        facts = _play(config, run, to_stderr=json == "-")
    if json is not None:
        write_json(json, facts)


def _play(config: MatchConfig, run: Path | None, *, to_stderr: bool) -> dict[str, object]:
    """Play the match with its display and return the summary."""
    from rich.console import Console

    from selfplay.matches.arena import Match, default_folder
    from selfplay.matches.display import MatchDisplay

    contest = Match(config, run or default_folder([player.name for player in config.players]))
    console = Console(stderr=to_stderr, soft_wrap=True)
    try:
        if not contest.finished:
            contest.check_players()
        with MatchDisplay(contest, console) as display:
            contest.run(display.show)
    except KeyboardInterrupt:
        print(f"Interrupted; the same command with --run {contest.folder.path} goes on.", file=sys.stderr)
        raise
    display.summary()
    return contest.json()


def _limit(
    players: tuple[PlayerSpec, ...], *, tc: str | None, movetime: float | None, nodes: int | None, depth: int | None
) -> Limit | None:
    """The limit that the options describe; 5+0.05 where neither they nor all players have one."""
    from selfplay.matches.spec import parse_limit

    given = {"tc": tc, "movetime": movetime, "nodes": nodes, "depth": depth}
    values = {key: str(value) for key, value in given.items() if value is not None}
    if not values:
        if all(player.limit is not None for player in players):
            return None
        values = {"tc": "5+0.05"}
    return parse_limit(values)


def _adjudication(resign: tuple[int, int] | None, draw: tuple[int, int, int] | None, max_moves: int) -> Adjudication:
    """The adjudication that the options describe."""
    from selfplay.matches.referee import Adjudication

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


if __name__ == "__main__":
    from cli.main import run as run_command

    sys.exit(run_command(["match", *sys.argv[1:]]))
