"""What a residual network learns from packed chess positions: the best move, and a blend of score and result."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.chess.packed import DRAWN, LOST, NO_SCORE, UNKNOWN, WON, read_choices, results
from engine.chess.rules import CHESS
from engine.wdl import chances
from selfplay.learning.samples import Samples, no_samples
from selfplay.positions.content import content_hashes, lowest, mixed
from selfplay.positions.shards import Positions, ShardError, read_shards, shard_files

#: Positions that count as one game where a shard does not say which belong together.
_UNKNOWN_GAME = 100


@dataclass(frozen=True)
class Games:
    """Positions that lie game by game."""

    positions: Positions
    """[n] of `engine.chess.packed.PACKED`."""
    lengths: npt.NDArray[np.int64]
    """[games]: positions of each game; sums to n."""

    def split(self, every: int) -> tuple[Positions, Positions]:
        """The positions of all games but about one in `every`, and of these; no game is in both parts.

        What stands on the board in a game decides, so a game stays in its part whatever others come, and equal games
        are in the same one. Of so many games one is held out at least; of fewer, it may be none.
        """
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(content_hashes(self.positions))])
        ends = np.cumsum(self.lengths)
        hashes = mixed(sums[ends] - sums[ends - self.lengths])
        held = lowest(hashes, 1 / every)
        if not held.any() and len(held) >= every:
            held = hashes == hashes.min()
        held = np.repeat(held, self.lengths)
        return self.positions[~held], self.positions[held]


def joined(parts: list[Games]) -> Games:
    """The games of all parts, in order; ValueError if they hold no position."""
    if not sum(len(part.positions) for part in parts):
        raise ValueError("there is no position to learn from")
    return Games(np.concatenate([part.positions for part in parts]), np.concatenate([part.lengths for part in parts]))


def games_of_shards(sources: list[Path], on_damage: Any) -> Games:
    """The games in shards, files or folders of them; a damaged one is told to `on_damage` and left out."""
    parts = []
    for path, shard in read_shards(shard_files(sources), on_damage):
        count = len(shard.positions)
        lengths = shard.facts.get("positions_of_games")
        if lengths is None:
            lengths = [_UNKNOWN_GAME] * (count // _UNKNOWN_GAME) + [count % _UNKNOWN_GAME]
        if sum(lengths) != count:
            on_damage(ShardError(f"{path} does not say rightly which positions are of one game"))
            continue
        parts.append(Games(shard.positions, np.array(lengths, np.int64)))
    return joined(parts)


def targets(positions: Positions, score_share: float) -> npt.NDArray[np.float32]:
    """Win, draw and loss to be learnt, float32 [n, 3], the view of the side to move.

    The chances that the score stands for count for `score_share`, the result for the rest; where one is not known, the
    other counts alone, and where neither is, all three are equal.
    """
    result = results(positions)
    ended = np.stack([result == WON, result == DRAWN, result == LOST], axis=1).astype(np.float64)
    scored = positions["score"] != NO_SCORE
    known = result != UNKNOWN
    share = np.where(scored & known, score_share, np.where(scored, 1.0, 0.0))
    blend = share[:, None] * chances(positions["score"].astype(np.float64)) + (1 - share)[:, None] * ended
    blend[~scored & ~known] = 1 / 3
    return blend.astype(np.float32)


def lessons(
    positions: Positions, score_share: float, mirrored: npt.NDArray[np.bool_] | None = None
) -> tuple[Samples, npt.NDArray[np.int64]]:
    """Samples of positions [n], and the number of the best move among the legal ones [n], -1 where none is known.

    Where `mirrored` [n] is set and nobody may castle, left and right are exchanged.
    """
    count = len(positions)
    samples = no_samples(CHESS, count)
    chosen = np.zeros(count, np.int64)
    flips = np.zeros(count, np.uint8) if mirrored is None else mirrored.astype(np.uint8)
    moves = np.zeros(CHESS.max_moves, np.int32)
    read_choices(positions.view(np.recarray), flips, samples.states, samples.counts, chosen, moves)
    known = np.flatnonzero(chosen >= 0)
    samples.policy[known, chosen[known]] = 1
    samples.wdl[:] = targets(positions, score_share)
    return samples, chosen
