"""Searches of many states side by side: every tree gives one leaf to each batch that an evaluator evaluates."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from search.evaluator import Evaluator, new_batch
from search.mcts.bounds import unforced_visits
from search.mcts.forest import UNPROVEN, Tree, new_forest
from search.mcts.gathering import gather, give_back
from search.mcts.gumbel import considered_visits, gumbel_noise
from search.mcts.options import Options, write_options
from search.mcts.rooting import mix_noise, remember
from search.mcts.selection import improved_logits, improved_policy
from search.mcts.simulation import plant
from search.memory import copy_record
from search.rules import DRAW, LOSS, WIN, Rules


class Searched(Protocol):
    """A game whose current state is searched."""

    state: Any
    keys: list[int]
    """Of the states before it."""
    past: list[Any]
    """These states, as many as are known, oldest first."""


@dataclass(frozen=True)
class Found:
    """What a search found at its root; moves are in the order of `search.rules.legal`, [count]."""

    moves: npt.NDArray[np.int32]
    visits: npt.NDArray[np.float64]
    raw: npt.NDArray[np.float64]
    """The evaluator's policy, without noise."""
    policy: npt.NDArray[np.float64]
    """The policy to learn: of proven wins the quickest, of proven losses the slowest; else Gumbel's improved policy,
    or the shares of the visits, less those that were only forced, or without visits the evaluator's."""
    scores: npt.NDArray[np.float64]
    """Which of the most visited moves is best: Gumbel's noise, logits and weighed values, or the evaluator's logits."""
    playable: npt.NDArray[np.bool_]
    """Which moves may be played: those that are not proven to lose, if there are any."""
    proven: int
    """WIN, DRAW or LOSS for the mover, if that is proven, or ONGOING."""
    wdl: npt.NDArray[np.float64]
    """[3]: win, draw and loss by the search, the mover's view."""
    repetitions: int

    @property
    def value(self) -> float:
        """Win minus loss, the mover's view."""
        return float(self.wdl[0] - self.wdl[2])

    @property
    def surprise(self) -> float:
        """How far the policy to learn is from the evaluator's: the divergence in nats."""
        some = self.policy > 0
        return float((self.policy[some] * np.log(self.policy[some] / np.maximum(self.raw[some], 1e-12))).sum())

    def best(self) -> int:
        """The index of the best move."""
        most = np.where(self.playable, self.visits, -1.0)
        candidates = np.flatnonzero(most == most.max())
        return int(candidates[self.scores[candidates].argmax()])


class ManyTrees:
    """Trees of one kind of search, one for each game."""

    def __init__(self, rules: Rules, options: Options, *, slots: int, simulations: int, history: int = 0) -> None:
        """Room for `slots` searches of at most so many simulations each; evaluators see `history` earlier states."""
        self.rules = rules
        self.options = options
        nodes = simulations + 2
        self._forest = new_forest(rules, slots, nodes, (nodes + 1) * rules.max_moves)
        for head in self._forest.heads:
            write_options(head.options, options)
        self._batch = new_batch(rules, slots, history)
        self._history = history
        self._places = np.zeros((slots, 2), np.int64)

    def search(
        self,
        evaluator: Evaluator,
        games: Mapping[int, Searched],
        simulations: Mapping[int, int],
        rng: np.random.Generator,
        *,
        noisy: Container[int] = (),
    ) -> None:
        """Search the states of games, by slot, with so many simulations each; `found` tells what came of it.

        The searches of the slots in `noisy` have the noise of the options, Gumbel's or Dirichlet's; others have none.
        """
        forest = self._forest
        gumbel = self.options.selection == "gumbel"
        slots = np.array(list(games), np.int64)
        limits = np.zeros(len(forest.heads), np.int64)
        schedules = []
        for slot, game in games.items():
            limits[slot] = simulations[slot]
            copy_record(game.state, forest.states[slot, 0])
            head = forest.heads[slot]
            past = game.past[-self._history :] if self._history else []
            remember(head, np.array(game.keys, np.uint64), past)
            plant(forest, slot)
            count = int(forest.nodes[slot, 0].count)
            if gumbel:
                head.gumbels[:count] = self.options.gumbel_scale * gumbel_noise(count, rng) if slot in noisy else 0.0
                considered = min(self.options.considered, count)
                schedules.append(considered_visits(considered, max(int(limits[slot]) - 1, 1)))
        for simulation in range(int(limits.max())):
            wanted = np.full(len(slots), -1, np.int64)
            if gumbel and simulation > 0:
                wanted[:] = [plan[min(simulation - 1, len(plan) - 1)] for plan in schedules]
            ready = np.minimum(limits, simulation + 1)
            rows = int(gather(forest, slots, wanted, 1, ready, self._batch, self._places))
            if rows:
                evaluator.evaluate(self._batch.first(rows))
                give_back(forest, self._places, rows, self._batch)
            if simulation == 0 and not gumbel and self.options.noise_share > 0:
                for slot in games:
                    if slot in noisy:
                        mix_noise(self._tree(slot), self.options.noise_alpha, self.options.noise_share, rng)

    def _tree(self, slot: int) -> Any:
        heads, *rows = self._forest
        return Tree(heads[slot : slot + 1], *(row[slot] for row in rows))

    def found(self, slot: int) -> Found:
        """What the last search of this slot found."""
        tree = self._tree(slot)
        root = tree.nodes[0]
        first, count = int(root.first), int(root.count)
        edges = tree.edges[first : first + count]
        children = edges["child"]
        visits = np.where(children >= 0, tree.nodes["visits"][children], 0).astype(np.float64)
        proven = np.where(children >= 0, tree.nodes["proven"][children], UNPROVEN)
        plies = tree.nodes["plies"][children]
        policy, scores = np.zeros(self.rules.max_moves), np.zeros(self.rules.max_moves)
        if self.options.selection == "gumbel":
            improved_policy(tree, 0, policy)
            improved_logits(tree, 0, scores)
            scores[:count] += tree.head[0].gumbels[:count]
        else:
            unforced_visits(tree, policy)
            scores[:count] = edges["logit"]
        raw = np.exp(edges["logit"].astype(np.float64) - edges["logit"].max())
        raw /= raw.sum()
        policy = policy[:count] / policy.sum() if policy.any() else raw
        lost = proven == WIN  # the child's mover is the opponent
        playable = ~lost if not lost.all() else np.ones(count, bool)
        verdict = int(root.proven)
        if verdict == WIN:
            wins = proven == LOSS
            playable = wins & (plies == plies[wins].min())
            policy = playable / playable.sum()
        elif verdict == LOSS:
            playable = plies == plies.max()
            policy = playable / playable.sum()
        win_loss, draws = float(root.win_loss) / max(root.visits, 1), float(root.draws) / max(root.visits, 1)
        wdl = np.clip(np.array([1 - draws + win_loss, 2 * draws, 1 - draws - win_loss]) / 2, 0, 1)
        if verdict != UNPROVEN:
            wdl = np.array([verdict == WIN, verdict == DRAW, verdict == LOSS], np.float64)
        return Found(
            edges["move"].copy(),
            visits,
            raw,
            policy,
            scores[:count],
            playable,
            verdict,
            wdl,
            int(root.repetitions),
        )
