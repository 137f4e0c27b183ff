"""What a network learns from: packed positions, the points to expect of each, and batches of their features."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.chess.nnue_features import extract_features
from engine.chess.packed import NO_SCORE, PACKED, UNKNOWN, results
from nets.nnue.batch import Batch
from nets.nnue.config import NnueConfig
from nets.nnue.inference import new_context
from search.searcher import MATE, MAX_PLY
from selfplay.positions.shards import ShardError, read_shards


@dataclass(frozen=True)
class Positions:
    """Scored positions."""

    packed: Any
    """[n] of `engine.chess.packed.PACKED`."""
    targets: npt.NDArray[np.float32]
    """[n]: the expected points of the mover, 0..1."""
    sources: tuple[dict[str, Any], ...]
    """Where they come from: for each shard its name, its digest, how many it gave, and what its writer said."""

    def __len__(self) -> int:
        return len(self.targets)


def expected_points(packed: Any, teacher_scale: float, result_share: float) -> npt.NDArray[np.float32]:
    """The points to expect, [n]: of the score by the logistic curve, blended with the result where it is known.

    `teacher_scale`: centipawns of the teacher at which it expects 73 % of the points; `result_share`: 0..1.
    """
    score = packed["score"].astype(np.float32)
    points = 1 / (1 + np.exp(-score / np.float32(teacher_scale)))
    outcome = results(packed)
    share = np.where(outcome == UNKNOWN, 0.0, result_share).astype(np.float32)
    return np.asarray((1 - share) * points + share * (outcome / np.float32(2)), np.float32)


def load_positions(
    files: Iterable[Path],
    *,
    teacher_scale: float,
    result_share: float,
    most_score: int = 4000,
    on_damage: Callable[[ShardError], None],
) -> Positions:
    """The positions of shards that have a score within ±`most_score`; damaged shards are told and left out.

    ValueError if none is left.
    """
    limit = min(most_score, MATE - MAX_PLY)
    parts, sources = [], []
    for path, shard in read_shards(files, on_damage):
        scores = shard.positions["score"].astype(np.int32)
        kept = shard.positions[(scores != NO_SCORE) & (np.abs(scores) <= limit)]
        parts.append(np.asarray(kept))
        sources.append({"shard": path.name, "digest": shard.digest, "positions": len(kept), **shard.facts})
    packed = np.empty(sum(map(len, parts)), PACKED)
    targets = np.empty(len(packed), np.float32)
    if not len(packed):
        raise ValueError("the shards hold no position with a score")
    # One part after the other, and each let go of: all of them may take most of the memory.
    end = len(packed)
    while parts:
        part = parts.pop()
        packed[end - len(part) : end] = part
        targets[end - len(part) : end] = expected_points(part, teacher_scale, result_share)
        end -= len(part)
    return Positions(packed, targets, tuple(sources))


class Features:
    """Fills batches with the features of positions."""

    def __init__(self, config: NnueConfig, positions: Positions) -> None:
        self._contexts = new_context(config)
        self._positions = positions
        self._packed = positions.packed.view(np.recarray)

    def fill(self, batch: Batch, order: npt.NDArray[np.integer[Any]], first: int, last: int) -> int:
        """Write the positions order[first:last] to the beginning of a batch, arranged; their number."""
        extract_features(
            self._contexts[0], self._packed, order, first, last, batch.features, batch.counts, batch.buckets
        )
        batch.targets[: last - first] = self._positions.targets[order[first:last]]
        batch.arrange(last - first)
        return last - first
