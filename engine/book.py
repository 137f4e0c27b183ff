"""Opening books in Polyglot's format, through python-chess."""

from __future__ import annotations

import random
from pathlib import Path

import chess
import chess.polyglot


class Book:
    """A Polyglot book; keeps its file open until `close`."""

    def __init__(self, path: Path) -> None:
        """Open the book; ValueError if the file cannot be read as one."""
        if not path.is_file():
            raise ValueError(f"there is no book file {str(path)!r}")
        if path.stat().st_size == 0 or path.stat().st_size % 16:
            raise ValueError(f"{str(path)!r} is not a Polyglot book: its size is not a multiple of 16 bytes")
        self._reader = chess.polyglot.open_reader(path)

    def choose(self, board: chess.Board, generator: random.Random) -> chess.Move | None:
        """A move of the book for this position, drawn by weight; None if it has none."""
        entries = [entry for entry in self._reader.find_all(board) if entry.move in board.legal_moves]
        if not entries:
            return None
        return generator.choices(entries, [entry.weight for entry in entries])[0].move

    def close(self) -> None:
        """Close the file."""
        self._reader.close()
