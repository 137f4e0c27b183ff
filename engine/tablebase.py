"""Syzygy endgame tables, through python-chess: what they know of a root position and its moves."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import chess
import chess.syzygy

#: The most pieces that any Syzygy table has.
MOST_PIECES = 7
#: The score of a position that the tables say is won, in centipawns: below every proven mate.
TABLE_WIN = 20_000


@dataclass(frozen=True)
class RootProbe:
    """The moves of a root position that keep its value, quickest first among wins, and the number of table hits."""

    moves: tuple[chess.Move, ...]
    keeping: tuple[chess.Move, ...]
    """All moves that keep the value, however long they take."""
    wdl: int
    """The value, the mover's view: 2 win, 1 win that the fifty-move rule spoils, 0 draw, -1, -2 likewise."""
    hits: int

    @property
    def score(self) -> int:
        """The value as centipawns, the mover's view."""
        return 0 if abs(self.wdl) < 2 else TABLE_WIN if self.wdl > 0 else -TABLE_WIN


class Tablebase:
    """Syzygy tables in one folder or several."""

    def __init__(self, folders: str) -> None:
        """Open the tables in `folders`, separated as in PATH; ValueError if one is no folder or there are none."""
        self._tables = chess.syzygy.Tablebase()
        self.pieces = 0
        for name in folders.split(os.pathsep):
            folder = Path(name)
            if not folder.is_dir():
                raise ValueError(f"there is no folder {name!r} of Syzygy tables")
            self._tables.add_directory(str(folder))
            for file in folder.glob("*.rtbw"):
                self.pieces = max(self.pieces, len(file.stem.replace("v", "")))
        if not self.pieces:
            raise ValueError(f"there are no Syzygy tables (*.rtbw) in {folders!r}")

    def probe_root(self, board: chess.Board) -> RootProbe | None:
        """What the tables say of `board`; None where they do not have it, or it can castle."""
        if chess.popcount(board.occupied) > min(self.pieces, MOST_PIECES) or board.castling_rights:
            return None
        ranked: list[tuple[tuple[int, int], chess.Move]] = []
        hits = 0
        try:
            for move in board.legal_moves:
                board.push(move)
                try:
                    ranked.append((self._rank(board), move))
                finally:
                    board.pop()
                hits += 1
        except KeyError:
            return None
        if not ranked:
            return None
        best = max(rank for rank, _ in ranked)
        value = best[0]
        # A win or loss is played by distance to zeroing; all draws are alike, and the search chooses among them.
        keeping = tuple(move for rank, move in ranked if rank[0] == value)
        moves = keeping if value == 0 else tuple(move for rank, move in ranked if rank == best)
        return RootProbe(moves, keeping, value, hits)

    def _rank(self, board: chess.Board) -> tuple[int, int]:
        """(value, closeness) of the move that led to `board`, the view of who made it; higher is better."""
        if board.is_checkmate():
            return 2, 1_000
        if board.is_stalemate() or board.is_insufficient_material():
            return 0, 0
        wdl = -self._tables.probe_wdl(board)
        if wdl == 0:
            return 0, 0
        distance = 0 if board.halfmove_clock == 0 else abs(self._tables.probe_dtz(board))
        # Winning, the fewer plies the better; losing, the more.
        return wdl, -distance if wdl > 0 else distance

    def close(self) -> None:
        """Close all tables."""
        self._tables.close()
