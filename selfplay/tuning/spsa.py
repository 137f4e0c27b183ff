"""Tunes the numbers of the alpha-beta search by SPSA: simultaneous perturbation stochastic approximation.

Each step moves every parameter up or down at random, plays a pair of games between the two settings, and shifts all of
them a little towards the winner (J. Spall, "Multivariate Stochastic Approximation Using a Simultaneous Perturbation
Gradient Approximation", IEEE Transactions on Automatic Control 37, 1992). Steps shrink as the run goes on.

    matchbox tune --pairs 20000 --nodes 5000 --run runs/spsa

The state is written after every few pairs, whole or not at all; the same run goes on where it ended.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path

from engine.chess.game import ChessGame
from engine.game import Position
from engine.players import new_searcher
from search.alphabeta import AlphaBeta, Parameters
from search.searcher import Limits
from search.whole_file import write_whole
from search.worker_pool import worker_pool
from selfplay.matches.openings import Opening, load_openings, pair_opening
from selfplay.tuning.selfgame import play_pair

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


def write(path: Path, tuning: Tuning) -> None:
    """Write the state, whole or not at all, with a line of its history now and then."""
    if tuning.done % (10 * WRITTEN_EVERY) == 0:
        tuning.history.append((tuning.done, dict(tuning.values)))
    write_whole(path, tuning.json())


@lru_cache(maxsize=1)
def _players(evaluation: str) -> tuple[ChessGame, AlphaBeta, AlphaBeta]:
    """What a process keeps from pair to pair."""
    game = ChessGame()
    one, other = (new_searcher(game, evaluation, hash_mib=4) for _ in range(2))
    return game, one, other


def _play(first: Parameters, second: Parameters, opening: Opening, nodes: int, evaluation: str) -> float:
    """The points of `first` in a pair of games."""
    game, one, other = _players(evaluation)
    one.set_parameters(first)
    other.set_parameters(second)
    fen = opening.board().fen()
    return play_pair(lambda: Position(game, fen), one, other, Limits(nodes=nodes))


def tune(tuning: Tuning, nodes: int, processes: int, seed: int, evaluation: str = "") -> Iterator[None]:
    """Play the missing pairs, with the game's best evaluation or a named one; yields when `tuning` has learnt from one.

    ValueError if there is no such evaluation.
    """
    if evaluation and evaluation not in ChessGame().evaluations:
        raise ValueError(f"chess has no evaluation {evaluation!r}; it has {', '.join(ChessGame().evaluations)}")
    openings = load_openings("builtin", seed=seed)
    generator = random.Random(f"{seed} {tuning.done}")
    with worker_pool(processes) as pool:
        waiting: dict[Future[float], dict[str, int]] = {}
        begun = tuning.done
        try:
            while tuning.done < tuning.pairs:
                while len(waiting) < processes + 1 and begun < tuning.pairs:
                    signs = {name: generator.choice((-1, 1)) for name in tuning.values}
                    up, down = tuning.perturbed(signs)
                    waiting[pool.submit(_play, up, down, pair_opening(openings, begun), nodes, evaluation)] = signs
                    begun += 1
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    tuning.learn(waiting.pop(future), future.result())
                    yield
        finally:
            pool.shutdown(cancel_futures=True)
