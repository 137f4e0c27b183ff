"""Nodes per second of the search: beside Stockfish's on one thread, and with two threads beside one.

    python benchmarks/search_speed.py --json speed.json

The positions are those of `matchbox bench`; each is searched for --seconds by each program in turn, so that a slow
moment of the machine hits all. Tables have 16 MiB and are emptied before each search. Keys of the JSON: seconds,
positions, and nodes per second as matchbox, stockfish, matchbox_threads (with --threads of them), and the ratios
against_stockfish and scaling (of the nodes with several threads to those with one).
"""

from __future__ import annotations

import argparse

from opponent import Opponent
from report import Report, add_json_option

from engine.bench import POSITIONS
from engine.chess.game import ChessGame
from engine.game import Position
from search.alphabeta import AlphaBeta
from search.searcher import Limits


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stockfish", default="stockfish", help="the program to compare with")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each search")
    parser.add_argument("--threads", type=int, default=2)
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    game = ChessGame()
    evaluation = next(iter(game.evaluations.values()))
    searchers = {
        name: AlphaBeta(game.rules, evaluation, hash_mib=16, threads=threads)
        for name, threads in (("matchbox", 1), ("matchbox_threads", arguments.threads))
    }
    for searcher in searchers.values():
        searcher.search(Position(game).root(), Limits(depth=5))
    nodes = {"matchbox": 0, "stockfish": 0, "matchbox_threads": 0}
    seconds = dict.fromkeys(nodes, 0.0)
    with Opponent(arguments.stockfish, Hash=16, Threads=1) as stockfish:
        for number, fen in enumerate(POSITIONS, 1):
            for name, searcher in searchers.items():
                searcher.new_game()
                result = searcher.search(Position(game, fen).root(), Limits(seconds=arguments.seconds))
                nodes[name] += result.nodes
                seconds[name] += result.seconds
            stockfish.send("ucinewgame")
            stockfish.ask("isready", "readyok")
            stockfish.send(f"position fen {fen}")
            lines, _ = stockfish.ask(f"go movetime {round(1000 * arguments.seconds)}", "bestmove")
            words = [line.split() for line in lines if " nodes " in line][-1]
            nodes["stockfish"] += int(words[words.index("nodes") + 1])
            seconds["stockfish"] += int(words[words.index("time") + 1]) / 1000
            report.say(f"\r{number} of {len(POSITIONS)} positions", end="")
    speeds = {name: round(nodes[name] / seconds[name]) for name in nodes}
    facts = {
        "seconds": arguments.seconds,
        "positions": len(POSITIONS),
        **speeds,
        "against_stockfish": round(speeds["matchbox"] / speeds["stockfish"], 3),
        "scaling": round(speeds["matchbox_threads"] / speeds["matchbox"], 3),
    }
    report.say("\r" + ", ".join(f"{name} {speed:,}" for name, speed in speeds.items()) + "  nodes/s")
    report.say(
        f"{facts['against_stockfish']} times Stockfish; {arguments.threads} threads: {facts['scaling']} times one"
    )
    report.write(facts)


if __name__ == "__main__":
    main()
