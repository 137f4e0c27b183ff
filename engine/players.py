"""What plays a game: a searcher with one of the game's evaluations."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

from engine.encodings import family
from engine.game import Game, Position
from nets.shipped import network_file, shipped_for
from search.alphabeta import AlphaBeta
from search.baselines import PolicyOnly, ValueOnly
from search.evaluation import Evaluation
from search.evaluation_cache import CachedEvaluator
from search.evaluator import Evaluator
from search.mcts import MonteCarlo, Options
from search.playouts import Playouts
from search.searcher import Limits

#: Players that hardly search.
Baseline: TypeAlias = PolicyOnly | ValueOnly
#: The name that stands for random playouts in place of a network.
PLAYOUTS = "playouts"


def new_searcher(game: Game, evaluation: str | Evaluation = "", *, hash_mib: int = 64, threads: int = 1) -> AlphaBeta:
    """An alpha-beta searcher of `game` with this evaluation, the one of this name, or the default one if empty.

    Raises ValueError, with what would be right, for an unknown name.
    """
    if isinstance(evaluation, Evaluation):
        return AlphaBeta(game.rules, evaluation, hash_mib=hash_mib, threads=threads)
    known = game.evaluations
    name = evaluation or next(iter(known))
    if name not in known:
        raise ValueError(f"{game.name} has no evaluation {name!r}; it has {', '.join(known)}")
    return AlphaBeta(game.rules, known[name], hash_mib=hash_mib, threads=threads)


def weights_file(game: Game, name: str) -> Path | None:
    """The file of the network of this name, a path or the name of one that comes with Matchbox; empty for the game's
    own, or None where there is none, as with `playouts`. Raises ValueError if it is nowhere.
    """
    if not name:
        return shipped_for(family(game))
    return None if name == PLAYOUTS else network_file(name)


def new_evaluator(
    game: Game,
    network: str = "",
    *,
    backend: str = "auto",
    precision: str = "auto",
    device: str = "cpu",
    cache_mib: float = 0,
    threads: int = 1,
) -> Evaluator:
    """What a tree search asks: a network (see `weights_file`) behind a cache of so many MiB, or random playouts.

    `threads`: of torch in this process, where one is best for small networks. ValueError if the network is not one for
    this game.
    """
    file = weights_file(game, network)
    if file is None:
        return Playouts(game.rules)
    # torch takes more than a second to load, and is of no use without a network.
    import torch

    from engine.backends import new_backend
    from engine.network import NetworkEvaluator, load_network

    torch.set_num_threads(threads)

    checkpoint, encoding = load_network(file, game)
    computed: Any = new_backend(
        checkpoint.network, backend, precision=precision, device=device, encoding=encoding  # type: ignore[arg-type]
    )  # fmt: skip
    evaluator: Evaluator = NetworkEvaluator(checkpoint.network, encoding, backend=computed)
    # The first evaluation loads kernels and prepares torch, which no clock shall have to wait for.
    PolicyOnly(evaluator).search(Position(game).root(), Limits())
    return CachedEvaluator(evaluator, mib=cache_mib) if cache_mib > 0 else evaluator


def new_tree_search(
    game: Game, network: str = "", *, hash_mib: int = 64, batch: int = 8, cache_mib: float = 32
) -> MonteCarlo:
    """Monte Carlo tree search of `game`: PUCT with a network (see `weights_file`), or UCT with random playouts."""
    evaluator = new_evaluator(game, network, cache_mib=cache_mib)
    selection: Any = "uct" if isinstance(evaluator, Playouts) else "puct"
    options = Options(selection=selection, gumbel_scale=0.0, moves_left_effect=0.03)
    return MonteCarlo(evaluator, options=options, hash_mib=hash_mib, batch=batch)


def new_baseline(name: str, evaluator: Evaluator) -> Baseline:
    """The player `policy` or `value`, which does not search."""
    return PolicyOnly(evaluator) if name == "policy" else ValueOnly(evaluator)
