"""Hexapawn as people and programs see it: text of positions and moves, drawings, outcomes."""

from __future__ import annotations

import re

import numpy as np

from engine.game import Game, Outcome, Position
from engine.hexapawn.evaluation import PAWNS
from engine.hexapawn.rules import HEXAPAWN, LARGEST, MAX_MOVES, SMALLEST, hashed
from search.rules import ONGOING, State, origin, target

_FILES = "abcdefgh"
_SIDES = "wb"
_PIECES = "Pp"


def square_name(square: int) -> str:
    """The coordinates of a square, such as `a1` for 0."""
    return f"{_FILES[square & 7]}{(square >> 3) + 1}"


class HexapawnGame(Game):
    """Hexapawn on a board of `files` x `ranks`, each 3..8.

    The text of a position is like a FEN: rows from the top, `P` for a pawn of the first player and `p` for one of the
    second, digits for runs of empty squares, then `w` or `b` for the player to move: `ppp/3/PPP w`. Moves are
    coordinates: `a1a2`.
    """

    rules = HEXAPAWN
    evaluations = {PAWNS.name: PAWNS}  # noqa: RUF012 (a constant of the class, declared by the contract)

    def __init__(self, files: int, ranks: int) -> None:
        if not (SMALLEST <= files <= LARGEST and SMALLEST <= ranks <= LARGEST):
            raise ValueError(f"a Hexapawn board of {files} x {ranks}: files and ranks must be {SMALLEST} to {LARGEST}")
        self.files, self.ranks = files, ranks
        self.name = f"hexapawn{files}x{ranks}"
        self.start = "/".join(["p" * files, *[str(files)] * (ranks - 2), "P" * files]) + " w"

    def state(self, first: int, second: int, side: int) -> State:
        """The state with the pawns `first` and `second` (sets of squares) and `side` to move; not checked."""
        state = self.new_state()
        row = (1 << self.files) - 1
        state.pawns[:] = (first, second)
        state.goals[:] = (row << (8 * (self.ranks - 1)), row)
        state.squares = sum(row << (8 * rank) for rank in range(self.ranks))
        state.files, state.ranks, state.side = self.files, self.ranks, side
        state.key = hashed(np.uint64(first), np.uint64(second), self.files, self.ranks, side)
        return state

    def parse(self, text: str) -> State:
        """The state that `text` describes; ValueError if it is not a position of this board."""
        rows, _, side = text.strip().partition(" ")
        side = side.strip()
        if side not in ("w", "b"):
            raise ValueError(f"'{text}': after the rows must stand 'w' or 'b' for the player to move")
        lines = rows.split("/")
        if len(lines) != self.ranks:
            raise ValueError(f"'{text}': {self.name} has {self.ranks} rows, not {len(lines)}")
        pawns = [0, 0]
        for rank, line in zip(range(self.ranks - 1, -1, -1), lines, strict=True):
            cells = re.sub(r"[1-9]", lambda digit: "." * int(digit.group()), line)
            if len(cells) != self.files or set(cells) - set("Pp."):
                raise ValueError(f"'{text}': row '{line}' must fill {self.files} squares with P, p and digits")
            for file, cell in enumerate(cells):
                if cell != ".":
                    pawns[_PIECES.index(cell)] |= 1 << (8 * rank + file)
        state = self.state(pawns[0], pawns[1], _SIDES.index(side))
        if max(pawn.bit_count() for pawn in pawns) > self.files:
            raise ValueError(f"'{text}': a player has at most {self.files} pawns")
        if int(state.pawns[state.side]) & int(state.goals[state.side]):
            raise ValueError(f"'{text}': the player to move has reached the last row already")
        return state

    def text(self, state: State) -> str:
        """The text of `state`."""
        rows = []
        for rank in range(self.ranks - 1, -1, -1):
            cells = "".join(self._cell(state, 8 * rank + file, ".") for file in range(self.files))
            rows.append(re.sub(r"\.+", lambda run: str(len(run.group())), cells))
        return "/".join(rows) + " " + _SIDES[int(state.side)]

    def parse_move(self, state: State, text: str) -> int:
        """The legal move that `text` names; ValueError if there is none."""
        buffer = np.zeros(MAX_MOVES, np.int32)
        moves = {self.move_text(state, int(move)): int(move) for move in buffer[: int(HEXAPAWN.legal(state, buffer))]}
        if text not in moves:
            known = ", ".join(sorted(moves)) or "none"
            raise ValueError(f"'{text}' is not a legal move in '{self.text(state)}'; legal: {known}")
        return moves[text]

    def move_text(self, state: State, move: int) -> str:
        """The coordinates of `move`: `a1a2`."""
        return square_name(int(origin(move))) + square_name(int(target(move)))

    def draw(self, state: State, side: int = 0) -> str:
        """The board in Unicode, `side` at the bottom."""
        ranks, files = (range(length) if side == 0 else range(length)[::-1] for length in (self.ranks, self.files))
        lines = []
        for rank in reversed(ranks):
            cells = (self._cell(state, 8 * rank + file, "·", "♙♟") for file in files)
            lines.append(f"{rank + 1} │ " + " ".join(cells))
        lines.append("  └" + "──" * self.files)
        lines.append("    " + " ".join(_FILES[file] for file in files))
        return "\n".join(lines)

    def outcome(self, position: Position, *, claim: bool = True) -> Outcome | None:
        """The outcome, or None while the game goes on."""
        plain = super().outcome(position, claim=claim)
        if plain is None:
            return None
        reached = int(HEXAPAWN.ended(position.state)) != ONGOING
        return Outcome(plain.winner, "reached the last row" if reached else "no move left")

    @staticmethod
    def _cell(state: State, square: int, empty: str, pieces: str = _PIECES) -> str:
        for side in (0, 1):
            if int(state.pawns[side]) >> square & 1:
                return pieces[side]
        return empty
