"""The lines that a program sends, taken apart; every fault is a ValueError with one sentence."""

from __future__ import annotations

from dataclasses import dataclass

#: The names of `go`'s parameters that take a number.
_NUMBERS = ("wtime", "btime", "winc", "binc", "movestogo", "depth", "nodes", "mate", "movetime", "perft")
_FLAGS = ("ponder", "infinite")


@dataclass(frozen=True, kw_only=True)
class Go:
    """The parameters of `go`; times in milliseconds, None where absent."""

    wtime: int | None = None
    btime: int | None = None
    winc: int | None = None
    binc: int | None = None
    movestogo: int | None = None
    depth: int | None = None
    nodes: int | None = None
    mate: int | None = None
    movetime: int | None = None
    perft: int | None = None
    ponder: bool = False
    infinite: bool = False
    searchmoves: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    """Words that mean nothing here; a program waits for its answer all the same."""

    @property
    def endless(self) -> bool:
        """Whether only `stop` (or `ponderhit`) brings the answer."""
        limits = (self.wtime, self.btime, self.depth, self.nodes, self.mate, self.movetime)
        return self.infinite or self.ponder or all(limit is None for limit in limits)


def parse_go(words: list[str]) -> Go:
    """The parameters behind the word `go`; ValueError where there are words, and none of them is understood."""
    values: dict[str, int] = {}
    flags: dict[str, bool] = {}
    moves: list[str] = []
    ignored: list[str] = []
    index = 0
    while index < len(words):
        word = words[index].lower()
        index += 1
        if word in _NUMBERS:
            if index == len(words):
                raise ValueError(f"'go {word}' needs a number behind it")
            try:
                values[word] = int(words[index])
            except ValueError:
                raise ValueError(f"'go {word}' needs a whole number, not {words[index][:40]!r}") from None
            index += 1
            least = 0 if word in ("winc", "binc", "movestogo", "perft") else None if "time" in word else 1
            if least is not None:
                values[word] = max(values[word], least)
        elif word in _FLAGS:
            flags[word] = True
        elif word == "searchmoves":
            while index < len(words) and words[index].lower() not in (*_NUMBERS, *_FLAGS):
                moves.append(words[index])
                index += 1
        else:
            ignored.append(words[index - 1])
    if ignored and not (values or flags or moves):
        raise ValueError(
            f"'go' knows no {ignored[0][:40]!r}; it knows {', '.join((*_NUMBERS, *_FLAGS, 'searchmoves'))}"
        )
    return Go(**values, **flags, searchmoves=tuple(moves), ignored=tuple(ignored))  # type: ignore[arg-type]


@dataclass(frozen=True)
class PositionCommand:
    """The parameters of `position`."""

    text: str | None
    """The position's text, None for the initial one."""
    moves: tuple[str, ...]


def parse_position(words: list[str]) -> PositionCommand:
    """The parameters behind the word `position`."""
    if not words or words[0].lower() not in ("startpos", "fen"):
        raise ValueError("'position' is followed by 'startpos' or by 'fen' and a position, and then by 'moves'")
    lowered = [word.lower() for word in words]
    cut = lowered.index("moves") if "moves" in lowered else len(words)
    moves = tuple(words[cut + 1 :])
    if lowered[0] == "startpos":
        if cut != 1:
            raise ValueError(f"'position startpos' is followed by 'moves', not by {words[1][:40]!r}")
        return PositionCommand(None, moves)
    if cut < 2:
        raise ValueError("'position fen' needs a position behind it")
    return PositionCommand(" ".join(words[1:cut]), moves)


def parse_setoption(words: list[str]) -> tuple[str, str]:
    """The name and the value (empty if absent) behind the word `setoption`."""
    lowered = [word.lower() for word in words]
    if not words or lowered[0] != "name":
        raise ValueError("'setoption' is written 'setoption name NAME value VALUE'")
    cut = lowered.index("value") if "value" in lowered else len(words)
    name = " ".join(words[1:cut])
    if not name:
        raise ValueError("'setoption name' needs the name of an option behind it")
    return name, " ".join(words[cut + 1 :])
