"""Hexapawn on boards from 3x3 to 8x8: rules as kernels, a small evaluation, and the game's text forms."""

from engine.hexapawn.evaluation import PAWNS
from engine.hexapawn.game import HexapawnGame
from engine.hexapawn.rules import HEXAPAWN

__all__ = ["HEXAPAWN", "PAWNS", "HexapawnGame"]
