"""The benchmark: fixed chess positions to a fixed depth; the total of nodes is the signature of the search.

A change that is meant to keep the search as it is keeps the number; any other change of it must be meant.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.chess.game import ChessGame
from engine.game import Position
from search.alphabeta import AlphaBeta
from search.searcher import Limits, Stop

#: The depth of the signature.
DEPTH = 12
#: MiB of transposition table: part of the signature too.
HASH_MIB = 16

#: Positions of all phases, from random openings played out by engines.
POSITIONS = (
    "8/1k3K2/3q4/8/2Q5/8/8/8 w - - 6 87",
    "8/8/8/2K3bk/5R2/8/8/8 b - - 22 88",
    "8/5N2/5nP1/5k2/2K5/8/8/8 w - - 1 66",
    "8/3K4/6k1/8/4R3/7P/7P/r7 b - - 55 81",
    "8/8/6P1/1k6/5p1P/5P1K/8/r7 b - - 0 58",
    "7k/R7/5p1p/2r1PP1P/8/8/5K2/8 w - - 0 52",
    "8/8/2N1pk2/5p2/3P1n1p/5P1P/5K2/8 w - - 24 62",
    "8/8/1R2p3/3kN3/p2p1P2/2bP1K2/8/r7 w - - 0 49",
    "R7/8/2Bp4/2b1p1p1/4P1kp/2P5/6K1/6n1 b - - 1 72",
    "4k3/7R/4p3/1rrbBp1p/R6P/p7/P4K2/8 b - - 3 47",
    "6k1/5p1p/6p1/2b1n3/3Np3/2n1P2P/5PP1/K1R5 b - - 3 30",
    "5rk1/4pp2/2B1b3/8/3b2p1/6Pp/4PP1P/1N3RK1 w - - 0 24",
    "r3r3/pp4kp/3B4/2PP4/5N1P/P2P1b2/2K3p1/6R1 b - - 1 36",
    "1r4k1/3bq3/6P1/p2P1p1P/3ppQ2/p2P4/1rR1BK2/7R w - - 0 32",
    "1q2k1nr/2pp2pp/2b2p2/8/8/5NPB/QP2PP1P/4K1R1 b k - 4 20",
    "1r4k1/p1p2ppp/3p1qn1/4p3/2P2P2/2B4R/P2PP3/4KB1Q w - - 2 25",
    "1r3rk1/1pp3pp/p1p1b3/2q5/Q3B3/6P1/PP2PP1P/3R1RK1 w - - 1 19",
    "1n2k2r/1b1p2p1/1q1b3n/4p2P/Np2Pp2/1P1P1B2/2NBK3/3Q3R b k - 1 22",
    "r4k1r/2p1n3/1p4p1/p2p3n/P2P1p1p/1B1R1P1P/2P1NKP1/R7 w - - 0 26",
    "r1b2rk1/pp4p1/2pn1n2/7p/2q2PpR/2N1P1N1/P1QP2B1/R5K1 b - - 2 27",
    "5rk1/3pn1b1/p1nNppp1/2p1P2p/2P2P2/2BB1Q2/q2P1KPP/R7 b - - 5 22",
    "2b1k2r/1q3pp1/2pbnB2/Q2p3p/P2Pp2P/2P1P2N/5PP1/1N2KB1R w Kk - 1 18",
    "r3brk1/4n1p1/p1q1p2p/2P1Pp1P/1pBPp2Q/4P3/1P4P1/R1B1K2R b KQ - 3 22",
    "2q1k2r/1pp1bp1p/2npbnp1/8/r1P1P3/1NN1Q2P/P4P2/R1B1KBR1 b Qk - 3 16",
    "r3kbnr/ppq4p/2n1b1p1/5p2/8/3P1N2/PP1NBPPP/R1BQ1RK1 b kq - 3 11",
    "r1b1k2r/p1ppqpb1/2n3pp/1p6/4N3/1P5N/P1PQPPPP/1R2KB1R w Kkq - 2 13",
    "r3kbnr/p2p1ppp/bp3q2/2pP4/P4B2/8/1PP1NPPP/RN1QK2R b KQkq - 2 9",
    "r2qk2r/1ppn1p2/p1b1n3/2b4p/P2pP1pP/1P1P2N1/1BP1NQB1/R3K2R b kq - 13 24",
    "rnbqk2r/p1pp1pbp/8/1N2p3/1P1P1p1P/P7/2P1PPPR/R1BQKB2 b Qkq - 0 9",
    "r1bqk2r/pp1p4/n1n2pp1/2b1p2p/2P1P2N/P1N5/R2PBPPP/2BQK2R b Kkq - 1 10",
    "rn1qkb1r/pp4pp/2p1p3/3p1p2/1P1Pb1PP/4P3/P1P1Q1B1/RNB1K1NR w KQkq - 0 12",
    "1nbqkbnr/r1p2pp1/p3p3/1P1p3p/3P1N2/2P5/1P2PPPP/RNBQKB1R w KQk - 0 7",
    "rn1qkbnr/1bpppp2/p6p/1P6/6p1/PNN5/1PQPPPPP/R1B1KB1R b KQkq - 1 8",
    "1rbq1rk1/pp2ppbp/n4np1/2pp4/3P1PP1/P1N1PN1P/1PPB2B1/R2QK2R b KQ - 6 10",
    "r1bqkbnr/1pppp1pp/2n2p2/p7/Q2P4/2P4N/PP2PPPP/RNB1KB1R b KQkq - 0 4",
    "rn1qkbnr/2ppp1p1/bp3p1p/p7/3P2P1/1P3P2/P1P1PN1P/RNBQKB1R b KQkq - 0 6",
    "rnbqkb1r/1p1pppp1/2p5/p2nP2p/1P6/P4P2/2PP2PP/RNBQKBNR w KQkq - 1 6",
)


@dataclass(frozen=True)
class Bench:
    """What the benchmark found."""

    depth: int
    nodes: int
    seconds: float

    @property
    def nodes_per_second(self) -> int:
        """Nodes per second of search."""
        return int(self.nodes / max(self.seconds, 1e-9))


def bench(*, depth: int | None = None, stop: Stop | None = None, searcher: AlphaBeta | None = None) -> Bench:
    """Search every position to `depth` (None: DEPTH), each from a fresh start, on one thread.

    Ends early, with what was searched so far, when `stop` is set.
    """
    game = ChessGame()
    if searcher is None:
        searcher = AlphaBeta(game.rules, next(iter(game.evaluations.values())), hash_mib=HASH_MIB)
    searcher.compile()
    depth = DEPTH if depth is None else depth
    nodes, seconds = 0, 0.0
    for text in POSITIONS:
        if stop is not None and stop.is_set():
            break
        searcher.new_game()
        result = searcher.search(Position(game, text).root(), Limits(depth=depth), stop=stop)
        nodes += result.nodes
        seconds += result.seconds
    return Bench(depth=depth, nodes=nodes, seconds=seconds)
