"""A folder of training data that grows: games by several processes, shards in order, whole after a kill at any moment.

    generation.json         the configuration; the folder takes positions of no other
    games-NNNNNNNN.shard    positions of the games from this number on, in order
    games-NNNNNNNN.journal  the same while games are missing: each game is appended when it is over

Games may end in any order; a shard holds them by number, so that the same configuration makes the same bytes on every
machine. A kill loses the games in hand; what it leaves of a half-written one is noticed and cut off.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

import numpy as np

from engine.chess.packed import PACKED
from search.whole_file import write_whole
from selfplay.positions.generation import GenerationConfig, PlayedGame, play_games
from selfplay.positions.shards import SUFFIX, Shard, ShardError, read_shard, write_shard
from selfplay.workforce import Here, Snapshot, Unit, Work, Workforce

CONFIG = "generation.json"
JOURNAL = ".journal"

#: An entry of a journal: game, plies, winner, nodes, length of the positions; then CRC-32 of both, then the positions.
_ENTRY = struct.Struct("<IIiQI")
_CHECK = struct.Struct("<I")

_WINNERS = {0: "white", 1: "black", -1: "drawn"}


def read_journal(path: Path) -> tuple[list[PlayedGame], int]:
    """The whole games in a journal, and the length of the file up to where they end."""
    return entries(path.read_bytes() if path.exists() else b"")


def entries(content: bytes) -> tuple[list[PlayedGame], int]:
    """The whole games in the content of a journal, and the length up to where they end."""
    games: list[PlayedGame] = []
    end = 0
    while len(content) - end >= _ENTRY.size + _CHECK.size:
        head = content[end : end + _ENTRY.size]
        number, plies, winner, nodes, length = _ENTRY.unpack(head)
        begin = end + _ENTRY.size + _CHECK.size
        positions = content[begin : begin + length]
        (check,) = _CHECK.unpack_from(content, end + _ENTRY.size)
        if len(positions) < length or length % PACKED.itemsize or zlib.crc32(positions, zlib.crc32(head)) != check:
            break
        games.append(PlayedGame(number, positions, plies, winner, nodes))
        end = begin + length
    return games, end


def journal_entry(game: PlayedGame) -> bytes:
    """The bytes that stand for a game in a journal."""
    head = _ENTRY.pack(game.number, game.plies, game.winner, game.nodes, len(game.positions))
    return head + _CHECK.pack(zlib.crc32(game.positions, zlib.crc32(head))) + game.positions


@dataclass
class _Open:
    """A shard of which games are missing."""

    games: dict[int, PlayedGame]
    journal: IO[bytes]


@dataclass
class GenerationRun:
    """The folder and what is in it. Use as `with GenerationRun.open(…) as run`."""

    folder: Path
    config: GenerationConfig
    told: Callable[[str], None]
    """Is told, in a sentence, of every damaged shard, which is made again."""
    positions: int = 0
    """In all finished games."""
    games: int = 0
    """Finished ones."""
    counts: dict[int, int] = field(default_factory=dict)
    """Positions of each finished game, by its number."""
    _open: dict[int, _Open] = field(default_factory=dict)
    _whole: set[int] = field(default_factory=set)

    @staticmethod
    @contextmanager
    def open(
        folder: Path, config: GenerationConfig, told: Callable[[str], None] = lambda sentence: None
    ) -> Iterator[GenerationRun]:
        """The folder, made if need be; ValueError if it is of another configuration or somebody else fills it now."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / CONFIG
        if not path.exists():
            if any(folder.glob(f"*{SUFFIX}")):
                raise ValueError(f"{folder} holds shards but no {CONFIG}; choose another folder")
            write_whole(path, json.dumps(asdict(config), indent=1) + "\n")
        with path.open("rb") as file:
            if not _locked(file):
                raise ValueError(f"another process is generating into {folder}")
            _check_config(path, config)
            run = GenerationRun(folder, config, told)
            try:
                run._look()
                yield run
            finally:
                for shard in run._open.values():
                    shard.journal.close()

    def _path(self, shard: int, suffix: str) -> Path:
        return self.folder / f"games-{shard * self.config.games_a_shard:08d}{suffix}"

    def _look(self) -> None:
        """Find out what is there."""
        for path in sorted(self.folder.glob(f"games-*{SUFFIX}")):
            number = int(path.stem.removeprefix("games-")) // self.config.games_a_shard
            if self._path(number, JOURNAL).exists():
                continue
            try:
                shard = read_shard(path)
            except ShardError as error:
                self.told(f"{error}; its games are played again")
                path.unlink()
                continue
            self._count_whole(number, shard)
        for path in sorted(self.folder.glob(f"games-*{JOURNAL}")):
            self._opened(int(path.stem.removeprefix("games-")) // self.config.games_a_shard)

    def _count_whole(self, number: int, shard: Shard) -> None:
        first = number * self.config.games_a_shard
        for index, count in enumerate(shard.facts["positions_of_games"]):
            self._count(first + index, count)
        self._whole.add(number)

    def _count(self, game: int, positions: int) -> None:
        self.counts[game] = positions
        self.games += 1
        self.positions += positions

    def _opened(self, number: int) -> _Open:
        if number not in self._open:
            path = self._path(number, JOURNAL)
            games, end = read_journal(path)
            journal = path.open("ab")
            journal.truncate(end)
            self._open[number] = _Open({}, journal)
            for game in games:
                self._open[number].games[game.number] = game
                self._count(game.number, game.count)
        return self._open[number]

    def missing(self) -> Iterator[int]:
        """The numbers of the games that are not there, in order, without end."""
        shard = 0
        while True:
            if shard not in self._whole:
                first = shard * self.config.games_a_shard
                for number in range(first, first + self.config.games_a_shard):
                    if number not in self.counts:
                        yield number
            shard += 1

    def add(self, game: PlayedGame) -> None:
        """Write down a finished game."""
        number = game.number // self.config.games_a_shard
        shard = self._opened(number)
        shard.journal.write(journal_entry(game))
        shard.journal.flush()
        shard.games[game.number] = game
        self._count(game.number, game.count)

    def write_whole_shards(self, positions: int) -> None:
        """Write each shard of which no game is missing, and all are among the first that hold `positions` positions.

        Games may end out of order, so that a shard may be full before it is known whether it takes all of its games.
        """
        for number in sorted(self._open):
            if len(self._open[number].games) < self.config.games_a_shard:
                return
            games = self._games_for(positions)
            last = (number + 1) * self.config.games_a_shard
            known = all(game in self.counts for game in range(last))
            if not known or (games is not None and games < last):
                return
            self._write(number, list(self._open[number].games))
            self._close(number)

    def _close(self, number: int) -> None:
        """What was written needs no journal any more."""
        self._open[number].journal.close()
        self._path(number, JOURNAL).unlink()
        del self._open[number]
        self._whole.add(number)

    def enough(self, positions: int) -> bool:
        """Whether the games without a gap before them hold so many positions."""
        return self.positions >= positions and self._games_for(positions) is not None

    def _games_for(self, positions: int) -> int | None:
        """How many games from the first on hold so many positions; None if one of them is missing."""
        total = number = 0
        while total < positions:
            if number not in self.counts:
                return None
            total += self.counts[number]
            number += 1
        return number

    def close_at(self, positions: int) -> None:
        """Write a shard, shorter than others, of the last games that it takes to have so many positions."""
        games = self._games_for(positions) or 0
        for number, shard in self._open.items():
            wanted = [game for game in shard.games if game < games]
            if wanted:
                self._write(number, wanted)

    def _write(self, number: int, wanted: list[int]) -> None:
        games = [self._open[number].games[game] for game in sorted(wanted)]
        winners = Counter(_WINNERS[game.winner] for game in games)
        facts = {
            "made_by": "matchbox data generate",
            "config": asdict(self.config),
            "first_game": games[0].number,
            "positions_of_games": [game.count for game in games],
            "plies": sum(game.plies for game in games),
            "nodes": sum(game.nodes for game in games),
            "results": {name: winners[name] for name in _WINNERS.values()},
        }
        positions = np.concatenate([game.array() for game in games])
        write_shard(self._path(number, SUFFIX), positions, facts)


def _locked(file: IO[bytes]) -> bool:
    """Whether nobody else holds the lock on an open file; it is this process's then, until it closes the file."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _check_config(path: Path, config: GenerationConfig) -> None:
    try:
        before = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise ValueError(f"{path} cannot be read; choose another folder") from None
    now = asdict(config)
    other = [name for name in now if before.get(name) != now[name]]
    if other:
        name = other[0]
        raise ValueError(
            f"{path.parent} holds games with {name} {before.get(name)}, not {now[name]}; "
            "go on with the same options, or choose another folder"
        )


class GamesWork:
    """Games of a configuration by their numbers, as a `selfplay.workforce` does them: the answer is a journal."""

    def __init__(self, config: GenerationConfig) -> None:
        self._config = config

    def __call__(self, argument: Sequence[int], snapshot: Snapshot | None) -> bytes:
        """The entries of these games."""
        del snapshot
        return b"".join(journal_entry(game) for game in play_games(self._config, argument))


def generate(run: GenerationRun, positions: int, hire: Callable[[Work], Workforce] = Here) -> Iterator[PlayedGame]:
    """Have games played until the folder holds `positions` positions; yields each game when it is written down.

    `hire` finds who plays them.
    """
    run.write_whole_shards(positions)
    if not run.enough(positions):
        with hire(GamesWork(run.config)) as workforce:
            answers = workforce.run(Unit(number, (number,)) for number in run.missing())
            while not run.enough(positions):
                _, journal = next(answers)
                for game in entries(journal)[0]:
                    run.add(game)
                    run.write_whole_shards(positions)
                    yield game
    run.close_at(positions)
