"""Makes selfplay/matches/openings.epd, the built-in openings: random lines that a strong engine calls level.

    python benchmarks/make_openings.py --engine /usr/games/stockfish --output selfplay/matches/openings.epd

With the same seed, the same engine build and its node limit on one thread, the file is the same to the byte.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import chess
import chess.engine


def random_line(rng: random.Random, plies: int) -> chess.Board:
    """The position after `plies` uniformly random legal moves; the game may be over."""
    board = chess.Board()
    for _ in range(plies):
        moves = sorted(board.legal_moves, key=chess.Move.uci)
        if not moves:
            break
        board.push(rng.choice(moves))
    return board


def main() -> None:
    """Write the openings, one EPD a line with the engine's score (`ce`, centipawns, the mover's view)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="stockfish", help="a UCI engine to judge with")
    parser.add_argument("--output", type=Path, default=Path("selfplay/matches/openings.epd"))
    parser.add_argument("--count", type=int, default=500, help="openings to write")
    parser.add_argument("--plies", type=int, default=8, help="random plies from the initial position")
    parser.add_argument("--nodes", type=int, default=20_000, help="nodes of each judgement")
    parser.add_argument("--limit", type=int, default=40, help="largest |score| kept, in centipawns")
    parser.add_argument("--seed", type=int, default=1962)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    lines: dict[str, str] = {}
    with chess.engine.SimpleEngine.popen_uci(arguments.engine) as engine:
        engine.configure({"Threads": 1, "Hash": 16})
        while len(lines) < arguments.count:
            board = random_line(rng, arguments.plies)
            # A position in check has few replies and a score of tactics: of little use to tell players apart.
            if board.is_game_over() or board.is_check() or board.epd() in lines:
                continue
            # A new `game` object each time clears the engine's table, so that no judgement depends on earlier ones.
            info = engine.analyse(board, chess.engine.Limit(nodes=arguments.nodes), game=object())
            score = info["score"].relative.score()
            if score is not None and abs(score) <= arguments.limit:
                lines[board.epd()] = board.epd(ce=score, id=f"matchbox.{len(lines) + 1:03d}")
    arguments.output.write_text("\n".join(lines.values()) + "\n", encoding="ascii")
    print(f"{len(lines)} openings written to {arguments.output}")


if __name__ == "__main__":
    main()
