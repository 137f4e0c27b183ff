"""The ladder: this engine against programs of known strength, and one table of the results.

    python benchmarks/ladder.py                                   # every rung, 200 games each at 5+0.05
    python benchmarks/ladder.py --only sf2400 sunfish --json ladder.json
    python benchmarks/ladder.py --games 2 --tc 1+0.01 --player "glaurung" --only gnuchess   # a quick try-out

Each rung is a match with a run folder of its own: the same command goes on after an interruption, and --games may be
raised later. Sunfish comes from PyPI; `pip install sunfish` gives the program `sunfish-uci`, found on PATH or by
--sunfish. The others are Debian's packages stockfish, gnuchess, glaurung, toga2 and ethereal-chess. Stockfish at full
strength has our time, a tenth, and a hundredth of it; of the last it needs half a second to be more than overhead, so
that rung is only climbed with a clock such as --tc 60+0.6, or when it is named.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

from rich.console import Console

from search.whole_file import write_whole
from selfplay.matches.arena import Match, MatchConfig
from selfplay.matches.display import MatchDisplay, duel_line
from selfplay.matches.spec import Limit, parse_limit, parse_player
from selfplay.matches.sprt import Sprt

#: Seconds of a game below which a program does little but begin.
_TOO_SHORT = 0.5


def rungs(sunfish: str, clock: Limit) -> dict[str, str]:
    """The opponents by name, as players; `clock` is ours."""
    assert clock.base is not None
    tenth, hundredth = (f"tc={clock.base / less:g}+{clock.increment / less:g}" for less in (10, 100))
    limited = "cmd=stockfish,option.UCI_LimitStrength=true,option.UCI_Elo"
    return {
        "sf2400": f"sf2400,{limited}=2400",
        "sf2600": f"sf2600,{limited}=2600",
        "sf2850": f"sf2850,{limited}=2850",
        "sunfish": f"sunfish,cmd={sunfish}",
        "gnuchess": "gnuchess,cmd=gnuchess --uci",
        "glaurung": "glaurung",
        "toga2": "toga2",
        "ethereal": "ethereal,cmd=ethereal-chess",
        "stockfish": "stockfish,option.Hash=64",
        "sf-tenth": f"sf-tenth,cmd=stockfish,option.Move Overhead=0,{tenth}",
        "sf-hundredth": f"sf-hundredth,cmd=stockfish,option.Move Overhead=0,{hundredth}",
    }


def play(config: MatchConfig, folder: Path, console: Console) -> Match:
    """Play what is missing of one rung."""
    match = Match(config, folder)
    if not match.finished:
        match.check_players()
    with MatchDisplay(match, console) as display:
        match.run(display.show)
    display.summary()
    return match


def main() -> int:
    """Play the rungs one after the other; exit status 0, or 2 for a mistake in the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="RUNG", help="play only these rungs")
    parser.add_argument("--games", type=int, default=200, help="games of each rung")
    parser.add_argument("--tc", default="5+0.05", help="seconds + increment")
    parser.add_argument("--concurrency", type=int, default=1, help="games at a time; no more than half the cores")
    parser.add_argument("--player", default="matchbox", help="who climbs, as in `matchbox match`")
    parser.add_argument("--sunfish", default="sunfish-uci", help="the program sunfish-uci")
    parser.add_argument("--runs", type=Path, default=Path("runs/ladder"), help="folder of the run folders")
    parser.add_argument("--sprt", nargs=2, type=float, metavar=("ELO0", "ELO1"), help="stop a rung when decided")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all summaries; - for stdout")
    arguments = parser.parse_args()
    logging.getLogger("chess.engine").setLevel(logging.CRITICAL)
    to_stdout = str(arguments.json) == "-"
    console = Console(stderr=to_stdout, soft_wrap=True)
    try:
        clock = parse_limit({"tc": arguments.tc})
    except ValueError as error:
        parser.error(str(error))
    available = rungs(arguments.sunfish, clock)
    unknown = [name for name in arguments.only or () if name not in available]
    if unknown:
        print(f"no rung {', '.join(unknown)}; rungs are {', '.join(available)}", file=sys.stderr)
        return 2
    summaries = {}
    lines = []
    assert clock.base is not None
    worth = [name for name in available if name != "sf-hundredth" or clock.base / 100 >= _TOO_SHORT]
    for name in arguments.only or worth:
        try:
            config = MatchConfig(
                players=(parse_player(arguments.player), parse_player(available[name])),
                limit=clock,
                games=arguments.games,
                concurrency=arguments.concurrency,
                sprt=Sprt(elo0=arguments.sprt[0], elo1=arguments.sprt[1]) if arguments.sprt else None,
            )
            folder = arguments.runs / f"{config.players[0].name}-{name}-{arguments.tc.replace('/', '_')}"
            match = play(config, folder, console)
        except ValueError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print("interrupted; the same command goes on", file=sys.stderr)
            return 130
        summaries[name] = match.json()
        lines.append(duel_line(match.duels()[0]))
        if arguments.json is not None and not to_stdout:
            # After every rung: a ladder takes hours.
            write_whole(arguments.json, json.dumps(summaries, indent=2) + "\n")
    for line in lines:
        console.print(line, markup=False, highlight=False)
    if to_stdout:
        print(json.dumps(summaries, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
