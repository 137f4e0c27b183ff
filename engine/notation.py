"""Moves, lines and scores as people read them."""

from __future__ import annotations

from collections.abc import Iterable

from engine.chess.game import ChessGame
from engine.game import Game
from search.rules import State
from search.searcher import MATE, MAX_PLY


def move_name(game: Game, state: State, move: int) -> str:
    """A legal move in algebraic notation for chess, in coordinates for other games."""
    return game.san(state, move) if isinstance(game, ChessGame) else game.move_text(state, move)


def line_names(game: Game, state: State, moves: Iterable[int]) -> list[str]:
    """The names of the moves of a line from `state`."""
    names = []
    for move in moves:
        names.append(move_name(game, state, move))
        child = game.new_state()
        game.rules.play(state, child, move)
        state = child
    return names


def parse_move(game: Game, state: State, text: str) -> int:
    """The legal move that `text` names, in coordinates or, for chess, in algebraic notation; ValueError otherwise."""
    if isinstance(game, ChessGame):
        try:
            return game.parse_san(state, text)
        except ValueError:
            pass
    return game.parse_move(state, text)


def mate_in(score: int) -> int | None:
    """Full moves to the proven end that `score` stands for, negative for a loss; None if it stands for none."""
    if score >= MATE - MAX_PLY:
        return (MATE - score + 1) // 2
    if score <= MAX_PLY - MATE:
        return -((MATE + score + 1) // 2)
    return None


def score_name(score: int) -> str:
    """`+0.35` in units of a pawn, `#3` for a proven win in 3 moves, `#-3` for a loss; the view of `score`."""
    moves = mate_in(score)
    return f"{score / 100:+.2f}" if moves is None else f"#{moves}"
