"""A network as an evaluator: states become planes, and its answers become logits of the legal moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.encoding import Encoding
from engine.encodings import encoding, family
from engine.game import Game
from nets.checkpoint import Checkpoint, load_checkpoint
from nets.inference import Backend, LiveNetwork
from nets.residual import ResidualConfig, ResidualNetwork
from search.evaluator import Batch, Evaluator


class NetworkEvaluator(Evaluator):
    """Evaluates states with a residual network."""

    def __init__(
        self,
        network: ResidualNetwork,
        encoding: Encoding,
        *,
        device: str = "cpu",
        backend: Backend | None = None,
    ) -> None:
        """`backend` computes the network; by default the network itself, so that what it learns counts at once.

        ValueError if the network is not made for this encoding's planes and actions.
        """
        config = network.config
        shape = (config.planes, config.ranks, config.files)
        if shape != encoding.shape or config.actions != encoding.actions:
            raise ValueError(
                f"the network takes planes {shape} and knows {config.actions} actions; {encoding.name} has "
                f"{encoding.shape} and {encoding.actions}"
            )
        self.name = "network"
        self.rules = encoding.rules
        self.encoding = encoding
        self.history = encoding.history
        self.tells_moves_left = config.moves_left
        self.network = network
        self.backend = backend or LiveNetwork(network, device=device)
        self._planes = np.zeros((0, *encoding.shape), np.float32)
        self._actions = np.zeros((0, encoding.rules.max_moves), np.int32)

    def evaluate(self, batch: Batch) -> None:
        n = len(batch.counts)
        if n > len(self._planes):
            self._planes = np.zeros((n, *self.encoding.shape), np.float32)
            self._actions = np.zeros((n, self.encoding.rules.max_moves), np.int32)
        planes, actions = self._planes[:n], self._actions[:n]
        self.encoding.write_batch(batch, planes)
        self.encoding.write_all_actions(batch.states, actions)
        # Hardly any state has as many moves as there is room for.
        widest = int(batch.counts.max(initial=0))
        answers = self.backend.answer(planes, actions[:, :widest])
        batch.logits[:, :widest] = answers.logits
        batch.wdl[:] = answers.wdl
        if answers.moves_left is not None:
            batch.moves_left[:] = answers.moves_left


def config_for(encoding: Encoding, **sizes: Any) -> ResidualConfig:
    """The configuration of a network for an encoding; `sizes`: its other fields."""
    planes, ranks, files = encoding.shape
    return ResidualConfig(
        planes=planes, ranks=ranks, files=files, action_planes=encoding.actions // (ranks * files), **sizes
    )


def load_network(path: Path, game: Game) -> tuple[Checkpoint, Encoding]:
    """The network in a file and its encoding; ValueError, in one sentence, if it is not one for this game."""
    checkpoint = load_checkpoint(path)
    known = encoding(checkpoint.encoding)
    if known.name.split("-")[0] != family(game):
        raise ValueError(f"{path} is a network for {known.name}; it knows nothing of {game.name}")
    return checkpoint, known
