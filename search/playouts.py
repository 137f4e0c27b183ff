"""Random playouts as an evaluator: what comes out of playing at random from here says how good it is.

Without any playout, every state looks like a draw: the evaluator that knows nothing, to measure a search with.

(B. Brügmann, "Monte Carlo Go", 1993.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from search.evaluator import Batch, Evaluator, new_batch
from search.hashing import mix
from search.kernel import compile_kernel, kernel
from search.memory import aligned_records, copy_record, padded
from search.rules import DRAW, LOSS, ONGOING, WIN, Rules, ended, legal, play, stuck

#: Added to the state of the random numbers for each one that is drawn: 2^64 divided by the golden ratio.
_STEP = np.uint64(0x9E37_79B9_7F4A_7C15)
#: A game that is not over after so many plies is a draw.
_LONGEST = 400


class Playouts(Evaluator):
    """Plays each state to its end at random, a few times. It has no opinion of moves. Answers are drawn at random."""

    def __init__(self, rules: Rules, *, games: int = 1, longest: int = _LONGEST, seed: int = 1) -> None:
        """`games` for each state, perhaps none; one that is not over after `longest` plies is a draw."""
        if games < 0 or longest < 1:
            raise ValueError(f"{games} games of {longest} plies cannot be played")
        self.name = f"{games} playouts"
        self.rules = rules
        self.worker = aligned_records(1, _dtype(rules))[0]
        """What the kernels of this module work on."""
        self.worker.games = games
        self.worker.longest = longest
        self.reset(seed)

    def reset(self, seed: int) -> None:
        self.worker.random = np.uint64(seed)

    def compile(self) -> None:
        compile_kernel(evaluate_all, self.worker, new_batch(self.rules, 1))

    def evaluate(self, batch: Batch) -> None:
        evaluate_all(self.worker, batch)


def _dtype(rules: Rules) -> np.dtype[Any]:
    return padded(
        [
            ("states", rules.dtype, (2,)),
            ("moves", np.int32, (rules.max_moves,)),
            ("random", np.uint64),
            ("games", np.int64),
            ("longest", np.int64),
            (f"sources_{rules.digest}", np.int64),
        ]
    )


@kernel
def evaluate_all(worker: Any, batch: Any) -> None:
    """Evaluate every row of a batch."""
    for row in range(len(batch.counts)):
        for index in range(batch.counts[row]):
            batch.logits[row, index] = 0.0
        play_out(worker, batch.states[row], batch.wdl[row])


@kernel
def play_out(worker: Any, state: Any, wdl: Any) -> None:
    """Write the shares of wins, draws and losses, [3], of random games from a state; a draw if there are none."""
    wdl[0] = 0.0
    wdl[1] = 0.0
    wdl[2] = 0.0
    if worker.games == 0:
        wdl[1] = 1.0
    for _ in range(worker.games):
        copy_record(state, worker.states[0])
        wdl[1 - random_game(worker, np.int64(worker.longest))] += np.float32(1.0 / worker.games)


@kernel
def random_game(worker: Any, longest: Any) -> Any:
    """WIN, DRAW or LOSS for the mover of `states[0]` when both sides play at random."""
    for ply in range(longest):
        state = worker.states[ply & 1]
        verdict = np.int64(ended(state))
        if verdict == ONGOING:
            count = np.int64(legal(state, worker.moves))
            if count == 0:
                verdict = np.int64(stuck(state))
        if verdict != ONGOING:
            if verdict == DRAW:
                return np.int64(DRAW)
            return verdict if ply & 1 == 0 else -verdict
        worker.random += _STEP
        # The upper half of the bits, scaled to the number of moves.
        chosen = np.int64((mix(worker.random) >> np.uint64(32)) * np.uint64(count) >> np.uint64(32))
        play(state, worker.states[(ply & 1) ^ 1], np.int64(worker.moves[chosen]))
    return np.int64(DRAW)


assert (WIN, DRAW, LOSS) == (1, 0, -1), "results are indexed by 1 - verdict"
