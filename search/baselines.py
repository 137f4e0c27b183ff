"""Players that hardly search, to measure what a search adds: the policy's favourite, and the best value one move on."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from search.evaluator import Evaluator, new_batch
from search.mcts.forest import head_dtype
from search.mcts.options import Options
from search.mcts.rooting import remember
from search.mcts.searcher import MonteCarlo
from search.mcts.telling import centipawns
from search.memory import aligned_records, copy_record
from search.rules import DRAW, LOSS, NO_MOVE, ONGOING, WIN, key, legal, play, reversible, verdict
from search.searcher import MATE, Info, Limits, Line, OnInfo, Result, Root, Searcher, Stop


class PolicyOnly(Searcher):
    """Plays the move that the evaluator's policy likes best: a tree search of one simulation."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self._search = MonteCarlo(evaluator, options=Options(), hash_mib=1)

    def search(self, root: Root, limits: Limits, on_info: OnInfo | None = None, stop: Stop | None = None) -> Result:
        """See `search.searcher.Searcher.search`; of the limits, moves, multipv, infinite and ponder are kept."""
        self._search.clear_hash()
        kept = Limits(
            nodes=1, moves=limits.moves, multipv=limits.multipv, infinite=limits.infinite, ponder=limits.ponder
        )
        return self._search.search(root, kept, on_info, stop)

    def new_game(self) -> None:
        """Begin the evaluator anew."""
        self._search.new_game()

    def resize(self, hash_mib: int) -> None:
        """Nothing: there is no tree to speak of."""

    def clear_hash(self) -> None:
        """Nothing is kept from move to move."""

    def compile(self) -> None:
        """Compile every kernel of this search (or load it from the cache)."""
        self._search.compile()


class ValueOnly(Searcher):
    """Plays the move after which the evaluator gives the opponent least; ends by the rules are what they are."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        rules = evaluator.rules
        self._rules = rules
        self._batch = new_batch(rules, rules.max_moves, evaluator.history)
        self._moves = np.zeros(rules.max_moves, np.int32)
        # What came before the root, in the form in which a tree has it.
        self._before = aligned_records(1, head_dtype(rules))

    def search(self, root: Root, limits: Limits, on_info: OnInfo | None = None, stop: Stop | None = None) -> Result:
        """See `search.searcher.Searcher.search`; of the limits, moves, multipv, infinite and ponder are kept."""
        started = time.monotonic()
        stop = stop or Stop()
        moves = self._moves[: int(legal(root.state, self._moves))].tolist()
        moves = [move for move in moves if not limits.moves or move in limits.moves]
        values = self._values(root, moves)
        order = sorted(range(len(moves)), key=lambda index: -values[index])
        lines = tuple(
            Line(
                rank=rank,
                score=MATE - 1 if values[index] > 1 else centipawns(values[index]),
                bound="exact",
                depth=1,
                seldepth=1,
                pv=(moves[index],),
            )
            for rank, index in enumerate(order[: max(limits.multipv, 1)], 1)
        )
        while (limits.infinite or (limits.ponder and stop.ponderhit_at is None)) and not stop.wait(0.01):
            pass
        seconds = time.monotonic() - started
        if on_info is not None:
            for line in lines:
                on_info(Info(line=line, nodes=len(moves), seconds=seconds, hashfull=0))
        return Result(
            move=lines[0].pv[0] if lines else NO_MOVE,
            ponder=NO_MOVE,
            score=lines[0].score if lines else 0,
            lines=lines,
            depth=1 if lines else 0,
            nodes=len(moves),
            seconds=seconds,
        )

    def _values(self, root: Root, moves: list[int]) -> list[float]:
        """What each move is worth to the mover, -1..1; 2 where it ends the game with a win."""
        values = [0.0] * len(moves)
        asked: list[int] = []
        remember(self._before[0], root.history, root.past)
        keys = np.append(root.history, np.uint64(key(root.state)))
        batch, scratch = self._batch, np.zeros(self._rules.max_moves, np.int32)
        for index, move in enumerate(moves):
            row = len(asked)
            child: Any = batch.states[row]
            play(root.state, child, move)
            ended = int(verdict(child, scratch))
            earlier = keys[max(len(keys) - int(reversible(child)), 0) :]
            repetitions = int((earlier == np.uint64(key(child))).sum())
            if ended != ONGOING or repetitions >= 2:
                values[index] = {LOSS: 2.0, WIN: -2.0}.get(ended if ended != ONGOING else DRAW, 0.0)
                continue
            batch.repetitions[row] = repetitions
            batch.counts[row] = int(legal(child, batch.moves[row]))
            self._tell_past(root, row)
            asked.append(index)
        if asked:
            batch = batch.first(len(asked))
            self.evaluator.evaluate(batch)
            for row, index in enumerate(asked):
                values[index] = float(batch.wdl[row, 2] - batch.wdl[row, 0])
        return values

    def _tell_past(self, root: Root, row: int) -> None:
        """Write the states before a child of the root to its row: the root, and what came before that."""
        batch, head = self._batch, self._before[0]
        history = batch.past.shape[1]
        known = min(int(head.past_count) + 1, history)
        batch.past_counts[row] = known
        for back in range(known):
            copy_record(root.state if back == 0 else head.past[back - 1], batch.past[row, back])
            times = head.past_repetitions[back - 1] if back else self._root_repetitions(root)
            batch.past_repetitions[row, back] = times

    @staticmethod
    def _root_repetitions(root: Root) -> int:
        earlier = root.history[max(len(root.history) - int(reversible(root.state)), 0) :]
        return int((earlier == np.uint64(key(root.state))).sum())

    def new_game(self) -> None:
        """Begin the evaluator anew."""
        self.evaluator.reset(1)

    def resize(self, hash_mib: int) -> None:
        """Nothing: there is no table."""

    def clear_hash(self) -> None:
        """Nothing is kept from move to move."""

    def compile(self) -> None:
        """Compile what the evaluator needs (or load it from the cache); the rules' kernels come with the game's."""
        self.evaluator.compile()
