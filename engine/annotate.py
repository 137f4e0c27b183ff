"""Annotating games: an evaluation for every move, and a better line where a move gave something away.

The tree is python-chess's: `[%eval]` comments hold White's view and the depth, numeric annotation glyphs say how bad a
move was, and the better line becomes a variation. What the file said already is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import chess
import chess.engine
import chess.pgn

from engine.chess.game import ChessGame
from engine.game import Position
from engine.notation import mate_in
from engine.wdl import win_draw_loss
from search.rules import NO_MOVE
from search.searcher import MATE, Limits, Result, Searcher

#: The share of a point that a move gave away at least, and the glyph that says so; the worst first.
GLYPHS = (
    (0.30, chess.pgn.NAG_BLUNDER),
    (0.20, chess.pgn.NAG_MISTAKE),
    (0.10, chess.pgn.NAG_DUBIOUS_MOVE),
)
#: The most plies of a variation.
VARIATION = 10


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What was found about one move of a game."""

    ply: int
    """From 1 for the first move of the game."""
    move: str
    """Algebraic notation."""
    score: int
    """After the move, centipawns or a proven end, White's view."""
    depth: int
    """Of the search after the move."""
    best: str
    """The move that the search preferred, algebraic notation."""
    lost: float
    """The share of a point, 0 to 1, that the move gave away in expectation."""
    glyph: int | None
    """The numeric annotation glyph, if any."""


def annotate(
    tree: chess.pgn.Game,
    searcher: Searcher,
    limits: Limits,
    on_position: Callable[[], object] | None = None,
) -> list[Judgement]:
    """Annotate the main line of `tree` in place; `limits` hold for each position, `on_position` is called after each.

    Positions are searched from the last to the first, so that what follows a move is known when it is judged.
    Raises ValueError for a game of another kind than chess and Chess960, and for a start that is not possible.
    """
    if tree.errors:
        raise ValueError(f"the game has a move that cannot be played: {tree.errors[0]}")
    board = tree.board()
    if type(board) is not chess.Board:
        raise ValueError(f"only chess and Chess960 can be annotated, not {type(board).uci_variant}")
    game = ChessGame(chess960=board.chess960)
    position = Position(game, board.fen(shredder=True) if board.chess960 else board.fen())
    nodes = list(tree.mainline())
    for node in nodes:
        position.push(game.parse_move(position.state, node.parent.board().uci(node.move)))
    searcher.new_game()
    judgements: list[Judgement] = []
    after: Result | None = None
    for ply in range(len(nodes), -1, -1):
        outcome = position.outcome(claim=False)
        # A game may have been played on where it was over by the rules, as after a fivefold repetition.
        if outcome is None or (ply < len(nodes) and position.legal()):
            result = searcher.search(position.root(), limits)
        else:
            score = 0 if outcome.winner is None else MATE if outcome.winner == position.side else -MATE
            result = Result(move=NO_MOVE, ponder=NO_MOVE, score=score, lines=(), depth=0, nodes=0, seconds=0.0)
        if ply < len(nodes):
            assert after is not None
            judgements.append(_judge(nodes[ply], ply + 1, game, position, result, after))
        after = result
        if on_position is not None:
            on_position()
        if ply > 0:
            position.pop()
    tree.headers["Annotator"] = "Matchbox"
    return judgements[::-1]


def _judge(
    node: chess.pgn.ChildNode, ply: int, game: ChessGame, position: Position, before: Result, after: Result
) -> Judgement:
    """Annotate the move of `node`, played in `position`; `before` and `after` were found on either side of it."""
    board = node.parent.board()
    score = -after.score if board.turn else after.score
    if abs(score) < MATE:  # a mate that stands on the board is its own evaluation
        node.set_eval(_pov_score(-after.score, board.turn), after.depth or None)
    best = game.to_chess(position.state, before.move)
    lost = 0.0
    if best != node.move:
        lost = max(_expected(before.score) - _expected(-after.score), 0.0)
    glyph = next((glyph for share, glyph in GLYPHS if lost >= share), None)
    san = board.san(node.move)
    best_san = board.san(best)
    if glyph is not None:
        node.nags.difference_update(range(chess.pgn.NAG_GOOD_MOVE, chess.pgn.NAG_DUBIOUS_MOVE + 1))
        node.nags.add(glyph)
        _add_variation(node.parent, game, position, before)
    return Judgement(ply=ply, move=san, score=score, depth=after.depth, best=best_san, lost=lost, glyph=glyph)


def _add_variation(parent: chess.pgn.GameNode, game: ChessGame, position: Position, found: Result) -> None:
    """Add the line that was found in `position` beside what was played, unless it is there."""
    state = position.state
    node = parent
    for move in found.lines[0].pv[:VARIATION] if found.lines else ():
        named = game.to_chess(state, move)
        node = node.variation(named) if node.has_variation(named) else node.add_variation(named)
        child = game.new_state()
        game.rules.play(state, child, move)
        state = child


def _expected(score: int) -> float:
    """The expected share of the point, 0 to 1, of the side whose view `score` is."""
    win, draw, _ = win_draw_loss(score)
    return (win + draw / 2) / 1000


def _pov_score(score: int, turn: chess.Color) -> chess.engine.PovScore:
    """The score, `turn`'s view, as python-chess has it."""
    moves = mate_in(score)
    relative: chess.engine.Score = chess.engine.Cp(score) if moves is None else chess.engine.Mate(moves)
    return chess.engine.PovScore(relative, turn)
