"""Learning a game from nothing but its rules: self-play, a window of samples, a network that learns from it.

(D. Silver and others, "A general reinforcement learning algorithm that masters chess, shogi, and Go through self-play",
Science 362, 2018.) A run is a folder (`selfplay.zero.run_files`); it is saved after every iteration and goes on from
there. Who plays the games is a `selfplay.workforce.Workforce`.
"""

from __future__ import annotations

import json
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import torch
from safetensors.torch import load, save

from engine.encodings import chosen_encoding
from engine.game import Game, Position
from engine.network import NetworkEvaluator, config_for
from nets.checkpoint import Checkpoint, save_checkpoint
from nets.residual import ResidualNetwork
from search.evaluator import Evaluator
from selfplay.learning.beginning import begun_with
from selfplay.learning.learner import Learner, Losses
from selfplay.workforce import Here, Snapshot, Unit, Work, Workforce
from selfplay.zero.actor import Actor, GamesWanted, network_with, weights_of
from selfplay.zero.config import Progress, ZeroConfig
from selfplay.zero.contest import Contest, ContestResult
from selfplay.zero.gating import Standing, Verdict, contest_is_due, judge, learnt
from selfplay.zero.played import PlayedGame, unpack_games
from selfplay.zero.replay import Replay, power_law_window
from selfplay.zero.resignation import Resignation, WouldBe
from selfplay.zero.run_files import DamagedError, RunFiles
from selfplay.zero.sample_games import write_sample_games

#: Numbers of units of different iterations are so far apart.
_UNITS = 1_000_000
#: Keeps the random numbers of contests apart from those of games.
_CONTESTS = 1


class ZeroRun:
    """A run in a folder, new or to go on with. A context manager; leaving it lets the actors go."""

    def __init__(
        self,
        game: Game,
        config: ZeroConfig,
        folder: Path,
        *,
        hire: Callable[[Work], Workforce] = Here,
        measure: Callable[[Evaluator], Mapping[str, float]] | None = None,
        told: Callable[[str], None] = warnings.warn,
        start: Path | None = None,
        device: str = "cpu",
    ) -> None:
        """`hire` finds who plays the games; `measure` is asked about the network after every iteration; `told` hears,
        in a sentence, of every damaged file; `start`: a file of a network of the same size to begin with.

        ValueError if the folder holds a run of another game, with another configuration, or one that is damaged.
        """
        self.game = game
        self.encoding = chosen_encoding(game, config.encoding, config.history)
        self.config = config
        self.folder = folder
        self.history: list[Progress] = []
        self._measure = measure
        self._told = told
        self._device = device
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            sizes = {name: getattr(config, name) for name in ("blocks", "channels", "squeeze", "moves_left")}
            network = ResidualNetwork(config_for(self.encoding, **sizes))
        self.parent = ""
        if start is not None:
            begun = begun_with(start, self.encoding.name, network.config)
            network, self.parent = begun.network, begun.digest
        self.learner = Learner(network, self.encoding, config.learner, device=device)
        self.replay = Replay(game.rules, config.capacity, self.encoding.history)
        self.standing = Standing()
        self.resignation = Resignation(config.play.resignation)
        self._weights = {0: weights_of(self.learner.player)}
        # By the number of iterations that were learnt from: the version that plays then, and the threshold to resign.
        self._playing = [0]
        self._thresholds: list[float | None] = [None]
        self._shards: list[dict[str, Any]] = []
        self._files = RunFiles(folder)
        known = {
            "game": game.name,
            "encoding": self.encoding.name,
            "start": self.parent,
            "config": _plain(asdict(config)),
        }
        self._files.open(known, lambda run: {**run, "config": {**run["config"], "iterations": 0}})
        self._load()
        self._actor = Actor(
            game.name,
            network.config,
            config.play,
            encoding=self.encoding.name,
            side_by_side=config.games,
            device=device,
            precision=config.precision,
        )
        self._workforce = hire(self._actor)
        self._published: set[int] = set()
        self._submitted: set[int] = set()
        self._answers: dict[int, bytes] = {}

    def __enter__(self) -> ZeroRun:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the actors go; what they were at is played again when the run goes on."""
        self._workforce.close()

    @property
    def finished(self) -> bool:
        """Whether all iterations are done."""
        return len(self.history) >= self.config.iterations

    @property
    def evaluator(self) -> NetworkEvaluator:
        """The newest network that could play."""
        return NetworkEvaluator(self.learner.player, self.encoding, device=self._device)

    @property
    def workers(self) -> int:
        """How many play."""
        return self._workforce.workers

    def iterate(self, on_progress: Callable[[float], None] | None = None) -> Progress:
        """Play, learn and save; `on_progress` is told the share of the iteration that is done.

        One thread of torch: networks this small are slower on several, and far slower where these have to wait.
        """
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return self._iterate(on_progress or (lambda done: None))
        finally:
            torch.set_num_threads(threads)

    def _iterate(self, tell: Callable[[float], None]) -> Progress:
        started = time.monotonic()
        number = len(self.history)
        last = max(self.config.iterations - 1, number)
        for ahead in range(number, min(number + self.config.lag, last) + 1):
            self._submit(ahead)
        played = self._collect(number, lambda share: tell(share / 2))
        collected = time.monotonic()
        losses, window = self._learn(number, lambda share: tell((1 + share) / 2))
        learnt_at = time.monotonic()
        verdict = self._compare(number + 1)
        self._playing.append(self.standing.playing)
        self._thresholds.append(self.resignation.threshold)
        before = self.history[-1] if self.history else None
        openings = Counter(self._first_move(game) for game in played if game.random == 0 and game.moves)
        self.history.append(
            Progress(
                iteration=number + 1,
                games=(before.games if before else 0) + len(played),
                positions=(before.positions if before else 0) + sum(len(one.moves) - one.random for one in played),
                samples=(before.samples if before else 0) + sum(len(one.samples) for one in played),
                window=window,
                first_wins=float(np.mean([(one.result + 1) / 2 for one in played])),
                plies=float(np.mean([len(one.moves) for one in played])),
                resigned=float(np.mean([one.resigned for one in played])),
                false_resignations=self._false_resignations(number),
                policy_loss=_mean([loss.policy for loss in losses]),
                policy_divergence=_mean([loss.divergence for loss in losses]),
                value_loss=_mean([loss.value for loss in losses]),
                moves_left_loss=_mean([loss.moves_left or 0.0 for loss in losses]) if self.config.moves_left else None,
                playing=self._version_of(number),
                elo=verdict.elo if verdict else None,
                elo_error=verdict.error if verdict else None,
                score=verdict.score if verdict else None,
                promoted=verdict is not None and verdict.promoted and self.config.gate.gate != "none",
                first_moves=dict(openings.most_common()),
                measures=dict(self._measure(self.evaluator)) if self._measure else {},
                play_seconds=collected - started,
                learn_seconds=learnt_at - collected,
                seconds=(before.seconds if before else 0.0) + time.monotonic() - started,
            )
        )
        self._save()
        write_sample_games(self.folder, self.game, played)
        return self.history[-1]

    def export(self, name: str) -> Path:
        """Write the network that plays best into the folder; return its file."""
        recipe = _plain(asdict(self.config))
        provenance: dict[str, Any] = {"game": self.game.name}
        if self.history:
            provenance |= {"games": self.history[-1].games, "samples": self.history[-1].samples}
        network = network_with(self.learner.network.config, self._weights[self.standing.playing])
        checkpoint = Checkpoint(network, self.encoding.name, recipe, provenance, self.parent)
        return save_checkpoint(checkpoint, self.folder, name)

    # Playing.

    def _state_of(self, iteration: int) -> int:
        """After how many iterations the network was there that plays the games of this one."""
        return max(iteration - self.config.lag, 0)

    def _version_of(self, iteration: int) -> int:
        return self._playing[self._state_of(iteration)]

    def _threshold_of(self, iteration: int) -> float | None:
        return self._thresholds[self._state_of(iteration)]

    def _false_resignations(self, iteration: int) -> float:
        threshold = self._threshold_of(iteration)
        return 0.0 if threshold is None else self.resignation.false_share(threshold)

    def _submit(self, iteration: int) -> None:
        """Have the games of an iteration played."""
        if iteration in self._submitted:
            return
        self._submitted.add(iteration)
        version = self._version_of(iteration)
        if version not in self._published:
            self._workforce.publish(Snapshot(version, self._weights[version]))
            self._published.add(version)
        for unit, games in enumerate(self.config.units):
            seed = int(np.random.default_rng((self.config.seed, iteration, unit)).integers(1 << 62))
            wanted = GamesWanted(games, seed, self._threshold_of(iteration))
            self._workforce.submit(Unit(iteration * _UNITS + unit, wanted, version))

    def _collect(self, iteration: int, tell: Callable[[float], None]) -> list[PlayedGame]:
        """The games of an iteration, in the order of its units, which become shards; they are added to the window."""
        units = range(iteration * _UNITS, iteration * _UNITS + len(self.config.units))
        wanted = self.config.games_per_iteration

        def on_game(ended: int) -> None:
            done = sum(self.config.units[unit - units[0]] for unit in units if unit in self._answers)
            tell(min((done + ended) / wanted, 1.0))

        self._actor.on_game = on_game
        while not all(unit in self._answers for unit in units):
            unit, answer = self._workforce.collect()
            self._answers[unit.number] = answer
            on_game(0)
        played: list[PlayedGame] = []
        for number, unit_number in enumerate(units):
            content = self._answers.pop(unit_number)
            games = unpack_games(content, self.game.rules)
            name = self._files.shard_name(iteration + 1, number)
            samples = sum(len(game.samples) for game in games)
            self._shards.append({"name": name, "digest": self._files.write_shard(name, content), "samples": samples})
            self._take_in(games)
            played += games
        for game in played:
            if game.played_on:
                for lowest, lost in zip(game.lowest, (game.result == -1, game.result == 1), strict=True):
                    self.resignation.add(WouldBe(lowest, lost))
        return played

    def _take_in(self, games: list[PlayedGame]) -> None:
        for game in games:
            self.replay.add(game.samples)

    # Learning.

    def _learn(self, iteration: int, tell: Callable[[float], None]) -> tuple[list[Losses], int]:
        """Steps on samples of the window, and how large that was."""
        config = self.config
        newest = self._shards[-len(config.units) :]
        fresh = sum(shard["samples"] for shard in newest)
        steps = max(round(config.passes * fresh / config.batch), 1) if len(self.replay) else 0
        window = len(self.replay)
        if config.window == "power-law":
            window = min(window, power_law_window(self.replay.added, config.least_window))
        rng = np.random.default_rng((config.seed, iteration))
        losses = []
        for step in range(steps):
            losses.append(self.learner.step(self.replay.draw(config.batch, rng, window=window)))
            tell((step + 1) / steps)
        self.learner.network.eval()
        version = iteration + 1
        self._weights[version] = weights_of(self.learner.player)
        learnt(self.standing, version, config.gate)
        return losses, window

    def _compare(self, version: int) -> Verdict | None:
        """What a contest says of the newest version, where one is due."""
        config = self.config
        if not contest_is_due(version, config.gate):
            return None
        play = config.play
        contest = Contest(
            Position(self.game).state,
            play.options,
            simulations=play.simulations,
            pairs=config.gate.pairs,
            opening_plies=play.opening_plies,
            longest=play.longest,
        )

        def meet(one: int, other: int, openings: int) -> ContestResult:
            first, second = (
                NetworkEvaluator(
                    network_with(self.learner.network.config, self._weights[which]), self.encoding, device=self._device
                )
                for which in (one, other)
            )
            seed = int(np.random.default_rng((config.seed, version, openings, _CONTESTS)).integers(1 << 62))
            return contest.play(first, second, seed)

        return judge(self.standing, version, config.gate, meet)

    # The folder.

    def _save(self) -> None:
        done = len(self.history)
        ahead = {self._playing[state] for state in range(self._state_of(done), done + 1)}
        needed = self.standing.needed() | ahead
        self._weights = {version: weights for version, weights in self._weights.items() if version in needed}
        self._workforce.retire(min(ahead))
        self._published = {version for version in self._published if version >= min(ahead)}
        learner = save({key: tensor.cpu().contiguous() for key, tensor in self.learner.state().items()})
        networks = {f"network-{version:06}.safetensors": weights for version, weights in self._weights.items()}
        added = self.replay.added
        # A shard is kept until newer ones fill the window; those of the iteration before, too, in case this is lost.
        kept, newer = [], 0
        recent = 2 * len(self.config.units)
        for place, shard in enumerate(reversed(self._shards)):
            if newer < self.config.capacity or place < recent:
                kept.append(shard)
            newer += shard["samples"]
        self._shards = kept[::-1]
        facts = {
            "history": [asdict(progress) for progress in self.history],
            "standing": asdict(self.standing),
            "would_be": [asdict(one) for one in self.resignation.seen],
            "playing": self._playing,
            "thresholds": self._thresholds,
            "shards": self._shards,
            "added": added,
        }
        self._files.save(done, {"learner.safetensors": learner, **networks}, facts)
        self._files.keep_shards(shard["name"] for shard in self._shards)

    def _load(self) -> None:
        saved = self._files.newest(self._told)
        if saved is None:
            return
        facts, files = saved
        self.history = [Progress(**progress) for progress in facts["history"]]
        self.standing = Standing(**facts["standing"])
        self.resignation = Resignation(self.config.play.resignation, (WouldBe(**one) for one in facts["would_be"]))
        self._playing, self._thresholds = facts["playing"], facts["thresholds"]
        self._shards = facts["shards"]
        self.learner.restore(load(files.pop("learner.safetensors")))
        self._weights = {int(Path(name).stem.split("-")[1]): content for name, content in files.items()}
        self.replay.begin_after(facts["added"] - sum(shard["samples"] for shard in self._shards))
        for shard in list(self._shards):
            try:
                content = self._files.read_shard(shard["name"], shard["digest"])
            except DamagedError as error:
                self._told(f"{error}; its games are not learnt from")
                self._shards.remove(shard)
                continue
            self._take_in(unpack_games(content, self.game.rules))

    def _first_move(self, game: PlayedGame) -> str:
        return self.game.move_text(Position(self.game).state, game.moves[0])


def _mean(numbers: list[float]) -> float:
    return float(np.mean(numbers)) if numbers else 0.0


def _plain(value: Any) -> Any:
    """As it comes back from JSON."""
    return json.loads(json.dumps(value))
