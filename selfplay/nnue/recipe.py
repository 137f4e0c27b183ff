"""The whole way to a network for alpha-beta, from nothing but an installed Stockfish, in one command.

    python -m selfplay.nnue.recipe --out FOLDER                           # hours on two cores
    python -m selfplay.nnue.recipe --out FOLDER --size 0.001 --games 4    # a look at every stage

    teacher   the network that Stockfish exports, whose static scores are learnt
    games     positions of games of the hand-written evaluation with itself
    variants  what lies a few random moves from these, scored
    first     a network that learnt from the variants; a match against the hand-written evaluation
    visited   positions that searches of the first network ask about, scored
    second    a network that learnt from those; a match against the first
    again     positions that searches of the second network ask about, scored
    third     the second network, after it learnt from both kinds; a match against the second

Every stage is one of the project's own commands, which is shown. Killed at any moment, the same command goes on where
it was left.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from selfplay.programs import find_program

#: Positions of games, variants of them, and shards of visited positions from each process, at size 1.
GAMES, VARIANTS, SHARDS = 500_000, 30_000_000, 100
#: How the networks look and learn.
TRAINING = (
    *("--features", "halfka-8", "--width", "512", "--activation", "pairs", "--hidden", "16", "--last", "32"),
    *("--teacher-scale", "115", "--scale", "130"),
)
#: The highest learning rates of a new network, and of one that learns on.
RATE, RATE_FURTHER = 3e-3, 2e-3


@dataclass(frozen=True)
class Recipe:
    """Where the stages lie, and how large they are."""

    folder: Path
    size: float = 1.0
    """Of the data, beside what the recipe asks for."""
    passes: float = 5.0
    """Over the data, of each training."""
    games: int = 400
    """Of each match."""
    clock: str = "8+0.08"
    """Of each match."""
    processes: int = 2
    """That make positions side by side."""

    def __post_init__(self) -> None:
        if self.size <= 0 or self.passes <= 0 or min(self.games, self.processes) < 1:
            raise ValueError("size, passes, games and processes must be above 0")

    def teacher(self, program: str) -> Path:
        """The file of the network that a Stockfish exports; ValueError if it exports none."""
        file = self.folder / "teacher.nnue"
        if not file.exists():
            with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
                made = Path(scratch) / file.name
                subprocess.run(
                    [find_program(program)], input=f"export_net {made}\n", text=True, stdout=subprocess.DEVNULL
                )
                if not made.exists():
                    raise ValueError(f"{program} exports no network; Stockfish 15.1 does")
                made.replace(file)
        return file

    def variants(self, teacher: Path) -> None:
        """The first network's data: variants of positions of games."""
        games, variants, done = (self.folder / name for name in ("games", "variants", "variants.done"))
        if done.exists():
            return
        _run(
            *("cli.main", "data", "generate", "--out", games, "--positions", self._sized(GAMES), "--nodes", 400),
            *("--evaluation", "classical", "--no-quiet", "--processes", self.processes),
        )
        amount = ("--positions", self._sized(VARIANTS))
        _run("selfplay.nnue.distilled", games, "--network", teacher, *amount, "--out", variants)
        done.touch()

    def visited(self, teacher: Path, player: Path, name: str, first_seed: int) -> None:
        """What the searches of `player` ask about, in the folder `name`."""
        amount = ("--shards", self._sized(SHARDS), "--games", self._sized(200))
        options = ("--network", teacher, "--player", player, *amount, "--out", self.folder / name)
        seeds = range(first_seed, first_seed + self.processes)
        _run_together([("selfplay.nnue.visited", *options, "--seed", seed) for seed in seeds])

    def trained(self, name: str, *positions: str, start: Path | None = None) -> Path:
        """The file of a network that learnt from the shards in the folders `positions`, further from `start` if any."""
        run = self.folder / name
        result = self.folder / f"{name}.json"
        if not result.exists():
            begun = ("--learning-rate", RATE) if start is None else ("--learning-rate", RATE_FURTHER, "--start", start)
            options = ("--run", run, "--name", name, "--passes", self.passes, *TRAINING, *begun, "--json", result)
            _run("cli.main", "train", "nnue", *(self.folder / folder for folder in positions), *options)
        return Path(json.loads(result.read_text("utf-8"))["network"])

    def match(self, name: str, network: Path, other: Path | None) -> None:
        """Play a network against another, or against the hand-written evaluation."""
        players = [
            f"{label},cmd=matchbox,option.Evaluation=nnue,option.EvalFile={file}"
            if file is not None
            else f"{label},cmd=matchbox,option.Evaluation=classical"
            for label, file in ((name, network), ("before", other))
        ]
        run = self.folder / f"match-{name}"
        options = ("--tc", self.clock, "--games", self.games, "--concurrency", self.processes)
        _run("cli.main", "match", *players, *options, "--run", run, "--json", self.folder / f"match-{name}.json")

    def _sized(self, amount: int) -> int:
        return max(round(self.size * amount), 1)


def _run(*arguments: object) -> None:
    _run_together([arguments])


def _run_together(commands: Sequence[Sequence[object]]) -> None:
    """Run modules of the project side by side, until all have ended; SystemExit if one fails."""
    running = []
    for arguments in commands:
        command = [sys.executable, "-m", *map(str, arguments)]
        print("\n$", shlex.join(["python", *command[1:]]), flush=True)
        running.append(subprocess.Popen(command))
    worst = max(abs(process.wait()) for process in running)
    if worst:
        raise SystemExit(f"that ended with exit status {worst}; the same command goes on from there")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder for everything, new or to go on with")
    parser.add_argument("--size", type=float, default=1.0, help="of the data, beside what the recipe asks for")
    parser.add_argument("--passes", type=float, default=5.0, help="over the data, of each training")
    parser.add_argument("--games", type=int, default=400, help="of each match")
    parser.add_argument("--tc", default="8+0.08", help="clock of each match, seconds")
    parser.add_argument("--processes", type=int, default=2, help="that make positions, and games, side by side")
    parser.add_argument("--stockfish", default="stockfish", help="program whose network is the teacher")
    arguments = parser.parse_args()
    try:
        recipe = Recipe(
            arguments.out, arguments.size, arguments.passes, arguments.games, arguments.tc, arguments.processes
        )
        arguments.out.mkdir(parents=True, exist_ok=True)
        teacher = recipe.teacher(arguments.stockfish)
    except (ValueError, OSError) as error:
        parser.error(str(error))
    recipe.variants(teacher)
    first = recipe.trained("first", "variants")
    recipe.match("first", first, None)
    recipe.visited(teacher, first, "visited", 1)
    second = recipe.trained("second", "visited")
    recipe.match("second", second, first)
    recipe.visited(teacher, second, "again", 1 + recipe.processes)
    third = recipe.trained("third", "visited", "again", start=second)
    recipe.match("third", third, second)
    matches = ", ".join(f"{recipe.folder}/match-{name}.json" for name in ("first", "second", "third"))
    print(f"\nThe network: {third}\nThe matches: {matches}")


if __name__ == "__main__":
    main()
