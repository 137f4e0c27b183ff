"""The environment `matchbox/Hexapawn-v0`."""

from __future__ import annotations

from typing import Unpack

import numpy as np
import numpy.typing as npt

from engine.environments.board import BoardEnvironment, Options
from engine.environments.pictures import board_picture
from engine.hexapawn import HexapawnGame
from engine.hexapawn.planes import HexapawnEncoding
from search.rules import origin, target


class HexapawnEnvironment(BoardEnvironment):
    """Hexapawn on a board of `files` x `ranks`, with the planes and actions of `engine.hexapawn.planes`."""

    def __init__(self, files: int = 3, ranks: int = 3, **options: Unpack[Options]) -> None:
        self.files, self.ranks = files, ranks
        super().__init__(HexapawnGame(files, ranks), HexapawnEncoding(files, ranks), **options)

    def picture(self) -> npt.NDArray[np.uint8]:
        """The board, 48 pixels a square."""
        pieces = {
            square: letter
            for side, letter in enumerate("Pp")
            for square in range(64)
            if int(self.state.pawns[side]) >> square & 1
        }
        last = self._position.moves[-1:]
        return board_picture(
            self.files, self.ranks, pieces, [square(move) for move in last for square in (origin, target)]
        )
