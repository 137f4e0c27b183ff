"""What better evaluation would be worth: our search with its teacher's network against the same with ours.

    echo "export_net stockfish.nnue" | stockfish
    python benchmarks/teacher_search.py --network stockfish.nnue --pairs 60 --nodes 6000

The teacher's scores, made anew for every position, cost more than a search has time for, so games are by nodes. They
are multiplied by --percent / 100: ours have another scale. Prints a line; the JSON has the keys pairs, nodes, score
(the teacher's share of the points), elo and error (95 %).
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from ablation import summary
from report import Report, add_json_option
from rich.progress import track

from engine.chess.game import ChessGame
from engine.chess.nnue import by_the_rules, nnue_evaluation
from engine.chess.packed import PACKED, UNKNOWN, pack
from engine.chess.rules import CHESS
from engine.game import Position
from nets.nnue.file import load_network
from search.alphabeta import AlphaBeta
from search.evaluation import Evaluation, register_evaluation
from search.kernel import kernel
from search.memory import address_of, padded, record_reader
from search.searcher import Limits
from selfplay.matches.openings import load_openings, pair_opening
from selfplay.nnue.halfka_teacher import HalfkaTeacher, teacher_at, teacher_score
from selfplay.tuning.selfgame import play_pair

ACCUMULATOR = padded([("teacher", np.uint64), ("packed", np.uint64), ("percent", np.int64)])  # two addresses
packed_at = record_reader(PACKED)


@kernel
def refresh(accumulator: Any, state: Any) -> None:
    """See `search.evaluation.refresh`: nothing is carried along."""


@kernel
def advance(child_accumulator: Any, parent_accumulator: Any, parent: Any, child: Any, move: Any) -> None:
    """See `search.evaluation.advance`: nothing is carried along."""


@kernel
def score(accumulator: Any, state: Any) -> Any:
    """See `search.evaluation.score`."""
    packed = packed_at(accumulator.packed)
    pack(state, packed, np.int64(0), np.int64(0), np.int64(UNKNOWN))
    value = teacher_score(teacher_at(accumulator.teacher), packed)
    return by_the_rules(value * accumulator.percent // 100, state)


def teacher_evaluation(teacher: HalfkaTeacher, percent: int) -> Evaluation:
    """The teacher's network as an evaluation."""

    def prepare(accumulators: Any) -> object:
        packed = np.zeros(1, PACKED)
        accumulators["teacher"], accumulators["packed"] = teacher.address, address_of(packed)
        accumulators["percent"] = percent
        return teacher, packed

    return register_evaluation(
        Evaluation(
            name="teacher", rules=CHESS, dtype=ACCUMULATOR, refresh=refresh, advance=advance, score=score,
            prepare=prepare,
        )
    )  # fmt: skip


def main() -> None:
    """Play, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=Path, required=True, help="the teacher's, as Stockfish 15.1 exports it")
    parser.add_argument("--against", type=Path, help="a network of ours, in place of the one that is shipped")
    parser.add_argument("--percent", type=int, default=113, help="of the teacher's centipawns are ours")
    parser.add_argument("--pairs", type=int, default=60, help="pairs of games")
    parser.add_argument("--nodes", type=int, default=6000, help="nodes a move")
    add_json_option(parser)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    try:
        teacher = teacher_evaluation(HalfkaTeacher(arguments.network), arguments.percent)
        ours = nnue_evaluation(None if arguments.against is None else load_network(arguments.against))
    except (ValueError, OSError) as error:
        parser.error(str(error))
    game, openings = ChessGame(), load_openings("builtin", seed=7)
    first, second = (AlphaBeta(game.rules, evaluation, hash_mib=16) for evaluation in (teacher, ours))
    limits, points = Limits(nodes=arguments.nodes), []
    for number in track(range(arguments.pairs), "pairs"):
        start = partial(Position, game, pair_opening(openings, number).board().fen())
        points.append(play_pair(start, first, second, limits))
    elo, error_ = summary(points)
    share = sum(points) / 2 / len(points)
    report.say(f"the teacher's network: {100 * share:.1f} % of {2 * len(points)} games, {elo:+.0f} ± {error_:.0f}")
    report.write(
        {
            "pairs": len(points),
            "nodes": arguments.nodes,
            "score": share,
            "elo": round(elo, 1),
            "error": round(error_, 1),
        }
    )


if __name__ == "__main__":
    main()
