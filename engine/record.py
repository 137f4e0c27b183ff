"""Writing a game of chess as PGN."""

from __future__ import annotations

from collections.abc import Mapping

import chess.pgn

from engine.chess.game import ChessGame
from engine.game import Position


def pgn(position: Position, headers: Mapping[str, str], result: str = "*") -> str:
    """The PGN of the game that led to `position`; TypeError if it is not chess."""
    game = position.game
    if not isinstance(game, ChessGame):
        raise TypeError(f"PGN is for chess, not for {game.name}")
    tree = chess.pgn.Game(dict(headers))
    tree.setup(game.board(position.states[0]))
    node: chess.pgn.GameNode = tree
    for state, move in zip(position.states, position.moves, strict=False):
        node = node.add_variation(game.to_chess(state, move))
    tree.headers["Result"] = result
    return str(tree) + "\n"
