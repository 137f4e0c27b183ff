"""Who plays a match and under which limits, with the text forms the command line uses.

    stockfish,option.UCI_LimitStrength=true,option.UCI_Elo=2400
    new,cmd=matchbox,option.Hash=64,nodes=20000
    gnu,cmd=gnuchess --uci,tc=10+0.1

A part with a comma in it stands in double quotes: `gnu,"cmd=/opt/a,b/gnuchess --uci"`.
"""

from __future__ import annotations

import csv
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from selfplay.programs import find_program

#: The command that stands for this project's own engine, run by this Python.
OWN_ENGINE = "matchbox"
#: The same with another search, as `matchbox-mcts`.
OWN_SEARCHES = ("mcts", "policy", "value")
#: Options that the arena itself sets for each game or move.
ARENA_OPTIONS = ("multipv", "ponder", "uci_analysemode", "uci_chess960", "uci_variant")


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What bounds a player's thinking: a clock, or the same for every move. At least one is set."""

    base: float | None = None
    """Seconds on the clock at the start; with it comes no `movetime`."""
    increment: float = 0.0
    """Seconds added after each move."""
    moves: int | None = None
    """Moves after which `base` is added again; None for sudden death."""
    movetime: float | None = None
    """Seconds for each move."""
    nodes: int | None = None
    """Nodes for each move."""
    depth: int | None = None
    """Plies for each move."""

    def __post_init__(self) -> None:
        if self.base is None and self.movetime is None and self.nodes is None and self.depth is None:
            raise ValueError("a limit is needed: a time control, a time for each move, nodes or depth")
        if self.base is not None and self.movetime is not None:
            raise ValueError("a time control and a time for each move exclude each other")
        if self.base is None and (self.increment or self.moves):
            raise ValueError("an increment and moves to go need a time control")
        if self.increment < 0 or any(
            value is not None and value <= 0 for value in (self.base, self.moves, self.movetime, self.nodes, self.depth)
        ):
            raise ValueError("times, nodes and depth must be above 0")

    def __str__(self) -> str:
        """As in a PGN's TimeControl tag (`40/60+0.5`), or such as `20000 nodes`."""
        parts = []
        if self.base is not None:
            parts.append(f"{f'{self.moves}/' if self.moves else ''}{self.base:g}+{self.increment:g}")
        if self.movetime is not None:
            parts.append(f"{self.movetime:g} s/move")
        if self.nodes is not None:
            parts.append(f"{self.nodes} nodes")
        if self.depth is not None:
            parts.append(f"depth {self.depth}")
        return ", ".join(parts)


def parse_clock(text: str) -> dict[str, float | int]:
    """The fields of a `Limit` that `5+0.05`, `60` or `40/60+0.5` (moves/seconds+increment) mean; or ValueError."""
    moves, slash, rest = text.rpartition("/")
    base, _, increment = rest.partition("+")
    try:
        fields: dict[str, float | int] = {"base": float(base), "increment": float(increment or 0)}
        if slash:
            fields["moves"] = int(moves)
    except ValueError:
        raise ValueError(f"a time control looks like 5+0.05, 60 or 40/60+0.5 (in seconds), not {text!r}") from None
    return fields


def parse_limit(values: Mapping[str, str]) -> Limit:
    """The limit that the keys tc, movetime (seconds), nodes and depth of `values` describe; ValueError otherwise."""
    fields: dict[str, float | int] = parse_clock(values["tc"]) if "tc" in values else {}
    for key, convert in (("movetime", float), ("nodes", int), ("depth", int)):
        if key in values:
            try:
                fields[key] = convert(values[key])
            except ValueError:
                raise ValueError(f"{key} is a number, not {values[key]!r}") from None
    return Limit(**fields)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class PlayerSpec:
    """One player of a match."""

    name: str
    """Unique in its match."""
    command: str
    """The program with its arguments, or `matchbox` for our own engine; with another search it is `matchbox-mcts`,
    `matchbox-policy` or `matchbox-value`."""
    options: Mapping[str, str] = field(default_factory=dict)
    """UCI options by name."""
    limit: Limit | None = None
    """Its own limit in place of the match's."""
    folder: str | None = None
    """The working folder to start it in, so that another checkout of our own engine can play; None for the current."""

    def argv(self) -> list[str]:
        """The command to start, its program found on PATH or among Debian's games; ValueError if it is nowhere."""
        words = shlex.split(self.command)
        if not words:
            raise ValueError(f"player {self.name} has an empty command")
        if words == [OWN_ENGINE]:
            return [sys.executable, "-m", "cli.uci"]
        if len(words) == 1 and words[0] in {f"{OWN_ENGINE}-{search}" for search in OWN_SEARCHES}:
            return [sys.executable, "-m", "cli.main", "uci", "--search", words[0].removeprefix(f"{OWN_ENGINE}-")]
        program = shutil.which(str(Path(self.folder) / words[0])) if self.folder is not None else None
        try:
            program = program or find_program(words[0])
        except ValueError as error:
            raise ValueError(f"player {self.name}: {error}") from None
        return [str(Path(program).absolute()), *words[1:]]


def parse_player(text: str) -> PlayerSpec:
    """The player that `NAME,key=value,…` describes (see the top of this file); ValueError with what would be right.

    Keys: cmd (default: the name), option.NAME, tc, movetime, nodes, depth, dir.
    """
    parts = next(csv.reader([text], strict=False), [])
    if not parts or not parts[0].strip() or "=" in parts[0]:
        raise ValueError(f"a player begins with its name, as in NAME,cmd=PROGRAM, not {text!r}")
    name = parts[0].strip()
    values: dict[str, str] = {}
    options: dict[str, str] = {}
    for part in parts[1:]:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            raise ValueError(f"player {name}: {part!r} is not of the form key=value")
        if key.startswith("option."):
            option = key.removeprefix("option.")
            if option.lower() in ARENA_OPTIONS:
                raise ValueError(f"player {name}: the match itself sets the option {option}")
            options[option] = value
        elif key in ("cmd", "tc", "movetime", "nodes", "depth", "dir"):
            values[key] = value
        else:
            raise ValueError(
                f"player {name}: no key {key!r}; keys are cmd, option.NAME, tc, movetime, nodes, depth, dir"
            )
    if "dir" in values and not Path(values["dir"]).is_dir():
        raise ValueError(f"player {name}: there is no folder {values['dir']}")
    limited = values.keys() & {"tc", "movetime", "nodes", "depth"}
    try:
        limit = parse_limit(values) if limited else None
    except ValueError as error:
        raise ValueError(f"player {name}: {error}") from None
    return PlayerSpec(
        name=name, command=values.get("cmd", name), options=options, limit=limit, folder=values.get("dir")
    )
