"""Quiet chess positions with a teacher's score and the game's result, for tuning the hand-written evaluation.

A UCI engine plays itself from random openings at a fixed number of nodes. Positions where it is not in check, its move
captures nothing, and its score is no mate are written as lines of `FEN <tab> score <tab> result`: centipawns and
1, 0.5 or 0, both White's view.

    python -m selfplay.positions.quiet --engine stockfish --nodes 1500 --positions 600000 --seed 1 --out positions.tsv
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path

import chess
import chess.engine

from selfplay.programs import find_program

#: Random plies before the engine takes over.
FEWEST_RANDOM, MOST_RANDOM = 6, 14
#: A game is given up for decided after this many plies beyond this score, and for drawn at this length.
DECIDED_CENTIPAWNS, DECIDED_PLIES, LONGEST = 1200, 6, 240


def random_opening(generator: random.Random) -> chess.Board:
    """A position after a few random moves in which the game still goes on."""
    while True:
        board = chess.Board()
        for _ in range(generator.randint(FEWEST_RANDOM, MOST_RANDOM)):
            moves = list(board.legal_moves)
            if not moves:
                break
            board.push(generator.choice(moves))
        if not board.is_game_over():
            return board


def play_game(
    engine: chess.engine.SimpleEngine, nodes: int, generator: random.Random
) -> Iterator[tuple[str, int, float]]:
    """One game; yields (FEN, score, result) of its quiet positions when it is over."""
    board = random_opening(generator)
    kept: list[tuple[str, int]] = []
    decided = 0
    result = 0.5
    while not board.is_game_over(claim_draw=False) and board.ply() < LONGEST and not board.is_repetition(3):
        # Varied budgets vary the games.
        limit = chess.engine.Limit(nodes=generator.randint(nodes // 2, nodes * 3 // 2))
        answer = engine.play(board, limit, info=chess.engine.INFO_SCORE)
        move, score = answer.move, answer.info.get("score")
        if move is None or score is None:
            return
        white = score.white()
        points = white.score(mate_score=10_000) or 0
        decided = decided + 1 if abs(points) >= DECIDED_CENTIPAWNS else 0
        if decided >= DECIDED_PLIES:
            result = 1.0 if points > 0 else 0.0
            break
        if not white.is_mate() and not board.is_check() and not board.is_capture(move) and not move.promotion:
            kept.append((board.fen(), points))
        board.push(move)
    else:
        if board.is_checkmate():
            result = 0.0 if board.turn else 1.0
    for fen, points in kept:
        yield fen, points, result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", default="stockfish", help="a UCI program")
    parser.add_argument("--nodes", type=int, default=1500, help="nodes a move, on average")
    parser.add_argument("--positions", type=int, default=600_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="file to append to")
    arguments = parser.parse_args()
    try:
        path = find_program(arguments.engine)
    except ValueError as error:
        parser.error(str(error))
    generator = random.Random(arguments.seed)
    written = 0
    with chess.engine.SimpleEngine.popen_uci(path) as engine, arguments.out.open("a") as out:
        while written < arguments.positions:
            for fen, score, result in play_game(engine, arguments.nodes, generator):
                out.write(f"{fen}\t{score}\t{result}\n")
                written += 1


if __name__ == "__main__":
    main()
