"""What a network thinks of a position, told piece by piece and output by output."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.game import ChessGame
from engine.chess.nnue import FADE, network_score
from engine.chess.state import BLACK_OFFSET, KING, WHITE
from nets.nnue.inference import context_at, output
from search.evaluation import Evaluation
from search.memory import aligned_records
from search.rules import State

_CELL = 6


class _Reader:
    """Asks an evaluation by network about states."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.accumulators = aligned_records(1, evaluation.dtype)
        self.kept = evaluation.prepare(self.accumulators)
        self.context: Any = context_at(self.accumulators[0].context)

    def refresh(self, state: State) -> None:
        self.evaluation.refresh(self.accumulators[0], state)

    def network(self, state: State) -> int:
        """The network's score, White's view, centipawns."""
        self.refresh(state)
        value = int(network_score(self.accumulators[0], state))
        return value if state.side == WHITE else -value

    def with_bucket(self, state: State, bucket: int) -> int:
        """The same by the output `bucket`."""
        self.refresh(state)
        side = int(state.side)
        own, theirs = (
            self.accumulators[0].sums + np.uint64(perspective * int(self.context.row_bytes))
            for perspective in (side, 1 - side)
        )
        men = int(np.flatnonzero(self.context.output_bucket == bucket)[-1])
        value = int(output(self.context, own, theirs, men))
        return value if side == WHITE else -value


def _without(game: ChessGame, state: State, square: int) -> State:
    """The position with a square emptied; its side to move, and its right to castle where it has its men."""
    board = game.board(state)
    board.remove_piece_at(square)
    board.ep_square = None
    board.castling_rights = board.clean_castling_rights()
    return game.from_board(board)


def explain_network(game: ChessGame, state: State, evaluation: Evaluation) -> list[str]:
    """The board with what each piece is worth to the network, the outputs, and the score, as lines.

    A piece's worth is the score with it less the score without it, in pawns, White's view.
    """
    reader = _Reader(evaluation)
    score = reader.network(state)
    edge = "+" + ("-" * _CELL + "+") * 8
    lines = ["What each piece is worth, pawns, White's view:", "", edge]
    for rank in range(7, -1, -1):
        names, worths = [], []
        for file in range(8):
            code = int(state.board[8 * rank + file])
            names.append((" PNBRQK"[code & 7].lower() if code >= BLACK_OFFSET else " PNBRQK"[code & 7]).center(_CELL))
            worth = ""
            if code and code & 7 != KING:
                worth = f"{(score - reader.network(_without(game, state, 8 * rank + file))) / 100:+.2f}"
            worths.append(worth.center(_CELL))
        lines += ["|" + "|".join(names) + "|", "|" + "|".join(worths) + f"| {rank + 1}", edge]
    lines += ["".join(f"   {letter}   " for letter in "abcdefgh"), ""]
    context = reader.context
    men = int(np.count_nonzero(state.board))
    used = int(context.output_bucket[men])
    lines.append("Outputs by the number of pieces, centipawns, White's view:")
    for bucket in range(int(context.output_bucket.max()) + 1):
        counts = np.flatnonzero(context.output_bucket == bucket)
        counts = counts[counts >= 2]
        mark = f"  <- this position has {men}" if bucket == used else ""
        lines.append(f"{counts[0]:4} to {counts[-1]:2}: {reader.with_bucket(state, bucket):+6}{mark}")
    reader.refresh(state)
    final = int(evaluation.score(reader.accumulators[0], state))
    lines += ["", f"Network: {score:+} centipawns, White's view"]
    if state.halfmove:
        lines.append(f"Moves without capture or pawn move: the score fades by {int(state.halfmove)} of {FADE} parts")
    lines.append(f"Score: {final:+} centipawns, the side to move's view")
    return lines
