"""What each technique of the alpha-beta search is worth: the search without it against the search with everything.

For each switch of `search.alphabeta.Options`: paired games from random balanced openings at a fixed number of nodes or
of milliseconds a move, and the nodes that fixed positions take to a fixed depth. Prints a line a switch; `--json FILE`
(`-` for stdout) writes `nodes`, `movetime`, `seed` and `options`: for each switch `wins`, `draws`, `losses`, `elo` and
`error` (95 %) of the search *with* the technique, `node_ratio`, nodes without it divided by nodes with it, and with
`--suite` the positions `solved` without it.

    python benchmarks/ablation.py --pairs 100 --nodes 20000 --only null_move --only killers
"""

from __future__ import annotations

import argparse
import json
import math
import random
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from report import Report, add_json_option

from engine.chess.game import ChessGame
from engine.epd import Problem, attempt, read_suite
from engine.game import Game, Position
from engine.games import game
from search.alphabeta import AlphaBeta, Options
from search.searcher import Limits, Root
from selfplay.tuning.selfgame import play

#: An opening is balanced when a short search finds the sides within this many centipawns.
BALANCED = 60
OPENING_PLIES = 8


def new_searcher(on: Game, options: Options) -> AlphaBeta:
    evaluation = next(iter(on.evaluations.values()))
    return AlphaBeta(on.rules, evaluation, hash_mib=16, options=options)


def opening(on: Game, judge: AlphaBeta, generator: random.Random) -> list[int]:
    """Moves of a random line after which neither side is much better."""
    while True:
        position = Position(on)
        for _ in range(OPENING_PLIES):
            moves = position.legal()
            if not moves:
                break
            position.push(generator.choice(moves))
        if position.outcome() is None:
            judge.new_game()
            if abs(judge.search(position.root(), Limits(nodes=5000)).score) <= BALANCED:
                return position.moves


def after(on: Game, moves: list[int]) -> Position:
    """The position after `moves`."""
    position = Position(on)
    for move in moves:
        position.push(move)
    return position


def elo(score: float) -> float:
    score = min(max(score, 1e-3), 1 - 1e-3)
    return -400 * math.log10(1 / score - 1)


def summary(pairs: list[float]) -> tuple[float, float]:
    """Elo and its 95 % error from the points of pairs of games (0..2 each)."""
    mean = float(np.mean(pairs)) / 2
    spread = float(np.std(pairs, ddof=1)) / 2 / math.sqrt(len(pairs)) if len(pairs) > 1 else 0.5
    return elo(mean), (elo(mean + 1.96 * spread) - elo(mean - 1.96 * spread)) / 2


def nodes_to_depth(on: Game, options: Options, openings: list[list[int]], depth: int) -> int:
    """Nodes that a fresh search takes to `depth`, over the positions after `openings`."""
    total = 0
    searcher = new_searcher(on, options)
    for moves in openings:
        searcher.new_game()
        total += searcher.search(Root(state=after(on, moves).state), Limits(depth=depth)).nodes
    return total


def solved(on: Game, options: Options, problems: list[Problem], nodes: int) -> int:
    """How many problems of a suite are solved at a number of nodes each."""
    assert isinstance(on, ChessGame)
    searcher = new_searcher(on, options)
    return sum(attempt(problem, on, searcher, Limits(nodes=nodes)).solved for problem in problems)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--game", default="chess")
    parser.add_argument("--pairs", type=int, default=50, help="pairs of games for each switch")
    parser.add_argument("--nodes", type=int, default=20_000, help="nodes a move")
    parser.add_argument("--movetime", type=int, help="milliseconds a move, instead of --nodes")
    parser.add_argument("--depth", type=int, default=9, help="depth of the node counts")
    parser.add_argument("--suite", type=Path, help="an EPD suite of chess, solved with and without each technique")
    parser.add_argument("--suite-nodes", type=int, default=20_000, help="nodes for each position of the suite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], help="a switch; may be given several times")
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    names = [field.name for field in fields(Options)]
    unknown = sorted(set(arguments.only) - set(names))
    if unknown:
        parser.error(f"no switch {', '.join(unknown)}; there are {', '.join(names)}")
    limits = Limits(nodes=arguments.nodes)
    if arguments.movetime is not None:
        limits = Limits(seconds=arguments.movetime / 1000)

    on = game(arguments.game)
    everything = Options()
    judge = new_searcher(on, everything)
    generator = random.Random(arguments.seed)
    openings = [opening(on, judge, generator) for _ in range(arguments.pairs)]
    whole = nodes_to_depth(on, everything, openings[:20], arguments.depth)
    problems: list[Problem] = []
    if arguments.suite is not None:
        if not isinstance(on, ChessGame):
            parser.error("--suite is for chess")
        problems = read_suite(arguments.suite, on)
        report.say(
            f"solved with everything: {solved(on, everything, problems, arguments.suite_nodes)} of {len(problems)}"
        )
    results = {}
    for name in arguments.only or names:
        without = replace(everything, **{name: False})
        ours, theirs = new_searcher(on, everything), new_searcher(on, without)
        pairs, games = [], []
        for moves in openings:
            first = play(after(on, moves), (ours, theirs), limits)
            second = 1.0 - play(after(on, moves), (theirs, ours), limits)
            games += [first, second]
            pairs.append(first + second)
        gained, error = summary(pairs)
        results[name] = {
            "wins": games.count(1.0),
            "draws": games.count(0.5),
            "losses": games.count(0.0),
            "elo": round(gained, 1),
            "error": round(error, 1),
            "node_ratio": round(nodes_to_depth(on, without, openings[:20], arguments.depth) / whole, 2),
        }
        if problems:
            results[name]["solved"] = solved(on, without, problems, arguments.suite_nodes)
        report.say(f"{name:32} {json.dumps(results[name])}")
    known = {"nodes": arguments.nodes, "movetime": arguments.movetime, "seed": arguments.seed}
    report.write({**known, "options": results})


if __name__ == "__main__":
    main()
