"""Tunes the numbers of the alpha-beta search by SPSA: simultaneous perturbation stochastic approximation.

Each step moves every parameter up or down at random, plays a pair of games between the two settings, and shifts all of
them a little towards the winner (J. Spall, "Multivariate Stochastic Approximation Using a Simultaneous Perturbation
Gradient Approximation", IEEE Transactions on Automatic Control 37, 1992). Steps shrink as the run goes on.

    python -m selfplay.spsa --pairs 20000 --nodes 5000 --run runs/spsa

The state is written after every few pairs, whole or not at all; the same command goes on where it ended.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, fields
from multiprocessing import get_context
from pathlib import Path

from engine.chess.game import ChessGame
from engine.game import Position
from search.alphabeta import AlphaBeta, Parameters
from search.searcher import Limits
from search.whole_file import write_whole
from selfplay.openings import Opening, load_openings, pair_opening
from selfplay.selfgame import play_pair

#: The perturbation at the end of a run, as a share of a parameter's range, and how far a win then moves a parameter, as
#: a share of the perturbation.
LAST_PERTURBATION, LAST_STEP = 1 / 20, 0.006
#: Spall's exponents, and the share of the pairs by which the first steps are held back.
STEP_EXPONENT, PERTURBATION_EXPONENT, STABILITY = 0.602, 0.101, 0.1
#: Pairs between two writings of the state.
WRITTEN_EVERY = 20

Values = dict[str, float]


@dataclass
class Tuning:
    """The state of a run."""

    pairs: int
    """Pairs of games in the whole run."""
    values: Values
    """Where the parameters stand."""
    done: int = 0
    """Pairs played."""
    points: float = 0.0
    """Points of the settings that were perturbed upwards: half of all, but for chance."""
    history: list[tuple[int, Values]] = field(default_factory=list)
    """Now and then: pairs played, and the values."""

    def perturbation(self, name: str) -> float:
        """How far `name` is moved for the next pair."""
        least, most = bounds()[name]
        last = (most - least) * LAST_PERTURBATION
        return last * math.pow(self.pairs / (self.done + 1), PERTURBATION_EXPONENT)

    def step(self) -> float:
        """How far a win moves a parameter after the next pair, as a share of its perturbation."""
        held = STABILITY * self.pairs
        decay = math.pow((held + self.pairs) / (held + self.done + 1), STEP_EXPONENT)
        return LAST_STEP * decay / math.pow(self.pairs / (self.done + 1), 2 * PERTURBATION_EXPONENT)

    def perturbed(self, signs: Mapping[str, int]) -> tuple[Parameters, Parameters]:
        """The two settings of a pair of games."""
        up, down = (
            {name: value + side * signs[name] * self.perturbation(name) for name, value in self.values.items()}
            for side in (1, -1)
        )
        return rounded(up), rounded(down)

    def learn(self, signs: Mapping[str, int], points: float) -> None:
        """Shift the values by what a pair showed: `points`, 0 to 2, of the setting that `signs` moved upwards."""
        step = self.step()
        for name, sign in signs.items():
            least, most = bounds()[name]
            moved = self.values[name] + step * self.perturbation(name) * sign * (points - 1.0)
            self.values[name] = min(max(moved, least), most)
        self.done += 1
        self.points += points

    def json(self) -> str:
        """The state as text."""
        facts = {"pairs": self.pairs, "done": self.done, "points": self.points, "values": self.values}
        return json.dumps(facts | {"history": self.history}, indent=1) + "\n"


def bounds() -> dict[str, tuple[int, int]]:
    """The least and the most of each parameter."""
    return {item.name: (item.metadata["least"], item.metadata["most"]) for item in fields(Parameters)}


def rounded(values: Mapping[str, float]) -> Parameters:
    """Parameters of whole numbers within their bounds."""
    limits = bounds()
    return Parameters(
        **{name: min(max(round(value), limits[name][0]), limits[name][1]) for name, value in values.items()}
    )


def load(path: Path, names: list[str], pairs: int) -> Tuning:
    """The state in `path`, or a new one for these parameters; ValueError if the file is of another run."""
    if not path.exists():
        start = Parameters()
        return Tuning(pairs, {name: float(getattr(start, name)) for name in names})
    try:
        facts = json.loads(path.read_text("utf-8"))
        tuning = Tuning(facts["pairs"], facts["values"], facts["done"], facts["points"], facts["history"])
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is no state of a tuning run: {error}") from None
    if set(tuning.values) != set(names) or tuning.pairs != pairs:
        raise ValueError(f"{path} belongs to a run of other parameters or another length; choose another folder")
    return tuning


_players: tuple[ChessGame, AlphaBeta, AlphaBeta] | None = None


def _play(first: Parameters, second: Parameters, opening: Opening, nodes: int) -> float:
    """The points of `first` in a pair of games; in a process of its own, which keeps its searchers."""
    global _players
    if _players is None:
        game = ChessGame()
        evaluation = next(iter(game.evaluations.values()))
        one, other = (AlphaBeta(game.rules, evaluation, hash_mib=4) for _ in range(2))
        _players = (game, one, other)
    game, one, other = _players
    one.set_parameters(first)
    other.set_parameters(second)
    fen = opening.board().fen()
    return play_pair(lambda: Position(game, fen), one, other, Limits(nodes=nodes))


def tune(tuning: Tuning, nodes: int, processes: int, seed: int) -> Iterator[None]:
    """Play the missing pairs; yields after each, `tuning` having learnt from it."""
    openings = load_openings("builtin", seed=seed)
    generator = random.Random(f"{seed} {tuning.done}")
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        waiting: dict[Future[float], dict[str, int]] = {}
        begun = tuning.done
        try:
            while tuning.done < tuning.pairs:
                while len(waiting) < processes + 1 and begun < tuning.pairs:
                    signs = {name: generator.choice((-1, 1)) for name in tuning.values}
                    up, down = tuning.perturbed(signs)
                    waiting[pool.submit(_play, up, down, pair_opening(openings, begun), nodes)] = signs
                    begun += 1
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    tuning.learn(waiting.pop(future), future.result())
                    yield
        finally:
            pool.shutdown(cancel_futures=True)


def main() -> None:
    """Tune, and print the parameters that were found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=20_000, help="pairs of games of the whole run")
    parser.add_argument("--nodes", type=int, default=5_000, help="nodes a move")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="tune only these parameters")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    arguments = parser.parse_args()
    names = arguments.only or list(bounds())
    unknown = sorted(set(names) - set(bounds()))
    if unknown:
        parser.error(f"there is no parameter {', '.join(unknown)}; there are {', '.join(bounds())}")
    arguments.run.mkdir(parents=True, exist_ok=True)
    path = arguments.run / "spsa.json"
    try:
        tuning = load(path, names, arguments.pairs)
    except ValueError as error:
        parser.error(str(error))
    try:
        for _ in tune(tuning, arguments.nodes, arguments.processes, arguments.seed):
            if tuning.done % WRITTEN_EVERY == 0 or tuning.done == tuning.pairs:
                if tuning.done % (10 * WRITTEN_EVERY) == 0:
                    tuning.history.append((tuning.done, dict(tuning.values)))
                write_whole(path, tuning.json())
                print(f"\r{tuning.done} of {tuning.pairs} pairs", end="", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print(f"\ninterrupted after {tuning.done} pairs; the same command goes on", file=sys.stderr)
        sys.exit(130)
    print(file=sys.stderr)
    start = Parameters()
    for name, value in tuning.values.items():
        print(f"{name:24}{getattr(start, name):8}{value:10.1f}")


if __name__ == "__main__":
    main()
