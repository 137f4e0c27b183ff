"""Positions with static scores, millions in a minute: by the hand-written evaluation, or by another program's network.

A network learns more from many positions that are scored as they stand than from few that are searched. Of each known
position several variants are made by a few random moves, since a search sees what no good player reaches; each that is
not check is scored.

    python -m selfplay.nnue.distilled positions.shard --network stockfish.nnue --positions 30000000 --out FOLDER
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from rich.progress import Progress

from engine.chess.evaluation import EVALUATIONS
from engine.chess.packed import UNKNOWN, new_positions, pack, unpack
from engine.chess.play import play
from engine.chess.rules import ended
from engine.chess.state import MAX_MOVES, STATE
from search.bits import ZERO
from search.evaluation import Evaluation, refresh, score
from search.kernel import kernel
from search.memory import aligned_records, copy_record
from search.rules import ONGOING, legal
from selfplay.nnue.halfka_teacher import HalfkaTeacher
from selfplay.positions.shards import read_shards, shard_files, write_shard

#: Gives the scores of packed positions, centipawns of the mover's view, [n].
Teacher: TypeAlias = Callable[[Any], npt.NDArray[np.int64]]

#: Variants of each known position, each after 0 to 3 random moves; as it stands, each is taken once at most.
VARIANTS = 8
#: Tries in a shard.
IN_SHARD = 1_000_000
#: Scores are cut to ± this.
MOST_SCORE = 5_000


@kernel
def vary(known: Any, taken: Any, order: Any, numbers: Any, states: Any, moves: Any, found: Any) -> Any:
    """Write variants of known[order[n]] to `found`, one for each of numbers[n], that are not check; their number.

    `taken`, bool, says which of `known` were taken as they stand, and is brought up to date; `numbers`, uint64
    [n, VARIANTS], choose the moves; `states` [2] and `moves` are room.
    """
    count = np.int64(0)
    state = states[0]
    for n in range(len(order)):
        for variant in range(numbers.shape[1]):
            number = numbers[n, variant]
            unpack(known[order[n]], state)
            alive = True
            plies = np.int64(number & np.uint64(3))
            if plies == 0 and taken[order[n]]:
                plies = np.int64(1) + np.int64((number >> np.uint64(50)) & np.uint64(0xFF)) % np.int64(3)
            elif plies == 0:
                taken[order[n]] = True
            for ply in range(plies):
                choices = np.int64(0)
                if ended(state) == ONGOING:
                    choices = np.int64(legal(state, moves))
                if choices == 0:
                    alive = False
                    break
                chosen = np.int64((number >> np.uint64(2 + 16 * ply)) & np.uint64(0xFFFF)) % choices
                play(state, states[1], moves[chosen])
                copy_record(states[1], state)
            if alive and ended(state) == ONGOING and state.checkers == ZERO:
                # The fifty-move rule is no part of what a network says.
                state.halfmove = 0
                pack(state, found[count], np.int64(0), np.int64(0), np.int64(UNKNOWN))
                count += 1
    return count


@kernel
def _static_scores(packed: Any, state: Any, accumulator: Any, found: Any) -> None:
    for n in range(len(packed)):
        unpack(packed[n], state)
        refresh(accumulator, state)
        found[n] = score(accumulator, state)


def evaluation_teacher(evaluation: Evaluation) -> Teacher:
    """A teacher that says what an evaluation of ours says."""
    accumulators = aligned_records(1, evaluation.dtype)
    kept = evaluation.prepare(accumulators)

    def scores(packed: Any) -> npt.NDArray[np.int64]:
        found = np.zeros(len(packed), np.int64)
        _static_scores(packed.view(np.recarray), aligned_records(1, STATE)[0], accumulators[0], found)
        assert kept is not False  # the accumulators hold addresses in it
        return found

    return scores


def distilled(
    teacher: Teacher, known: Any, taken: npt.NDArray[np.bool_], tries: int, generator: np.random.Generator
) -> Any:
    """Scored variants of positions of `known`, packed; `tries` of them at most.

    `taken`, one for each of `known`, says which were taken as they stand, and is brought up to date.
    """
    found = new_positions(tries)
    order = generator.integers(0, len(known), max(tries // VARIANTS, 1))
    numbers = generator.integers(0, 1 << 63, (len(order), min(VARIANTS, tries)), np.uint64)
    count = vary(
        known.view(np.recarray), taken, order, numbers, aligned_records(2, STATE), np.zeros(MAX_MOVES, np.int32), found
    )
    found = found[: int(count)]
    found["score"] = np.clip(teacher(found), -MOST_SCORE, MOST_SCORE)
    return found


def add_teacher_options(parser: argparse.ArgumentParser) -> None:
    """The options that `chosen_teacher` reads."""
    parser.add_argument("--evaluation", default="classical", choices=sorted(EVALUATIONS), help="the teacher, or")
    parser.add_argument("--network", type=Path, help="a network that Stockfish 15.1 exported")


def chosen_teacher(arguments: argparse.Namespace) -> tuple[Teacher, str]:
    """The teacher that the command line asks for, and how shards call it; ValueError or OSError for a bad network."""
    if arguments.network is None:
        return evaluation_teacher(EVALUATIONS[arguments.evaluation]), arguments.evaluation
    teacher = HalfkaTeacher(arguments.network).scores
    return teacher, f"network with the SHA-256 {hashlib.sha256(arguments.network.read_bytes()).hexdigest()}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shards", type=Path, nargs="+", help="shards of positions to begin at, or folders of them")
    add_teacher_options(parser)
    parser.add_argument("--positions", type=int, default=30_000_000, help="tries; some are check or over")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder for the shards")
    arguments = parser.parse_args()
    try:
        known = np.concatenate([shard.positions for _, shard in read_shards(shard_files(arguments.shards), print)])
        teacher, name = chosen_teacher(arguments)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    arguments.out.mkdir(parents=True, exist_ok=True)
    facts = {"kind": "static scores of variants", "teacher": name, "seed": arguments.seed}
    taken = np.zeros(len(known), np.bool_)
    with Progress() as progress:
        task = progress.add_task("positions", total=arguments.positions)
        for number, first in enumerate(range(0, arguments.positions, IN_SHARD)):
            tries = min(IN_SHARD, arguments.positions - first)
            found = distilled(teacher, known, taken, tries, np.random.default_rng((arguments.seed, number)))
            write_shard(arguments.out / f"distilled-{arguments.seed}-{number:04}.shard", found, facts)
            progress.update(task, advance=tries)


if __name__ == "__main__":
    main()
