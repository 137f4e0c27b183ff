"""A match on the screen: a live table in a terminal, plain lines elsewhere, and the final summary."""

from __future__ import annotations

import math
import types

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from selfplay.matches.arena import Match
from selfplay.matches.record import GameRecord
from selfplay.matches.referee import FAILURES
from selfplay.matches.standings import Duel, Standing


class MatchDisplay:
    """Shows a match while it runs; a context manager whose `show` is called after each game."""

    def __init__(self, match: Match, console: Console) -> None:
        self._match = match
        self._console = console
        self._live = (
            Live(self._render(), console=console, refresh_per_second=4, transient=True) if console.is_terminal else None
        )

    def __enter__(self) -> MatchDisplay:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, record: GameRecord) -> None:
        """A game has ended."""
        if self._live is not None:
            self._live.update(self._render())
            if record.reason in FAILURES:
                self._live.console.print(game_line(record), style="red", highlight=False)
            return
        total = len(self._match.planned)
        self._console.print(f"[{len(self._match.records)}/{total}] {game_line(record)}", markup=False, highlight=False)
        if len(self._match.names) == 2:
            self._console.print(f"    {duel_line(self._match.duels()[0])}", markup=False, highlight=False)

    def summary(self) -> None:
        """Print the final tables."""
        self._console.print(self._render())

    def _render(self) -> RenderableType:
        lines = [Text(duel_line(duel)) for duel in self._match.duels()]
        state = f"{len(self._match.records)} of {len(self._match.planned)} games, in {self._match.folder.path}"
        return Group(standings_table(self._match.standings()), *lines, Text(state, style="dim"))


def standings_table(standings: list[Standing]) -> Table:
    """Players by points, with their failures, mean depth and speed."""
    table = Table(box=None, pad_edge=False)
    table.add_column("player", no_wrap=True)
    for heading in ("games", "+", "=", "-", "score", "depth", "knps", "s/move"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("lost by")
    for standing in standings:
        facts = standing.json()
        table.add_row(
            Text(standing.name),
            *(str(number) for number in (standing.games, standing.wins, standing.draws, standing.losses)),
            f"{100 * standing.points / standing.games:.1f} %" if standing.games else "-",
            "-" if facts["mean_depth"] is None else f"{facts['mean_depth']:.1f}",
            "-" if facts["nps"] is None else f"{facts['nps'] / 1000:.0f}",
            "-" if facts["mean_move_seconds"] is None else f"{facts['mean_move_seconds']:.3f}",
            ", ".join(f"{count} {reason}" for reason, count in standing.failures.items() if count) or "chess only",
        )
    return table


def duel_line(duel: Duel) -> str:
    """Such as `new vs old: +30 =50 -20, 55.0 %, Elo +34.9 ± 41.2, LOS 95.2 %, pairs [1, 9, 20, 15, 5]`."""
    losses, draws, wins = duel.trinomial
    guess = duel.estimate
    margin = f" ± {guess.margin:.1f}" if math.isfinite(guess.margin) else ""
    line = (
        f"{duel.first} vs {duel.second}: +{wins} ={draws} -{losses}, {100 * duel.score:.1f} %, "
        f"Elo {guess.elo:+.1f}{margin}, LOS {100 * guess.los:.1f} %, pairs {list(duel.pentanomial)}"
    )
    if duel.sprt is not None:
        ratio = duel.sprt.ratio(duel.pentanomial)
        verdict = duel.sprt.verdict(duel.pentanomial)
        line += f", LLR {ratio:+.2f} in ({duel.sprt.lower:.2f}, {duel.sprt.upper:.2f})"
        if verdict != "open":
            line += f": {verdict} accepted"
    return line


def game_line(record: GameRecord) -> str:
    """Such as `game 7: new - old 1-0 (checkmate, 83 plies, 24.1 s)`."""
    detail = f": {record.detail}" if record.detail else ""
    return (
        f"game {record.game + 1}: {record.white.name} - {record.black.name} {record.result} "
        f"({record.reason}{detail}, {record.plies} plies, {record.seconds:.1f} s)"
    )
