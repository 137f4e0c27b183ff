"""Self-play of many games in lockstep, which is how samples to learn from are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from search import rules as generic
from search.evaluator import Evaluator
from search.mcts.options import Options
from search.memory import aligned_records
from search.rules import DRAW, LOSS, ONGOING, WIN, State
from selfplay.learning.samples import Samples, no_samples
from selfplay.zero.many_trees import Found, ManyTrees
from selfplay.zero.played import PlayedGame
from selfplay.zero.resignation import ResignationConfig, gives_up, lowest_in_a_row


@dataclass(frozen=True, kw_only=True)
class SelfPlayConfig:
    """How games are played against oneself."""

    options: Options = field(default_factory=lambda: Options(selection="gumbel"))
    """Of the search, with its noise: Gumbel's, or else Dirichlet's."""
    simulations: int = 32
    """Of a move from which is learnt."""
    quick_simulations: int = 8
    """Of the other moves, which only carry the game on, and whose searches have no noise (playout cap randomisation,
    KataGo)."""
    full_share: float = 1.0
    """Share of the moves from which is learnt."""
    surprise_share: float = 0.0
    """Share of the samples that goes to moves by how much the search surprised the network (KataGo); the rest goes to
    all moves alike. 0 for one sample of each move."""
    search_share: float = 0.0
    """Share of the search's own value in the outcome to learn; the rest is the game's result. What is proven, is
    learnt in any case."""
    temperature: float = 1.0
    """Of the choice among moves by their visits, without Gumbel; 0 plays the best."""
    temperature_plies: int = 10_000
    """Plies from which on the best move is played."""
    opening_share: float = 0.5
    """Share of the games that begin with random moves, so that more of the game is seen."""
    opening_plies: int = 4
    """Random moves of such a game at most; it has 1 at least."""
    longest: int = 512
    """Plies after which a game is a draw."""
    resignation: ResignationConfig = field(default_factory=ResignationConfig)

    def __post_init__(self) -> None:
        if min(self.simulations, self.quick_simulations, self.longest) < 1:
            raise ValueError(f"simulations and plies must be at least 1: {self}")
        if not 0 < self.full_share <= 1:
            raise ValueError(f"full_share is {self.full_share}; it must be above 0 and at most 1")
        if not (0 <= self.opening_share <= 1 and self.opening_plies >= 1):
            raise ValueError(f"opening_share must be in 0..1, opening_plies at least 1: {self}")
        if not (0 <= self.surprise_share <= 1 and 0 <= self.search_share <= 1):
            raise ValueError(f"surprise_share and search_share must be in 0..1: {self}")
        if min(self.temperature, self.temperature_plies) < 0:
            raise ValueError(f"temperature and temperature_plies must not be negative: {self}")


@dataclass(frozen=True)
class _Row:
    """A move from which is learnt."""

    ply: int
    state: Any
    found: Found


@dataclass
class Running:
    """A game in progress."""

    state: Any
    keys: list[int] = field(default_factory=list)
    """Of the states before this one."""
    past: list[Any] = field(default_factory=list)
    """These states."""
    moves: list[int] = field(default_factory=list)
    random: int = 0
    """Random moves that it began with."""
    played_on: bool = False
    """Nobody may resign."""
    values: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    """What the searches of either player's moves said, its own view."""
    rows: list[_Row] = field(default_factory=list)

    def advance(self, rules: generic.Rules, move: int) -> None:
        """Make a move."""
        child = aligned_records(1, rules.dtype)[0]
        rules.play(self.state, child, move)
        self.keys.append(int(generic.key(self.state)))
        self.past.append(self.state)
        self.moves.append(move)
        self.state = child

    def twin(self) -> Running:
        """A game of its own that goes on from here; its samples begin here."""
        return Running(self.state, list(self.keys), list(self.past), list(self.moves), self.random)

    def verdict(self, moves: npt.NDArray[np.int32], longest: int) -> int:
        """The verdict of its state, the mover's view; third occurrences and too long games are draws."""
        verdict = generic.verdict(self.state, moves)
        if verdict == ONGOING and self.keys.count(int(generic.key(self.state))) >= 2:
            return 0
        return 0 if verdict == ONGOING and len(self.moves) >= longest else verdict


def random_opening(start: Callable[[], State], rules: generic.Rules, most: int, rng: np.random.Generator) -> Running:
    """A game after 1 to `most` random moves that did not end it."""
    moves = np.zeros(rules.max_moves, np.int32)
    while True:
        game = Running(start())
        for _ in range(rng.integers(1, most + 1)):
            count = int(generic.legal(game.state, moves))
            game.advance(rules, int(moves[rng.integers(count)]))
            game.random += 1
            if generic.verdict(game.state, moves) != ONGOING:
                break
        else:
            return game


class Lockstep:
    """Plays many games against itself, some at a time."""

    def __init__(self, start: Callable[[], State], evaluator: Evaluator, config: SelfPlayConfig, *, games: int) -> None:
        """`start` gives the state that a new game begins with; `games` are played side by side."""
        self.evaluator = evaluator
        self.config = config
        self._start = start
        self._rules = evaluator.rules
        self._slots = games
        self._rng = np.random.default_rng(0)
        self._moves = np.zeros(self._rules.max_moves, np.int32)
        self._trees = ManyTrees(
            self._rules,
            config.options,
            slots=games,
            simulations=max(config.simulations, config.quick_simulations),
            history=evaluator.history,
        )

    def play(
        self,
        games: int,
        seed: int,
        on_move: Callable[[int], None] | None = None,
        *,
        resign_at: float | None = None,
    ) -> list[PlayedGame]:
        """Play so many games to their ends, the same ones for a seed and a network; `on_move` is told how many ended.

        Who thinks its value at or below `resign_at` for some moves resigns, but in a share of the games. No game is
        broken off, so that short ones do not outnumber long ones.
        """
        self._rng = np.random.default_rng(seed)
        config = self.config
        running = {slot: self._begin() for slot in range(min(games, self._slots))}
        started = len(running)
        played: list[PlayedGame] = []
        while running:
            slots = list(running)
            full = dict(zip(slots, (self._rng.random(len(slots)) < config.full_share).tolist(), strict=True))
            simulations = {slot: config.simulations if full[slot] else config.quick_simulations for slot in slots}
            noisy = {slot for slot in slots if full[slot]}
            self._trees.search(self.evaluator, running, simulations, self._rng, noisy=noisy)
            for slot in slots:
                done = self._make_move(slot, running[slot], learn=full[slot], resign_at=resign_at)
                if done is None:
                    continue
                played.append(done)
                if started < games:
                    running[slot] = self._begin()
                    started += 1
                else:
                    del running[slot]
            if on_move is not None:
                on_move(len(played))
        return played

    def _begin(self) -> Running:
        """A new game, perhaps after random moves."""
        config = self.config
        if self._rng.random() >= config.opening_share:
            game = Running(self._start())
        else:
            game = random_opening(self._start, self._rules, config.opening_plies, self._rng)
        game.played_on = bool(self._rng.random() < config.resignation.played_on)
        return game

    def _make_move(self, slot: int, game: Running, *, learn: bool, resign_at: float | None) -> PlayedGame | None:
        """Choose and make a move, or resign; the game if it has ended with that."""
        found = self._trees.found(slot)
        mover = len(game.moves) % 2
        if learn:
            game.rows.append(_Row(len(game.moves), game.state, found))
        values = game.values[mover]
        values.append(found.value)
        if not game.played_on and gives_up(values, self.config.resignation.moves, resign_at):
            return self._finished(game, LOSS, resigned=True)
        game.advance(self._rules, int(found.moves[self._choose(found, len(game.moves))]))
        verdict = game.verdict(self._moves, self.config.longest)
        if verdict == ONGOING:
            return None
        # What the limit alone ends does not tell how long such games last.
        cut = len(game.moves) >= self.config.longest and game.verdict(self._moves, len(game.moves) + 1) == ONGOING
        return self._finished(game, verdict, cut=cut)

    def _choose(self, found: Found, ply: int) -> int:
        """The index of the move to make."""
        config = self.config
        if found.proven == WIN:
            return int(self._rng.choice(np.flatnonzero(found.playable)))
        if config.options.selection == "gumbel" or ply >= config.temperature_plies or config.temperature == 0:
            return found.best()
        weights = np.where(found.playable, found.visits, 0.0)
        if not weights.any():
            # No move that may be played was tried: draw from the evaluator's policy.
            weights = np.where(found.playable, np.maximum(found.raw, 1e-12), 0.0)
        weights = (weights / weights.max()) ** (1 / config.temperature)
        return int(self._rng.choice(len(weights), p=weights / weights.sum()))

    def _finished(self, game: Running, verdict: int, *, resigned: bool = False, cut: bool = False) -> PlayedGame:
        """A game that ended with a verdict of its last state, the mover's view; `cut`: only for its length."""
        result = verdict if len(game.moves) % 2 == 0 else -verdict
        first, second = (lowest_in_a_row(values, self.config.resignation.moves) for values in game.values)
        return PlayedGame(
            moves=tuple(game.moves),
            random=game.random,
            result=result,
            samples=self._samples(game, result, told=not (resigned or cut)),
            resigned=resigned,
            played_on=game.played_on,
            lowest=(first, second),
        )

    def _samples(self, game: Running, result: int, *, told: bool) -> Samples:
        """The samples of a game with a result of the first player's view; `told`: it was played to its end."""
        samples = no_samples(self._rules, len(game.rows), self.evaluator.history)
        share = self.config.search_share
        for row, (ply, state, found) in enumerate((one.ply, one.state, one.found) for one in game.rows):
            count = len(found.moves)
            samples.states[row] = state
            samples.repetitions[row] = found.repetitions
            samples.counts[row] = count
            samples.policy[row, :count] = found.policy
            samples.past_counts[row] = min(ply, samples.history)
            for back in range(samples.past_counts[row]):
                before = ply - 1 - back
                samples.past[row, back] = game.past[before]
                samples.past_repetitions[row, back] = game.keys[:before].count(game.keys[before])
            if told:
                samples.moves_left[row] = len(game.moves) - ply
            if found.proven in (WIN, DRAW, LOSS):
                samples.wdl[row, 1 - found.proven] = 1.0
            else:
                samples.wdl[row] = share * found.wdl
                samples.wdl[row, 1 - (result if ply % 2 == 0 else -result)] += 1 - share
        if self.config.surprise_share == 0 or not game.rows:
            return samples
        return samples.take(self._weighted(np.array([one.found.surprise for one in game.rows])))

    def _weighted(self, surprise: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
        """Which samples to keep, and how often: on average as many as there are.

        (D. Wu, "Other methods implemented in KataGo", policy surprise weighting.)
        """
        share = self.config.surprise_share
        total = surprise.sum()
        weights = np.full(len(surprise), 1.0)
        if total > 0:
            weights = (1 - share) + share * surprise * len(surprise) / total
        whole = np.floor(weights)
        often = whole + (self._rng.random(len(weights)) < weights - whole)
        return np.repeat(np.arange(len(weights)), often.astype(np.int64))
