"""Chess as people and programs write it: FEN, coordinate and algebraic moves, drawings, and the ends of games."""

from __future__ import annotations

from collections.abc import Mapping

import chess
import numpy as np

from engine.chess.keys import EP_KEYS
from engine.chess.movegen import castling_squares, legal
from engine.chess.play import complete
from engine.chess.rules import CHESS, FIFTY_MOVES, SEVENTY_FIVE_MOVES, insufficient_material
from engine.chess.state import (
    BLACK_OFFSET,
    CASTLING,
    EN_PASSANT,
    MAX_MOVES,
    NO_SQUARE,
    PROMOTE_KNIGHT,
    PROMOTE_QUEEN,
    WHITE,
)
from engine.game import Game, Outcome, Position
from search.evaluation import Evaluation
from search.rules import State

#: What python-chess finds wrong with a position, in words that say what would be right.
_FAULTS = {
    chess.STATUS_EMPTY: "the board is empty; it needs a king of each colour",
    chess.STATUS_NO_WHITE_KING: "there is no white king; each side needs one",
    chess.STATUS_NO_BLACK_KING: "there is no black king; each side needs one",
    chess.STATUS_TOO_MANY_KINGS: "there are too many kings; each side has one",
    chess.STATUS_TOO_MANY_WHITE_PAWNS: "White has more than 8 pawns",
    chess.STATUS_TOO_MANY_BLACK_PAWNS: "Black has more than 8 pawns",
    chess.STATUS_PAWNS_ON_BACKRANK: "a pawn stands on the first or last rank",
    chess.STATUS_TOO_MANY_WHITE_PIECES: "White has more than 16 pieces",
    chess.STATUS_TOO_MANY_BLACK_PIECES: "Black has more than 16 pieces",
    chess.STATUS_BAD_CASTLING_RIGHTS: "the castling rights name a king or rook that is not at home",
    chess.STATUS_INVALID_EP_SQUARE: "the en passant square does not follow a double step of a pawn",
    chess.STATUS_OPPOSITE_CHECK: "the side that is not to move is in check",
}

#: Impossible by play, but the rules are clear and every kernel handles them.
_HARMLESS = chess.STATUS_TOO_MANY_CHECKERS | chess.STATUS_IMPOSSIBLE_CHECK

#: How many pieces of each kind a side begins with.
_AT_FIRST = {chess.KNIGHT: 2, chess.BISHOP: 2, chess.ROOK: 2, chess.QUEEN: 1}

#: The largest counter of plies or moves that a position may begin with; the record's 16 bits leave room for play.
_LARGEST_COUNTER = 10_000


def _fault(board: chess.Board) -> str | None:
    """What is wrong with a position, or None."""
    status = board.status() & ~_HARMLESS
    for fault, words in _FAULTS.items():
        if status & fault:
            return words
    # Without this bound on queens a position could have more moves than a buffer of MAX_MOVES holds.
    for colour, name in ((chess.WHITE, "White"), (chess.BLACK, "Black")):
        promoted = sum(max(0, len(board.pieces(kind, colour)) - count) for kind, count in _AT_FIRST.items())
        if promoted > 8 - len(board.pieces(chess.PAWN, colour)):
            return f"{name} has more promoted pieces than pawns are missing"
    if max(board.halfmove_clock, board.fullmove_number) > _LARGEST_COUNTER:
        return f"its counters of plies and moves must be in 0..{_LARGEST_COUNTER}"
    return None


class ChessGame(Game):
    """Chess; with `chess960`, castling is written as the king taking its own rook, and rights by the rook's file."""

    rules = CHESS
    start = chess.STARTING_FEN

    def __init__(self, *, chess960: bool = False) -> None:
        """`chess960` decides how castling is written; both kinds of position can be parsed and played either way."""
        self.chess960 = chess960
        self.name = "chess960" if chess960 else "chess"

    @property
    def evaluations(self) -> Mapping[str, Evaluation]:  # type: ignore[override]
        """The static evaluations of chess by name."""
        from engine.chess.evaluation import EVALUATIONS

        return EVALUATIONS

    def parse(self, text: str) -> State:
        """The position of a FEN, X-FEN or Shredder-FEN; ValueError says in one sentence what is wrong with it."""
        if not text.isascii() or len(text) > 200:
            raise ValueError("this is not a FEN; a FEN has a board, a side to move, castling rights, and so on")
        try:
            board = chess.Board(text, chess960=True)
        except ValueError as error:
            raise ValueError(f"{error}; a FEN looks like '{self.start}'") from None
        fault = _fault(board)
        if fault is not None:
            raise ValueError(f"the position {text!r} is not possible: {fault}")
        return self.from_board(board)

    def from_board(self, board: chess.Board) -> State:
        """The state of a python-chess board that holds a valid position."""
        state = self.new_state()
        for square, piece in board.piece_map().items():
            state.board[square] = piece.piece_type + (0 if piece.color else BLACK_OFFSET)
        state.side = 0 if board.turn else 1
        state.castling = np.uint64(board.clean_castling_rights())
        # Only a square that a pawn could capture on counts: it is part of the key and of what repeats.
        state.ep = NO_SQUARE
        if board.ep_square is not None and board.has_pseudo_legal_en_passant():
            state.ep = board.ep_square
        state.halfmove = board.halfmove_clock
        state.fullmove = board.fullmove_number
        complete(state)
        return state

    def board(self, state: State) -> chess.Board:
        """The position as a python-chess board, without its past."""
        board = chess.Board(None, chess960=self.chess960)
        for square in range(64):
            code = int(state.board[square])
            if code:
                board.set_piece_at(square, chess.Piece(code & 7, code < BLACK_OFFSET))
        board.turn = bool(state.side == 0)
        board.castling_rights = int(state.castling)
        if not self.chess960:
            # Rooks or kings away from home can only be written, and castled with, as in Chess960.
            board.chess960 = bool(board.castling_rights & ~board.clean_castling_rights())
        board.ep_square = None if state.ep < 0 else int(state.ep)
        board.halfmove_clock = int(state.halfmove)
        board.fullmove_number = int(state.fullmove)
        return board

    def text(self, state: State) -> str:
        """The FEN; Shredder-FEN with `chess960`. The en passant square stands only where a pawn could capture."""
        board = self.board(state)
        return board.fen(shredder=board.chess960, en_passant="fen")

    def move_text(self, state: State, move: int) -> str:
        """The coordinates of a move, a promotion's piece behind them; castling as e1g1, or e1h1 with `chess960`."""
        origin, to, kind = move & 63, move >> 6 & 63, move >> 12
        if kind == CASTLING and not self.chess960 and origin & 7 == 4 and to & 7 in (0, 7):
            to = int(castling_squares(origin, to)[0])
        text = chess.SQUARE_NAMES[origin] + chess.SQUARE_NAMES[to]
        if PROMOTE_KNIGHT <= kind <= PROMOTE_QUEEN:
            text += chess.piece_symbol(kind)
        return text

    def parse_move(self, state: State, text: str) -> int:
        """The legal move of these coordinates; castling in either notation where no other move is meant."""
        wanted = text.strip().lower()
        castling = None
        for move in self._legal(state):
            if self.move_text(state, move) == wanted:
                return move
            if move >> 12 == CASTLING:
                origin, rook = move & 63, move >> 6 & 63
                names = (chess.SQUARE_NAMES[int(square)] for square in (rook, castling_squares(origin, rook)[0]))
                if wanted in {chess.SQUARE_NAMES[origin] + name for name in names}:
                    castling = move
        if castling is not None:
            return castling
        raise ValueError(f"{text!r} is not a legal move in {self.text(state)}; a move looks like e2e4 or e7e8q")

    def san(self, state: State, move: int) -> str:
        """The move in standard algebraic notation, as `Nbxd7+`."""
        return self.board(state).san(self.to_chess(state, move))

    def parse_san(self, state: State, text: str) -> int:
        """The legal move that `text`, in algebraic notation, names."""
        board = self.board(state)
        try:
            named = board.parse_san(text)
        except ValueError as error:
            raise ValueError(f"{text!r} is not a legal move here ({error}); a move looks like Nf3 or e2e4") from None
        return self.parse_move(state, board.uci(named, chess960=self.chess960))

    def to_chess(self, state: State, move: int) -> chess.Move:
        """The move as python-chess has it."""
        board = self.board(state)
        return board.parse_uci(self.move_text(state, move))

    def draw(self, state: State, side: int = WHITE) -> str:
        """The board in Unicode with coordinates, `side` at the bottom."""
        board = self.board(state)
        upwards = range(8) if side == WHITE else range(7, -1, -1)
        rows = []
        for rank in reversed(upwards):
            pieces = (board.piece_at(chess.square(file, rank)) for file in upwards)
            rows.append(f"{rank + 1} " + " ".join(piece.unicode_symbol() if piece else "·" for piece in pieces))
        return "\n".join([*rows, "  " + " ".join(chess.FILE_NAMES[file] for file in upwards)])

    def outcome(self, position: Position, *, claim: bool = True) -> Outcome | None:
        """See `engine.game.Game.outcome`: fivefold repetition and 75 moves end the game, threefold and 50 by claim."""
        state = position.state
        legal_moves = self._legal(state)
        if not legal_moves and state.checkers:
            return Outcome(1 - position.side, "checkmate")
        if insufficient_material(state):
            return Outcome(None, "insufficient material")
        if not legal_moves:
            return Outcome(None, "stalemate")
        times = self._repetitions(position)
        if state.halfmove >= SEVENTY_FIVE_MOVES:
            return Outcome(None, "seventy-five moves")
        if times >= 5:
            return Outcome(None, "fivefold repetition")
        if claim and state.halfmove >= FIFTY_MOVES:
            return Outcome(None, "fifty moves")
        if claim and times >= 3:
            return Outcome(None, "threefold repetition")
        return None

    def _repetitions(self, position: Position) -> int:
        """How many times the current position has occurred."""
        recent = position.states[-1 - int(position.state.halfmove) :]
        here = self._repeated_key(position.state)
        return sum(self._repeated_key(state) == here for state in recent)

    def _repeated_key(self, state: State) -> int:
        """The key for repetitions, where en passant counts if it is legal (Laws of Chess, article 9.2.3)."""
        key = int(state.key)
        if state.ep >= 0 and all(move >> 12 != EN_PASSANT for move in self._legal(state)):
            key ^= int(EP_KEYS[state.ep & 7])
        return key

    def _legal(self, state: State) -> list[int]:
        moves = np.zeros(MAX_MOVES, np.int32)
        return [int(move) for move in moves[: legal(state, moves)]]
