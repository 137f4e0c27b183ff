"""The work of an actor: games of self-play by a snapshot of the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import load, save

from engine.backends import new_backend
from engine.encodings import chosen_encoding
from engine.game import Position
from engine.games import game as named
from engine.network import NetworkEvaluator
from nets.inference import Precision
from nets.residual import ResidualConfig, ResidualNetwork
from selfplay.workforce import Snapshot
from selfplay.zero.lockstep import Lockstep, SelfPlayConfig
from selfplay.zero.played import pack_games


def weights_of(network: ResidualNetwork) -> bytes:
    """The numbers of a network."""
    return save({name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()})


def network_with(config: ResidualConfig, weights: bytes) -> ResidualNetwork:
    """The network with these numbers."""
    network = ResidualNetwork(config)
    network.load_state_dict(load(weights))
    return network.eval()


@dataclass(frozen=True)
class GamesWanted:
    """The argument of a unit."""

    games: int
    seed: int
    resign_at: float | None = None


class Actor:
    """Plays units of games by snapshots of weights; the games come as `selfplay.zero.played` packs them.

    It is pickled to where it plays, and makes there what it needs.
    """

    def __init__(
        self,
        game: str,
        network: ResidualConfig,
        config: SelfPlayConfig,
        *,
        encoding: str = "",
        side_by_side: int,
        device: str = "cpu",
        precision: Precision = "float32",
    ) -> None:
        """`game`: its name; `encoding`: what the network sees, by name; `side_by_side`: games that share batches."""
        self._encoding = encoding
        self._game = game
        self._network = network
        self._config = config
        self._side_by_side = side_by_side
        self._device = device
        self._precision = precision
        self._version: int | None = None
        self._lockstep: Lockstep | None = None
        self.on_game: Callable[[int], None] | None = None
        """Told how many games of a unit have ended, where it plays in this process."""

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_version": None, "_lockstep": None, "on_game": None}

    def __call__(self, argument: GamesWanted, snapshot: Snapshot | None) -> bytes:
        """The games of a unit. One thread of torch: networks this small are slower on several."""
        assert snapshot is not None
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            lockstep = self._ready(snapshot)
            games = lockstep.play(argument.games, argument.seed, self.on_game, resign_at=argument.resign_at)
            return pack_games(games, lockstep.evaluator.rules)
        finally:
            torch.set_num_threads(threads)

    def _ready(self, snapshot: Snapshot) -> Lockstep:
        if self._lockstep is None or self._version != snapshot.version:
            game = named(self._game)
            network = network_with(self._network, snapshot.content)
            encoding = chosen_encoding(game, self._encoding)
            # What is learnt comes as another snapshot, so that this one may be made fast.
            backend = new_backend(network, precision=self._precision, device=self._device, encoding=encoding)
            evaluator = NetworkEvaluator(network, encoding, backend=backend)
            if self._lockstep is None:
                start = Position(game).state
                self._lockstep = Lockstep(lambda: start, evaluator, self._config, games=self._side_by_side)
            self._lockstep.evaluator = evaluator
            self._version = snapshot.version
        return self._lockstep
