"""The contract of a static evaluation: material, hand-written, or an efficiently updatable network.

An evaluation keeps one accumulator (a record) for each ply of a search. `refresh` computes it from a state alone,
`advance` from the parent's, and `score` reads it. Laws, checked by `search.conformance.check_evaluation`:

- `advance` along any line of moves leaves what `refresh` of the last state would write (in every field that `score`
  reads), also after `pass_turn`, for which `move` is `NO_MOVE`.
- `score` depends on the state alone, is the mover's view, in centipawns, and lies within ±SCORE_LIMIT.

`register_evaluation` binds the kernels to the dtype of the accumulator, so that dtype tells evaluations apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from search.rules import Kernel, Rules, bind, digest_of_kernels, implementation

#: Static scores lie within ± this; beyond it are scores of proven ends.
SCORE_LIMIT = 20_000

#: An accumulator: one record of the evaluation's dtype.
Accumulator: TypeAlias = np.record


def refresh(accumulator: Any, state: Any) -> Any:
    """Compute `accumulator` from `state` alone."""
    return implementation(refresh, accumulator)(accumulator, state)


def advance(child_accumulator: Any, parent_accumulator: Any, parent: Any, child: Any, move: Any) -> Any:
    """Compute `child_accumulator` after `move` (NO_MOVE after `pass_turn`) led from `parent` to `child`."""
    return implementation(advance, child_accumulator)(child_accumulator, parent_accumulator, parent, child, move)


def score(accumulator: Any, state: Any) -> Any:
    """Centipawns, the mover's view."""
    return implementation(score, accumulator)(accumulator, state)


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """A static evaluation of one game's states."""

    name: str
    """Unique among the game's evaluations, such as `classical`."""
    rules: Rules
    """The game whose states it scores."""
    dtype: np.dtype[Any]
    """The record of an accumulator; its field names and layout differ from those of every other evaluation."""
    refresh: Kernel
    advance: Kernel
    score: Kernel
    prepare: Callable[[Any], object] = lambda accumulators: None
    """Called once with the fresh accumulators [plies] of one search thread, to store addresses of tables or weights
    in them; what it returns is kept alive as long as they are."""

    @property
    def digest(self) -> str:
        """Changes with the source of any file that defines one of the kernels; names the compiled searches."""
        return digest_of_kernels(self)


def register_evaluation(evaluation: Evaluation) -> Evaluation:
    """Bind the kernels to the generic functions of this module for accumulators of `evaluation.dtype`."""
    for generic in (refresh, advance, score):
        bind(generic, evaluation.dtype, getattr(evaluation, generic.__name__))
    return evaluation
