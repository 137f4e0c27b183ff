"""The games by name."""

from __future__ import annotations

from engine.game import Game


def game(name: str) -> Game:
    """The game of this name: `chess`, `chess960`, or `hexapawn3x3` and larger (`hexapawn-3x3` is understood too).

    Raises ValueError, with what would be right, for any other name.
    """
    if name in ("chess", "chess960"):
        from engine.chess.game import ChessGame

        return ChessGame(chess960=name == "chess960")
    raise ValueError(f"there is no game {name!r}; the games are chess, chess960, and hexapawn3x3 to hexapawn8x8")
