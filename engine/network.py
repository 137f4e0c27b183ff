"""A network as an evaluator: states become planes, and its answers become logits of the legal moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from engine.encoding import Encoding
from nets.residual import ResidualConfig, ResidualNetwork
from search.evaluator import Batch, Evaluator


class NetworkEvaluator(Evaluator):
    """Evaluates states with a residual network, on one device."""

    def __init__(self, network: ResidualNetwork, encoding: Encoding, *, device: str = "cpu") -> None:
        """ValueError if the network is not made for this encoding's planes and actions."""
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
        self.device = torch.device(device)
        self.network = network.eval().to(self.device)
        self._planes = np.zeros((0, *encoding.shape), np.float32)
        self._actions = np.zeros((0, encoding.rules.max_moves), np.int32)

    def evaluate(self, batch: Batch) -> None:
        n = len(batch.counts)
        if n > len(self._planes):
            self._planes = np.zeros((n, *self.encoding.shape), np.float32)
            self._actions = np.zeros((n, self.encoding.rules.max_moves), np.int32)
        planes, actions = self._planes[:n], self._actions[:n]
        self.encoding.write(batch.states, batch.repetitions, planes)
        self.encoding.write_all_actions(batch.states, actions)
        with torch.inference_mode():
            output = self.network(torch.from_numpy(planes).to(self.device))
            legal = torch.from_numpy(actions).long().to(self.device)
            batch.logits[:] = output.policy.gather(1, legal).float().cpu().numpy()
            batch.wdl[:] = torch.softmax(output.wdl.float(), 1).cpu().numpy()


def config_for(encoding: Encoding, **sizes: Any) -> ResidualConfig:
    """The configuration of a network for an encoding; `sizes`: its other fields."""
    planes, ranks, files = encoding.shape
    return ResidualConfig(
        planes=planes, ranks=ranks, files=files, action_planes=encoding.actions // (ranks * files), **sizes
    )
