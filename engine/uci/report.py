"""`info` and `bestmove` lines."""

from __future__ import annotations

from engine.game import Game, Position
from engine.notation import mate_in
from engine.wdl import win_draw_loss
from search.mcts import MoveStatistics
from search.rules import DRAW, LOSS, NO_MOVE, WIN
from search.searcher import Info

#: Seconds of search after which the move being searched is told.
CURRENT_MOVE_AFTER = 3.0


def score_text(score: int) -> str:
    """`cp N`, or `mate N` in full moves: positive when the side to move wins."""
    moves = mate_in(score)
    return f"cp {score}" if moves is None else f"mate {moves}"


def line_text(game: Game, position: Position, pv: tuple[int, ...]) -> str:
    """The coordinates of a line of moves from `position`."""
    names = []
    state = position.state
    for move in pv:
        names.append(game.move_text(state, move))
        child = game.new_state()
        game.rules.play(state, child, move)
        state = child
    return " ".join(names)


def info_line(game: Game, position: Position, info: Info, *, wdl: bool, timeless: bool) -> str:
    """The `info` line of a report; without time and speed when `timeless`, so that equal searches print equal lines."""
    words = ["info"]
    line = info.line
    if line is not None:
        words += [f"depth {line.depth} seldepth {line.seldepth} multipv {line.rank} score {score_text(line.score)}"]
        if line.bound != "exact":
            words.append(f"{line.bound}bound")
        if wdl:
            words.append("wdl {} {} {}".format(*(line.wdl or win_draw_loss(line.score))))
    words.append(f"nodes {info.nodes}")
    if not timeless:
        words.append(f"nps {int(info.nodes / max(info.seconds, 1e-3))}")
    words.append(f"hashfull {info.hashfull} tbhits {info.tbhits}")
    if not timeless:
        words.append(f"time {int(info.seconds * 1000)}")
    if line is not None:
        words.append("pv " + line_text(game, position, line.pv))
    elif info.seconds >= CURRENT_MOVE_AFTER and info.current_move != NO_MOVE:
        move = game.move_text(position.state, info.current_move)
        words.append(f"currmove {move} currmovenumber {info.current_number}")
    return " ".join(words)


def statistics_line(game: Game, position: Position, known: MoveStatistics) -> str:
    """An `info string` line about a move at the root: visits N, policy P, value Q, draws D, plies left M where they
    are known, and a proven end.
    """
    words = f"{game.move_text(position.state, known.move)} N: {known.visits} P: {known.prior:.2%}"
    if known.visits:
        words += f" Q: {known.value:.4f} D: {known.draw:.3f}"
        if known.moves_left > 0:
            words += f" M: {known.moves_left:.1f}"
    if known.proven is not None:
        words += {WIN: " proven win", DRAW: " proven draw", LOSS: " proven loss"}[known.proven]
    return f"info string {words}"


def bestmove_line(game: Game, position: Position, move: int, ponder: int) -> str:
    """The answer to `go`; `bestmove (none)` where there is no legal move."""
    if move == NO_MOVE:
        return "bestmove (none)"
    text = f"bestmove {game.move_text(position.state, move)}"
    if ponder != NO_MOVE:
        text += " ponder " + line_text(game, position, (move, ponder)).split()[1]
    return text
