"""The hand-written evaluation of chess: tapered terms whose weights are tuned on positions with known results."""

from engine.chess.classical.evaluation import CLASSICAL

__all__ = ["CLASSICAL"]
