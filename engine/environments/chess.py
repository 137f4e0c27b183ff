"""The environment `matchbox/Chess-v0`."""

from __future__ import annotations

from typing import Unpack

import chess
import numpy as np
import numpy.typing as npt

from engine.chess.game import ChessGame
from engine.chess.planes import ChessEncoding
from engine.chess.state import BLACK_OFFSET
from engine.environments.board import BoardEnvironment, Options
from engine.environments.pictures import board_picture
from search.rules import origin, target


class ChessEnvironment(BoardEnvironment):
    """Chess (with `chess960`, castling is written that way), with the planes and actions of `engine.chess.planes`.

    Draws that a player may claim, by threefold repetition and fifty moves, are claimed.
    """

    def __init__(self, *, chess960: bool = False, **options: Unpack[Options]) -> None:
        super().__init__(ChessGame(chess960=chess960), ChessEncoding(), **options)

    def picture(self) -> npt.NDArray[np.uint8]:
        """The board, 48 pixels a square."""
        pieces = {}
        for square, code in enumerate(self.state.board.tolist()):
            if code:
                pieces[square] = chess.Piece(code % BLACK_OFFSET, code < BLACK_OFFSET).symbol()
        last = self._position.moves[-1:]
        return board_picture(8, 8, pieces, [square(move) for move in last for square in (origin, target)])
