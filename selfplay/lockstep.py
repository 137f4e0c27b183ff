"""Self-play of many games in lockstep: every tree gives one leaf to each batch that the network evaluates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from search import rules as generic
from search.evaluator import Evaluator, new_batch
from search.mcts.forest import HISTORY_KEYS, UNPROVEN, new_forest
from search.mcts.gathering import gather, give_back
from search.mcts.gumbel import considered_visits, gumbel_noise
from search.mcts.options import Options, write_options
from search.mcts.selection import improved_logits, improved_policy
from search.mcts.simulation import plant, tree_of
from search.memory import aligned_records, copy_record
from search.rules import LOSS, ONGOING, WIN, State
from selfplay.samples import Samples, no_samples


@dataclass(frozen=True, kw_only=True)
class SelfPlayConfig:
    """How games are played against oneself."""

    options: Options = field(default_factory=lambda: Options(selection="gumbel"))
    """Of the search."""
    simulations: int = 32
    """Of a move from which is learnt."""
    quick_simulations: int = 8
    """Of the other moves, which only carry the game on (playout cap randomisation, KataGo)."""
    full_share: float = 1.0
    """Share of the moves from which is learnt."""
    temperature: float = 1.0
    """Of the choice among moves by their visits, without Gumbel; 0 plays the best."""
    temperature_plies: int = 10_000
    """Plies from which on the best move is played."""
    dirichlet_alpha: float = 1.0
    """Concentration of the noise on the root's policy, without Gumbel."""
    dirichlet_share: float = 0.25
    """Share of the root's policy that is noise; 0 for none."""
    opening_share: float = 0.5
    """Share of the games that begin with random moves, so that more of the game is seen."""
    opening_plies: int = 4
    """Random moves of such a game at most; it has 1 at least."""
    longest: int = 512
    """Plies after which a game is a draw."""

    def __post_init__(self) -> None:
        if min(self.simulations, self.quick_simulations, self.longest) < 1:
            raise ValueError(f"simulations and plies must be at least 1: {self}")
        if not (0 < self.full_share <= 1 and 0 <= self.dirichlet_share < 1):
            raise ValueError(f"full_share must be in 0..1 and above 0, dirichlet_share in 0..1: {self}")
        if not 0 <= self.opening_share <= 1 or self.opening_plies < 1:
            raise ValueError(f"opening_share must be in 0..1, opening_plies at least 1: {self}")
        if self.temperature < 0 or self.dirichlet_alpha <= 0:
            raise ValueError(f"temperature must not be negative, dirichlet_alpha must be above 0: {self}")


@dataclass(frozen=True)
class PlayedGame:
    """A finished game."""

    moves: tuple[int, ...]
    result: int
    """1 if the first to move won, -1 if it lost, 0 for a draw."""
    samples: Samples
    """Of the moves from which is learnt."""


@dataclass
class _Running:
    """A game in progress."""

    state: Any
    keys: list[int] = field(default_factory=list)
    moves: list[int] = field(default_factory=list)
    rows: list[tuple[int, Any, int, npt.NDArray[np.float32]]] = field(default_factory=list)
    """Ply, state, repetitions and policy of each move from which is learnt."""


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
        nodes = max(config.simulations, config.quick_simulations) + 2
        self._forest = new_forest(self._rules, games, nodes, (nodes + 1) * self._rules.max_moves)
        for head in self._forest.heads:
            write_options(head.options, config.options)
        self._batch = new_batch(self._rules, games)
        self._places = np.zeros((games, 2), np.int64)

    def play(self, games: int, seed: int, on_move: Callable[[int], None] | None = None) -> list[PlayedGame]:
        """Play so many games to their ends, the same ones for a seed and a network; `on_move` is told how many ended.

        No game is broken off, so that short ones do not outnumber long ones.
        """
        self._rng = np.random.default_rng(seed)
        running = {slot: self._begin() for slot in range(min(games, self._slots))}
        started = len(running)
        played: list[PlayedGame] = []
        while running:
            slots = list(running)
            full = self._rng.random(len(slots)) < self.config.full_share
            self._search(running, full)
            for slot, learn in zip(slots, full.tolist(), strict=True):
                done = self._make_move(slot, running[slot], learn=learn)
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

    def _begin(self) -> _Running:
        """A new game, perhaps after random moves."""
        if self._rng.random() >= self.config.opening_share:
            return _Running(self._start())
        moves = np.zeros(self._rules.max_moves, np.int32)
        while True:
            game = _Running(self._start())
            for _ in range(self._rng.integers(1, self.config.opening_plies + 1)):
                count = int(generic.legal(game.state, moves))
                self._advance(game, int(moves[self._rng.integers(count)]))
                if generic.verdict(game.state, moves) != ONGOING:
                    break
            else:
                return game

    def _advance(self, game: _Running, move: int) -> None:
        child = aligned_records(1, self._rules.dtype)[0]
        self._rules.play(game.state, child, move)
        game.keys.append(int(generic.key(game.state)))
        game.moves.append(move)
        game.state = child

    # Searching.

    def _search(self, running: dict[int, _Running], full: npt.NDArray[np.bool_]) -> None:
        config, forest = self.config, self._forest
        gumbel = config.options.selection == "gumbel"
        games = np.array(list(running), np.int64)
        limits = np.zeros(self._slots, np.int64)
        limits[games] = np.where(full, config.simulations, config.quick_simulations)
        schedules = []
        for slot, game in running.items():
            copy_record(game.state, forest.states[slot, 0])
            head = forest.heads[slot]
            known = game.keys[-HISTORY_KEYS:]
            head.keys[: len(known)] = known
            head.known_keys = len(known)
            plant(forest, slot)
            schedules.append(self._prepare_gumbel(slot, int(limits[slot])))
        for simulation in range(int(limits.max())):
            wanted = np.full(len(games), -1, np.int64)
            if gumbel and simulation > 0:
                wanted[:] = [plan[min(simulation - 1, len(plan) - 1)] for plan in schedules]
            self._simulate(games, wanted, np.minimum(limits, simulation + 1))
            if simulation == 0 and not gumbel and config.dirichlet_share > 0:
                for slot in running:
                    self._mix_noise(slot)

    def _simulate(
        self, games: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64], limits: npt.NDArray[np.int64]
    ) -> None:
        """One simulation in every tree that has not as many as `limits` says."""
        rows = int(gather(self._forest, games, wanted, 1, limits, self._batch, self._places))
        if rows:
            self.evaluator.evaluate(self._batch.first(rows))
            give_back(self._forest, self._places, rows, self._batch)

    def _prepare_gumbel(self, number: int, simulations: int) -> tuple[int, ...]:
        if self.config.options.selection != "gumbel":
            return ()
        count = int(self._forest.nodes[number, 0].count)
        self._forest.heads[number].gumbels[:count] = gumbel_noise(count, self._rng)
        return considered_visits(min(self.config.options.considered, count), max(simulations - 1, 1))

    def _mix_noise(self, number: int) -> None:
        root = self._forest.nodes[number, 0]
        first, count = int(root.first), int(root.count)
        edges = self._forest.edges[number, first : first + count]
        noise = self._rng.dirichlet([self.config.dirichlet_alpha] * count)
        edges["prior"] = (1 - self.config.dirichlet_share) * edges["prior"] + self.config.dirichlet_share * noise

    # Moving.

    def _make_move(self, number: int, game: _Running, *, learn: bool) -> PlayedGame | None:
        """Choose and make a move; the game if it has ended with it."""
        index, policy = self._choice(number, len(game.moves))
        root = self._forest.nodes[number, 0]
        if learn:
            game.rows.append((len(game.moves), game.state, int(root.repetitions), policy))
        move = int(self._forest.edges[number, int(root.first) + index].move)
        self._advance(game, move)
        verdict = generic.verdict(game.state, np.zeros(self._rules.max_moves, np.int32))
        if verdict == ONGOING and game.keys.count(int(generic.key(game.state))) >= 2:
            verdict = 0
        if verdict == ONGOING and len(game.moves) >= self.config.longest:
            verdict = 0
        if verdict == ONGOING:
            return None
        result = verdict if len(game.moves) % 2 == 0 else -verdict
        return PlayedGame(tuple(game.moves), result, self._samples(game, result))

    def _choice(self, number: int, ply: int) -> tuple[int, npt.NDArray[np.float32]]:
        """The index of the move to make, and the policy to learn, [max_moves]."""
        forest = self._forest
        heads, *rows = forest
        tree = type(tree_of(forest, 0))(heads[number : number + 1], *(row[number] for row in rows))
        root = tree.nodes[0]
        first, count = int(root.first), int(root.count)
        children = tree.edges[first : first + count]["child"]
        visits = np.where(children >= 0, tree.nodes["visits"][children], 0).astype(np.float64)
        policy = np.zeros(self._rules.max_moves)
        scores = np.zeros(self._rules.max_moves)
        proven = np.where(children >= 0, tree.nodes["proven"][children], UNPROVEN)
        gumbel = self.config.options.selection == "gumbel"
        if gumbel:
            improved_policy(tree, 0, policy)
            improved_logits(tree, 0, scores)
            scores[:count] += tree.head[0].gumbels[:count]
        else:
            policy[:count] = visits / max(visits.sum(), 1)
        if int(root.proven) == WIN:
            # A proven win is what to learn, and to play.
            wins = proven == LOSS
            policy[:count] = wins / wins.sum()
            return int(self._rng.choice(np.flatnonzero(wins))), policy.astype(np.float32)
        playable = proven != WIN if (proven != WIN).any() else np.ones(count, bool)
        if gumbel:
            most = visits[playable].max()
            candidates = np.flatnonzero(playable & (visits == most))
            return int(candidates[scores[candidates].argmax()]), policy.astype(np.float32)
        weights = np.where(playable, visits, 0) + 1e-12 * playable
        if ply >= self.config.temperature_plies or self.config.temperature == 0:
            return int(weights.argmax()), policy.astype(np.float32)
        weights = (weights / weights.max()) ** (1 / self.config.temperature)
        return int(self._rng.choice(count, p=weights / weights.sum())), policy.astype(np.float32)

    def _samples(self, game: _Running, result: int) -> Samples:
        samples = no_samples(self._rules, len(game.rows))
        moves = np.zeros(self._rules.max_moves, np.int32)
        for row, (ply, state, repetitions, policy) in enumerate(game.rows):
            samples.states[row] = state
            samples.repetitions[row] = repetitions
            samples.counts[row] = generic.legal(state, moves)
            samples.policy[row] = policy
            samples.wdl[row, 1 - (result if ply % 2 == 0 else -result)] = 1.0
        return samples
