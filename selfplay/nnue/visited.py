"""Positions that a search asks its evaluation about, with static scores: a network learns what it will be asked.

The alpha-beta search plays against itself, and an evaluation that takes notes writes down a share of the positions that
it is asked to score: after blunders and sacrifices, in the middle of exchanges, far from any game. A teacher scores
them as they stand.

    python -m selfplay.nnue.visited --network stockfish.nnue --shards 100 --out FOLDER

The same command goes on where it was left, other options need another folder, and another seed makes other games.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress

from engine.chess import nnue
from engine.chess.packed import PACKED, UNKNOWN, new_positions, pack
from nets.nnue.file import load_network
from nets.nnue.quantise import IntegerNetwork
from search.bits import ZERO
from search.evaluation import Evaluation, register_evaluation
from search.kernel import kernel
from search.memory import address_of, aligned_records, padded, record_reader
from selfplay.nnue.distilled import MOST_SCORE, Teacher, add_teacher_options, chosen_teacher
from selfplay.positions.content import content_hashes
from selfplay.positions.generation import GenerationConfig, Table
from selfplay.positions.shards import read_shard, write_shard

#: Where positions are written down. A position is, if its key and `salt` differ in none of the bits of `mask`.
NOTEBOOK = padded(
    [
        ("positions", np.uint64),  # address of PACKED [room]
        ("room", np.int64),
        ("count", np.int64),
        ("mask", np.uint64),
        ("salt", np.uint64),
    ]
)
notebook_at = record_reader(NOTEBOOK)
position_at = record_reader(PACKED)
_POSITION_BYTES = PACKED.itemsize

#: The address of a NOTEBOOK, and the accumulator of `engine.chess.nnue`. Were it to come after that, Numba would take
#: the one record for the other.
WITNESS = padded([("notebook", np.uint64), *((name, nnue.ACCUMULATOR[name]) for name in nnue.ACCUMULATOR.names or ())])

#: Positions that a shard holds at most.
ROOM = 4_000_000


@kernel
def score(accumulator: Any, state: Any) -> Any:
    """See `search.evaluation.score`: that of the network, and a note of the position unless it is check."""
    notebook = notebook_at(accumulator.notebook)
    if (
        (state.key ^ notebook.salt) & notebook.mask == ZERO
        and state.checkers == ZERO
        and notebook.count < notebook.room
    ):
        position = position_at(notebook.positions + np.uint64(notebook.count * _POSITION_BYTES))
        pack(state, position, np.int64(0), np.int64(0), np.int64(UNKNOWN))
        # The fifty-move rule is no part of what a network says.
        position.halfmove = 0
        notebook.count += 1
    return nnue.score(accumulator, state)


class Notebook:
    """The positions that a witness wrote down."""

    def __init__(self, share: int, room: int = ROOM) -> None:
        """One in `share`, a power of two, of the positions that are scored; at most `room` of them."""
        if share < 1 or share & (share - 1):
            raise ValueError(f"the share must be a power of two, such as 16; it is {share}")
        self._positions = new_positions(room)
        self._records = aligned_records(1, NOTEBOOK)
        self.record: Any = self._records[0]
        self.record.positions = address_of(self._positions)
        self.record.room = room
        self.record.mask = share - 1

    def take(self) -> Any:
        """The positions since the last time, each once; packed, in no order that means anything."""
        found = self._positions[: int(self.record.count)]
        self.record.count = 0
        _, first = np.unique(content_hashes(found), return_index=True)
        return found[first]

    def witness(self, network: IntegerNetwork | None = None) -> Evaluation:
        """A network, or the one that is shipped, as an evaluation that writes here."""
        evaluation = nnue.nnue_evaluation(network)

        def prepare(accumulators: Any) -> object:
            accumulators["notebook"] = address_of(self._records)
            return self, evaluation.prepare(accumulators)

        return register_evaluation(
            Evaluation(
                name="witness", rules=nnue.NNUE.rules, dtype=WITNESS, refresh=nnue.refresh, advance=nnue.advance,
                score=score, prepare=prepare,
            )
        )  # fmt: skip


def visited(table: Table, notebook: Notebook, games: range, teacher: Teacher) -> Any:
    """Positions of the searches of some games, packed and scored; `table` plays with the witness of `notebook`."""
    generator = np.random.default_rng((table.config.seed, games.start))
    for number in games:
        notebook.record.salt = generator.integers(0, 1 << 63, dtype=np.uint64)
        table.play(number)
    found = notebook.take()
    found["score"] = np.clip(teacher(found), -MOST_SCORE, MOST_SCORE)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_teacher_options(parser)
    parser.add_argument(
        "--shards", type=int, default=100, help="how many files, of about half a million positions each"
    )
    parser.add_argument("--games", type=int, default=200, help="of each shard")
    parser.add_argument("--nodes", type=int, default=1000, help="of each move")
    parser.add_argument("--share", type=int, default=16, help="one in so many positions is taken; a power of two")
    parser.add_argument("--player", type=Path, help="the network that plays; by default the one that is shipped")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder for the shards")
    arguments = parser.parse_args()
    paths = [arguments.out / f"visited-{arguments.seed}-{number:04}.shard" for number in range(arguments.shards)]
    try:
        teacher, name = chosen_teacher(arguments)
        config = GenerationConfig(seed=arguments.seed, nodes=arguments.nodes, won_score=2000)
        player = None if arguments.player is None else load_network(arguments.player)
        notebook = Notebook(arguments.share)
        facts = {
            "kind": "static scores of positions that a search visits", "teacher": name, "seed": arguments.seed,
            "games": arguments.games, "nodes": arguments.nodes, "share": arguments.share,
            "network": config.evaluation_network if player is None else player.digest[:12],
        }  # fmt: skip
        for path in paths:
            if path.exists() and read_shard(path).facts != facts:
                raise ValueError(f"{path} was made with other options; choose another folder, or another seed")
        arguments.out.mkdir(parents=True, exist_ok=True)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    table = Table(config, notebook.witness(player))
    with Progress() as progress:
        for number, path in progress.track(list(enumerate(paths)), description="shards"):
            if not path.exists():
                games = range(number * arguments.games, (number + 1) * arguments.games)
                write_shard(path, visited(table, notebook, games, teacher), facts)


if __name__ == "__main__":
    main()
