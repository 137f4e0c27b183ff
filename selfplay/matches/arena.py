"""Matches between programs: the schedule played by several threads, recorded, resumed, and stopped when decided."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from selfplay.matches.openings import Opening, load_openings, pair_opening
from selfplay.matches.player import Player, PlayerError
from selfplay.matches.record import GameRecord, RunFolder
from selfplay.matches.referee import AbandonedError, Adjudication, Patience, play_game
from selfplay.matches.schedule import Format, ScheduledGame, schedule
from selfplay.matches.spec import Limit, PlayerSpec
from selfplay.matches.sprt import Sprt
from selfplay.matches.standings import Duel, Standing, duels, standings


@dataclass(frozen=True, kw_only=True)
class MatchConfig:
    """A match; checked when made."""

    players: tuple[PlayerSpec, ...]
    """At least two, of different names."""
    limit: Limit | None = None
    """For players without a limit of their own."""
    games: int = 100
    """Games of each two players who meet, rounded up to even; the most games where `sprt` stops earlier."""
    form: Format = "round-robin"
    openings: str = "builtin"
    """See `selfplay.matches.openings.load_openings`."""
    opening_plies: int | None = None
    """Take at most so many plies of a PGN's lines."""
    opening_seed: int | None = 1
    """Shuffles the openings; None leaves them in order."""
    concurrency: int = 1
    """Games played at the same time."""
    sprt: Sprt | None = None
    """Stop a match of two as soon as this test is decided."""
    adjudication: Adjudication = field(default_factory=Adjudication)
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        names = [player.name for player in self.players]
        if len(names) < 2:
            raise ValueError("a match needs at least two players")
        if len(set(names)) < len(names):
            raise ValueError(f"players need different names, not {', '.join(names)}")
        for player in self.players:
            if player.limit is None and self.limit is None:
                raise ValueError(f"player {player.name} has no limit: give a time control, a time, nodes or depth")
            player.argv()
        if self.games < 1 or self.concurrency < 1:
            raise ValueError("games and concurrency must be at least 1")
        if self.sprt is not None and len(names) != 2:
            raise ValueError("a sequential test is between two players")

    def limit_of(self, player: int) -> Limit:
        """The limit that this player plays under."""
        limit = self.players[player].limit or self.limit
        assert limit is not None
        return limit

    def json(self) -> dict[str, Any]:
        """What must be the same when the match is resumed; more games, other concurrency or another test may follow."""
        return {
            "players": [
                {
                    "name": player.name,
                    "command": player.command,
                    "options": dict(player.options),
                    "folder": player.folder,
                    "limit": str(self.limit_of(index)),
                }
                for index, player in enumerate(self.players)
            ],
            "form": self.form,
            "openings": self.openings,
            "opening_plies": self.opening_plies,
            "opening_seed": self.opening_seed,
            "adjudication": asdict(self.adjudication),
        }


class Match:
    """A match in its run folder. `run` plays what is missing."""

    def __init__(self, config: MatchConfig, folder: Path) -> None:
        """Open or begin the match in `folder`; ValueError where the openings or the folder are not right."""
        self.config = config
        self.names = tuple(player.name for player in config.players)
        self.openings: Sequence[Opening] = load_openings(
            config.openings, plies=config.opening_plies, seed=config.opening_seed
        )
        self.planned: list[ScheduledGame] = schedule(len(config.players), config.form, config.games)
        self.folder = RunFolder(folder, config.json())
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._running: set[int] = set()
        self._workers: list[_Worker] = []
        self._error: Exception | None = None

    @property
    def records(self) -> list[GameRecord]:
        """The finished games, in the order they finished."""
        return list(self.folder.games)

    def duels(self) -> list[Duel]:
        """Each two players' results."""
        return duels(self.names, self.planned, self.records, self.config.sprt)

    def standings(self) -> list[Standing]:
        """Each player's standing, the best first."""
        return standings(self.names, self.records)

    @property
    def decided(self) -> bool:
        """Whether the sequential test has accepted a hypothesis."""
        sprt = self.config.sprt
        return sprt is not None and sprt.verdict(self.duels()[0].pentanomial) != "open"

    @property
    def finished(self) -> bool:
        """Whether nothing is left to play."""
        done = {record.game for record in self.records}
        return self.decided or all(game.number in done for game in self.planned)

    def json(self) -> dict[str, Any]:
        """The summary, with the documented keys (docs/matches.md)."""
        return {
            "finished": self.finished,
            "games": len(self.records),
            "planned_games": len(self.planned),
            "seconds": round(sum(record.seconds for record in self.records), 1),
            "config": self.config.json(),
            "players": [standing.json() for standing in self.standings()],
            "duels": [duel.json() for duel in self.duels()],
        }

    def check_players(self) -> dict[str, str]:
        """Start each program once and return what it calls itself; ValueError for options that one lacks.

        A program that fails to start is left out here: its games are lost one by one, with the reason in the record.
        """
        called: dict[str, str] = {}
        for spec in self.config.players:
            player = Player(spec, start_seconds=self.config.patience.start)
            try:
                player.start()
                called[spec.name] = player.engine_name
            except PlayerError:
                continue
            finally:
                player.close()
        return called

    def run(self, on_game: Callable[[GameRecord], None] = lambda record: None) -> None:
        """Play the missing games; `on_game` is called after each, from the threads that play, one call at a time.

        Returns when all are played or the test is decided. An exception, Ctrl-C too, ends the games in progress, which
        then do not count, and is raised again.
        """
        if self.finished:
            return
        self._workers = [_Worker(self, on_game) for _ in range(min(self.config.concurrency, len(self.planned)))]
        for worker in self._workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in self._workers):
                # Short waits: a wait without end would not see Ctrl-C on every system.
                for worker in self._workers:
                    worker.join(0.2)
        finally:
            self.stop()
            for worker in self._workers:
                worker.join()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """End the games in progress; they do not count."""
        self._stop.set()
        for worker in self._workers:
            worker.kill_players()

    def pids(self) -> list[tuple[str, int]]:
        """The running programs: their players' names and process numbers."""
        found = []
        for worker in self._workers:
            for player in worker.seated():
                if (pid := player.pid) is not None:
                    found.append((player.spec.name, pid))
        return found

    def take(self) -> ScheduledGame | None:
        """The next game to play, or None where there is no more."""
        with self._lock:
            if self._stop.is_set() or self.decided:
                return None
            done = {record.game for record in self.folder.games} | self._running
            for game in self.planned:
                if game.number not in done:
                    self._running.add(game.number)
                    return game
            return None

    def play(self, game: ScheduledGame, players: Sequence[Player], on_game: Callable[[GameRecord], None]) -> None:
        """Play and record one game between running or startable `players`, White's first."""
        opening = pair_opening(self.openings, game.opening)
        limits = (self.config.limit_of(game.white), self.config.limit_of(game.black))
        began = datetime.now(UTC)
        played = play_game(
            players,
            limits,
            opening,
            adjudication=self.config.adjudication,
            patience=self.config.patience,
            stopped=self._stop.is_set,
        )
        headers = {
            "Event": self.folder.path.name,
            "Site": "?",
            "Date": began.strftime("%Y.%m.%d"),
            "Round": f"{game.number // 2 + 1}.{game.number % 2 + 1}",
            "TimeControl": str(limits[0]) if limits[0] == limits[1] else f"{limits[0]} : {limits[1]}",
        }
        names = (self.names[game.white], self.names[game.black])
        with self._lock:
            if self._stop.is_set():
                return
            record = self.folder.add(game.number, names, opening, played, headers)
            self._running.discard(game.number)
            if self.decided:
                self._stop.set()
            on_game(record)

    def fail(self, error: Exception) -> None:
        """End the match because of `error`."""
        self._error = self._error or error
        self._stop.set()


class _Worker(threading.Thread):
    """Plays one game after the other with programs of its own."""

    def __init__(self, match: Match, on_game: Callable[[GameRecord], None]) -> None:
        super().__init__(name="match", daemon=True)
        self._match = match
        self._on_game = on_game
        self._players: dict[int, Player] = {}

    def run(self) -> None:
        """Until no game is left; what goes wrong here ends the match."""
        try:
            while (game := self._match.take()) is not None:
                self._match.play(game, self._seat(game), self._on_game)
        except AbandonedError:
            pass
        except Exception as error:
            self._match.fail(error)
        finally:
            for player in self.seated():
                player.close()

    def kill_players(self) -> None:
        """End its programs at once, so that a game in progress ends; from any thread."""
        for player in self.seated():
            player.kill()

    def seated(self) -> list[Player]:
        """Its programs; from any thread."""
        return list(self._players.values())

    def _seat(self, game: ScheduledGame) -> tuple[Player, Player]:
        """Both players of the game; programs of others are closed, so that only what plays takes memory."""
        for index in [index for index in self._players if index not in (game.white, game.black)]:
            self._players.pop(index).close()
        for index in (game.white, game.black):
            if index not in self._players:
                config = self._match.config
                self._players[index] = Player(config.players[index], start_seconds=config.patience.start)
        return self._players[game.white], self._players[game.black]


def default_folder(names: Sequence[str], now: float | None = None) -> Path:
    """`runs/<date>-<time>-first-second`, for a match whose folder was not chosen."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    return Path("runs") / "-".join((stamp, *("".join(c for c in name if c.isalnum() or c in "._") for name in names)))
