"""What is in shards of positions: counts, results, scores, pieces, phases, repeats, and plots of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.chess.packed import MOST_PIECES, NO_SCORE, results, sides
from search.searcher import MATE, MAX_PLY
from selfplay.positions.shards import Positions, ShardError, read_shards

#: Edges of the histogram of scores, in centipawns, the view of the side to move.
SCORE_EDGES = np.arange(-2000, 2001, 100)
#: Plies of a game in one bar.
PLY_STEP, PLY_BARS = 10, 40
#: Phases by the pieces on the board, kings and pawns apart: at most so many are an endgame, a middlegame.
ENDGAME, MIDDLEGAME = 6, 12
PHASES = ("endgame", "middlegame", "opening")
RESULTS = ("lost", "drawn", "won", "unknown")


@dataclass
class ShardStats:
    """Sums over all shards. Histograms are int64."""

    shards: int = 0
    damaged: list[str] = field(default_factory=list)
    """A sentence for each shard that was left out."""
    bytes: int = 0
    positions: int = 0
    games: int = 0
    """Where shards tell them."""
    distinct: int = 0
    """Positions that differ in a piece or in who is to move."""
    white_to_move: int = 0
    scored: int = 0
    mates: int = 0
    """Scores that are proven ends."""
    with_move: int = 0
    results: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(4, np.int64))
    """[4]: of the side to move, as in RESULTS."""
    scores: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(SCORE_EDGES) - 1, np.int64))
    """[bars]: scores between SCORE_EDGES; those beyond count in the first and the last."""
    points: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(SCORE_EDGES) - 1, 2)))
    """[bars, 2]: of the positions with a known result in each bar of scores, the sum of points, 0 to 1, and number."""
    pieces: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(MOST_PIECES + 1, np.int64))
    """[33]: positions by the number of their pieces."""
    phases: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(3, np.int64))
    """[3]: positions of each of PHASES."""
    plies: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(PLY_BARS, np.int64))
    """[bars]: positions by ply of the game, PLY_STEP to a bar; later ones in the last."""

    @property
    def bytes_per_position(self) -> float:
        """On the disk."""
        return self.bytes / max(self.positions, 1)

    def json(self) -> dict[str, Any]:
        """Everything as JSON: numbers, and lists of numbers."""
        share = self.points[:, 0] / np.maximum(self.points[:, 1], 1)
        return {
            "shards": self.shards,
            "damaged": self.damaged,
            "positions": self.positions,
            "distinct": self.distinct,
            "games": self.games,
            "bytes": self.bytes,
            "bytes_per_position": self.bytes_per_position,
            "white_to_move": self.white_to_move,
            "scored": self.scored,
            "mates": self.mates,
            "with_move": self.with_move,
            "results": dict(zip(RESULTS, self.results.tolist(), strict=True)),
            "phases": dict(zip(PHASES, self.phases.tolist(), strict=True)),
            "pieces": self.pieces.tolist(),
            "score_edges": SCORE_EDGES.tolist(),
            "scores": self.scores.tolist(),
            "points_by_score": [float(value) for value in share],
            "plies": self.plies.tolist(),
        }


def measure(files: Iterable[Path], on_shard: Callable[[], None] = lambda: None) -> ShardStats:
    """Look at every shard in `files`; `on_shard` is called after each."""
    stats = ShardStats()
    seen: list[npt.NDArray[np.uint64]] = []

    def damaged(error: ShardError) -> None:
        stats.damaged.append(str(error))
        on_shard()

    for path, shard in read_shards(files, damaged):
        stats.shards += 1
        stats.bytes += path.stat().st_size
        stats.games += len(shard.facts.get("positions_of_games", ()))
        _add(stats, shard.positions)
        seen.append(_identities(shard.positions))
        on_shard()
    stats.distinct = len(np.unique(np.concatenate(seen))) if seen else 0
    return stats


def _identities(positions: Positions) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of the pieces and the side to move of positions, [n]."""
    total = positions["occupied"].astype(np.uint64)
    for part in (positions["codes"][:, 0], positions["codes"][:, 1], sides(positions).astype(np.uint64)):
        # The finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014) after each part.
        total = (total ^ part) + np.uint64(0x9E37_79B9_7F4A_7C15)
        total = (total ^ (total >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
        total = (total ^ (total >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
        total ^= total >> np.uint64(31)
    return total


def _add(stats: ShardStats, positions: Positions) -> None:
    result = results(positions).astype(np.int64)
    score = positions["score"].astype(np.int64)
    scored = score != NO_SCORE
    bars = len(SCORE_EDGES) - 1
    bar = np.clip((score - SCORE_EDGES[0]) // (SCORE_EDGES[1] - SCORE_EDGES[0]), 0, bars - 1)
    known = scored & (result < 3)
    # `codes` holds 4 bits a piece, so kinds are counted nibble by nibble; empty places are 0.
    shifts = np.arange(0, 64, 4, dtype=np.uint64)
    kinds = ((positions["codes"][:, :, None] >> shifts) & np.uint64(7)).reshape(len(positions), MOST_PIECES)
    men = (kinds != 0).sum(axis=1)
    heavy = ((kinds >= 2) & (kinds != 6)).sum(axis=1)
    stats.positions += len(positions)
    stats.white_to_move += int((sides(positions) == 0).sum())
    stats.scored += int(scored.sum())
    stats.mates += int((scored & (np.abs(score) >= MATE - MAX_PLY)).sum())
    stats.with_move += int((positions["move"] != 0).sum())
    stats.results += np.bincount(result, minlength=4)
    stats.scores += np.bincount(bar[scored], minlength=bars)
    stats.points[:, 0] += np.bincount(bar[known], result[known] / 2, minlength=bars)
    stats.points[:, 1] += np.bincount(bar[known], minlength=bars)
    stats.pieces += np.bincount(men, minlength=MOST_PIECES + 1)
    stats.phases += np.bincount((heavy > ENDGAME).astype(int) + (heavy > MIDDLEGAME), minlength=3)
    stats.plies += np.bincount(np.minimum(positions["ply"] // PLY_STEP, PLY_BARS - 1), minlength=PLY_BARS)


def plot(stats: ShardStats, file: Path) -> None:
    """Draw four plots, scores, points by score, pieces and plies, into a PNG or SVG file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(2, 2, figsize=(11, 7.5), layout="constrained")
    middles = (SCORE_EDGES[:-1] + SCORE_EDGES[1:]) / 2
    axes[0, 0].bar(middles, stats.scores, width=100)
    axes[0, 0].set(title="Scores", xlabel="centipawns, the side to move's view", ylabel="positions")
    some = stats.points[:, 1] > 0
    axes[0, 1].plot(middles[some], stats.points[some, 0] / stats.points[some, 1], marker=".")
    axes[0, 1].set(title="Points by score", xlabel="centipawns", ylabel="mean points of the side to move", ylim=(0, 1))
    axes[1, 0].bar(np.arange(MOST_PIECES + 1), stats.pieces)
    axes[1, 0].set(title="Pieces on the board", xlabel="pieces, kings and pawns too", ylabel="positions")
    axes[1, 1].bar(np.arange(PLY_BARS) * PLY_STEP, stats.plies, width=PLY_STEP, align="edge")
    axes[1, 1].set(title="Plies since the start of the game", xlabel="plies", ylabel="positions")
    figure.suptitle(f"{stats.positions} positions, {stats.bytes_per_position:.1f} bytes each")
    figure.savefig(file, dpi=110)
    pyplot.close(figure)
