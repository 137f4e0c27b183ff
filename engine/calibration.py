"""Input that is typical of what a network is asked, for the ranges of 8-bit integers (`nets.onnx`)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.encoding import Encoding
from engine.game import Position
from engine.games import game as game_of_family
from engine.network import NetworkEvaluator
from nets.inference import Answers, Backend
from nets.residual import ResidualNetwork
from search.mcts import MonteCarlo, Temperature
from search.searcher import Limits

#: How many games, how long, with so many simulations a move.
_GAMES, _PLIES, _SIMULATIONS = 2, 80, 8


def typical_planes(network: ResidualNetwork, encoding: Encoding) -> npt.NDArray[np.float32]:
    """What a tree search asks a network while it plays some games with itself, [n, planes, ranks, files]; the same ones
    each time. Moves are drawn by their visits, so that the games differ."""
    # It takes time to load.
    from nets.onnx import OnnxNetwork

    game = game_of_family(encoding.name.split("-")[0])
    heard = _Listener(OnnxNetwork(network))
    evaluator = NetworkEvaluator(network, encoding, backend=heard)
    searcher = MonteCarlo(evaluator, hash_mib=1, batch=_SIMULATIONS, temperature=Temperature(start=1.0))
    for _ in range(_GAMES):
        position = Position(game)
        for _ in range(_PLIES):
            if position.outcome() is not None:
                break
            position.push(searcher.search(position.root(), Limits(nodes=_SIMULATIONS)).move)
    return np.concatenate(heard.planes)


class _Listener(Backend):
    """Remembers what another one is asked."""

    def __init__(self, backend: Backend) -> None:
        self.name = backend.name
        self.planes: list[npt.NDArray[np.float32]] = []
        self._backend = backend

    def answer(self, planes: npt.NDArray[np.float32], actions: npt.NDArray[np.int32]) -> Answers:
        self.planes.append(planes.copy())
        return self._backend.answer(planes, actions)
