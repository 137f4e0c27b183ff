"""Games of the chess engine against itself for training data: how they begin, and the quiet positions in them.

A game is decided by the configuration and its number alone, whoever plays it and in whatever order. `play_games` is the
unit of work: it pickles, needs no folder, and gives back bytes.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import chess
import numpy as np
import numpy.typing as npt

from engine.chess.game import ChessGame
from engine.chess.nnue import network_of
from engine.chess.packed import PACKED, new_positions
from engine.chess.rules import CHESS
from engine.chess.whole_games import COURSE, LONGEST_GAME, play_game
from search.alphabeta import AlphaBeta
from search.evaluation import Evaluation
from search.memory import aligned_records
from search.rules import State
from selfplay.matches.openings import Opening, load_openings

#: Every opening of a game that begins from a balanced position is followed by at most so many random plies.
_PLIES_AFTER_OPENING = 3


@dataclass(frozen=True, kw_only=True)
class GenerationConfig:
    """How games are played, and which of their positions are kept."""

    seed: int = 1
    """Games of another seed are other games."""
    nodes: int = 1500
    """Nodes for each move."""
    evaluation: str = "nnue"
    """Name of the static evaluation."""
    evaluation_network: str = field(init=False, default="")
    """Digits of the SHA-256 of its network, where it has one."""
    opening_share: float = 0.25
    """The share of the games that begin from one of the built-in balanced openings, and up to 3 random plies."""
    chess960_share: float = 0.1
    """The share of the games that begin from a random start position of Chess960."""
    least_random: int = 6
    """Random plies at the beginning of all other games, at least,"""
    most_random: int = 10
    """and at most."""
    opening_score: int = 300
    """A start whose score lies further from 0 is not played, in centipawns."""
    won_score: int = 1000
    """A game is given up for won when the score is beyond this, in centipawns,"""
    won_plies: int = 6
    """for so many plies, so that both players agree."""
    drawn_score: int = 10
    """A game is given up for drawn when the score is within this,"""
    drawn_plies: int = 10
    """for so many plies,"""
    drawn_from: int = 80
    """the first of them this ply after the opening or later."""
    longest: int = 400
    """A game is drawn after so many plies."""
    quiet: bool = True
    """Whether only quiet positions are kept: not in check, and the best move neither captures nor promotes. A static
    evaluation learns from these; a policy must see all."""
    most_score: int = 3000
    """Positions with a score further from 0 are not kept, in centipawns."""
    games_a_shard: int = 2000
    """Games whose positions lie in one file."""

    def __post_init__(self) -> None:
        if not 0 <= min(self.opening_share, self.chess960_share) <= self.opening_share + self.chess960_share <= 1:
            raise ValueError("the shares of openings and of Chess960 must be at least 0, and together at most 1")
        if not 0 <= self.least_random <= self.most_random <= 60:
            raise ValueError(f"random plies must be in 0..60; they are {self.least_random} to {self.most_random}")
        if not 1 <= self.longest <= LONGEST_GAME:
            raise ValueError(f"longest must be in 1..{LONGEST_GAME}; it is {self.longest}")
        if min(self.nodes, self.won_plies, self.drawn_plies, self.games_a_shard) < 1:
            raise ValueError("nodes, won_plies, drawn_plies and games_a_shard must be at least 1")
        if min(self.opening_score, self.won_score, self.drawn_score, self.drawn_from, self.seed) < 0:
            raise ValueError("scores, plies and the seed must not be negative")
        if not 0 <= self.most_score <= 30_000:
            raise ValueError(f"most_score must be in 0..30000; it is {self.most_score}")
        if self.evaluation not in ChessGame().evaluations:
            names = ", ".join(ChessGame().evaluations)
            raise ValueError(f"there is no evaluation {self.evaluation!r} of chess; there are {names}")
        object.__setattr__(self, "evaluation_network", network_of(self.evaluation))


@dataclass(frozen=True)
class PlayedGame:
    """One game of a configuration."""

    number: int
    """Its number, from 0."""
    positions: bytes
    """Those of its positions that are kept, in order, records of `engine.chess.packed.PACKED`."""
    plies: int
    """After the opening."""
    winner: int
    """0 White, 1 Black, -1 nobody."""
    nodes: int

    @property
    def count(self) -> int:
        """The number of positions."""
        return len(self.positions) // PACKED.itemsize

    def array(self) -> npt.NDArray[np.void]:
        """The positions, [count] of PACKED."""
        return np.frombuffer(self.positions, PACKED)


@lru_cache
def _openings() -> list[Opening]:
    return load_openings("builtin")


def starts(config: GenerationConfig, number: int) -> Iterator[State]:
    """Where game `number` may begin, one position after another; the first level one is played."""
    generator = random.Random(f"{config.seed} {number}")
    game = ChessGame(chess960=True)
    while True:
        kind = generator.random()
        plies = generator.randint(config.least_random, config.most_random)
        if kind < config.opening_share:
            state = game.from_board(generator.choice(_openings()).board())
            plies = generator.randint(0, _PLIES_AFTER_OPENING)
        elif kind < config.opening_share + config.chess960_share:
            state = game.from_board(chess.Board.from_chess960_pos(generator.randrange(960)))
        else:
            state = game.parse(game.start)
        played = _random_plies(state, plies, generator)
        if played is not None:
            yield played


def _random_plies(state: State, plies: int, generator: random.Random) -> State | None:
    """The state after random moves, or None where they come to an end."""
    states = aligned_records(2, CHESS.dtype)
    states[0] = state
    moves = np.zeros(CHESS.max_moves, np.int32)
    for ply in range(plies + 1):
        here, after = states[ply & 1], states[1 - (ply & 1)]
        count = int(CHESS.legal(here, moves))
        if count == 0:
            return None
        if ply < plies:
            CHESS.play(here, after, int(moves[generator.randrange(count)]))
    last: State = states[plies & 1]
    return last


class Table:
    """Where whole games are played: a searcher, and the room for the positions of a game."""

    def __init__(self, config: GenerationConfig, evaluation: Evaluation | None = None) -> None:
        """With another evaluation than the one that `config` names, if one is given."""
        self.config = config
        # A table of 1 MiB stays in the processor's cache, and holds the few nodes of a move many times over.
        self._searcher = AlphaBeta(CHESS, evaluation or ChessGame().evaluations[config.evaluation], hash_mib=1)
        self._positions = new_positions(LONGEST_GAME)
        self._course: Any = np.zeros(1, COURSE).view(np.recarray)[0]
        for name, value in asdict(config).items():
            if name in (COURSE.names or ()):
                self._course[name] = value

    def play(self, number: int) -> PlayedGame:
        """Play the game with this number."""
        course = self._course
        for start in starts(self.config, number):
            self._searcher.new_game()
            workers = self._searcher.bare_worker()
            workers[0].states[0] = start
            count = int(play_game(workers, course, self._positions))
            if count >= 0:
                break
        positions = self._positions[:count].tobytes()
        return PlayedGame(number, positions, int(course.plies), int(course.winner), int(course.searched))


@lru_cache(maxsize=1)
def _table(config: GenerationConfig) -> Table:
    """Kept by each process from one call of `play_games` to the next."""
    return Table(config)


def play_games(config: GenerationConfig, numbers: Iterable[int]) -> list[PlayedGame]:
    """Play the games with these numbers."""
    table = _table(config)
    return [table.play(number) for number in numbers]
