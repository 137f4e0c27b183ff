"""Perft side by side, in one run and on one thread: this project, python-chess, and Stockfish.

    python benchmarks/perft.py --json perft.json

Every program counts the same positions; all counts must agree. The programs take turns, so that a slow moment of the
machine hits all. Keys of the JSON: positions (for each fen, depth, nodes, and million nodes per second of matchbox,
matchbox_played, where the last ply is played too, stockfish, and python_chess, which counts two plies less),
total (the same speeds over all positions), against_python_chess and against_stockfish (ratios of the totals).
"""

from __future__ import annotations

import argparse
import time

import chess
from opponent import Opponent
from report import Report, add_json_option

from engine.chess.game import ChessGame
from engine.chess.perft import perft

POSITIONS = (
    ("rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1", 6),
    ("r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1", 5),
    ("8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1", 7),
    ("r3k2r/Pppp1ppp/1b3nbN/nP6/BBP1P3/q4N2/Pp1P2PP/R2Q1RK1 w kq - 0 1", 5),
    ("rnbq1k1r/pp1Pbppp/2p5/8/2B5/8/PPP1NnPP/RNBQK2R w KQ - 1 8", 5),
    ("r4rk1/1pp1qppp/p1np1n2/2b1p1B1/2B1P1b1/P1NP1N2/1PP1QPPP/R4RK1 w - - 0 10", 5),
)
#: Plies less for python-chess, and for the count that plays the last ply.
LESS, LESS_PLAYED = 2, 1


def counted(board: chess.Board, depth: int) -> int:
    """Perft by python-chess, counting the last ply without playing it."""
    if depth == 1:
        return board.legal_moves.count()
    total = 0
    for move in board.legal_moves:
        board.push(move)
        total += counted(board, depth - 1)
        board.pop()
    return total


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stockfish", default="stockfish", help="the program to compare with")
    parser.add_argument("--repeat", type=int, default=3, help="the best of so many runs counts")
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    game = ChessGame()
    names = ("matchbox", "matchbox_played", "stockfish", "python_chess")
    nodes, seconds = dict.fromkeys(names, 0), dict.fromkeys(names, 0.0)
    rows = []
    for played in (False, True):
        perft(game.parse(game.start), 2, play_last=played)
    with Opponent(arguments.stockfish) as stockfish:
        for fen, depth in POSITIONS:
            state, board = game.parse(fen), chess.Board(fen)
            stockfish.send(f"position fen {fen}")
            best: dict[str, tuple[int, float]] = {}

            def note(name: str, count: int, taken: float, best: dict[str, tuple[int, float]] = best) -> None:
                if name in best and best[name][0] != count:
                    raise SystemExit(f"{name} counted {count} and then {best[name][0]}")
                best[name] = min((count, taken), best.get(name, (count, taken)))

            for _ in range(arguments.repeat):
                began = time.perf_counter()
                note("matchbox", perft(state, depth), time.perf_counter() - began)
                lines, taken = stockfish.ask(f"go perft {depth}", "Nodes searched")
                note("stockfish", int(lines[-1].split()[-1]), taken)
                began = time.perf_counter()
                note("matchbox_played", perft(state, depth - LESS_PLAYED, play_last=True), time.perf_counter() - began)
            began = time.perf_counter()
            note("python_chess", counted(board, depth - LESS), time.perf_counter() - began)
            if best["matchbox"][0] != best["stockfish"][0] or best["python_chess"][0] != perft(state, depth - LESS):
                raise SystemExit(f"the programs count differently in {fen}: {best}")
            row: dict[str, object] = {"fen": fen, "depth": depth, "nodes": best["matchbox"][0]}
            for name in names:
                nodes[name] += best[name][0]
                seconds[name] += best[name][1]
                row[name] = round(best[name][0] / best[name][1] / 1e6, 3)
            rows.append(row)
            report.say(f"{fen}  depth {depth}: {best['matchbox'][0]:,}")
            report.say("    " + ", ".join(f"{name} {row[name]}" for name in names) + "  million nodes/s")
    total = {name: round(nodes[name] / seconds[name] / 1e6, 3) for name in names}
    facts = {
        "positions": rows,
        "total": total,
        "against_python_chess": round(total["matchbox"] / total["python_chess"], 1),
        "against_stockfish": round(total["matchbox"] / total["stockfish"], 2),
    }
    report.say("all: " + ", ".join(f"{name} {speed}" for name, speed in total.items()) + "  million nodes/s")
    report.say(f"{facts['against_python_chess']} times python-chess, {facts['against_stockfish']} times Stockfish")
    report.write(facts)


if __name__ == "__main__":
    main()
