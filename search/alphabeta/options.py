"""Which techniques the alpha-beta search uses; every one can be switched off, so that its worth can be measured."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np


@dataclass(frozen=True, kw_only=True)
class Options:
    """Switches of the search. What each is worth stands in docs/alphabeta.md, with the command that measured it."""

    transposition_table: bool = True
    """Cut off by, and order moves by, what an earlier visit of the same state found."""
    aspiration_windows: bool = True
    """Begin an iteration with a narrow window around the last score, and widen it when the score falls outside."""
    killers: bool = True
    """Try quiet moves early that refuted a sibling."""
    counter_moves: bool = True
    """Try the quiet move early that refuted the same previous move elsewhere."""
    butterfly_history: bool = True
    """Order quiet moves by how often the same squares caused cut-offs."""
    threat_history: bool = True
    """Tell apart, in the butterfly history, whether a move leaves or enters a square that the opponent attacks."""
    capture_history: bool = True
    """Order captures by how often the same piece, square and victim caused cut-offs."""
    continuation_history: bool = True
    """Order quiet moves by how often they caused cut-offs after the same earlier moves."""
    correction_history: bool = True
    """Correct the static score by how far it was off at like structures, and after the same two moves."""
    static_history: bool = True
    """Order quiet moves also by how much they raised the static score."""
    failed_reply_history: bool = True
    """Order a quiet move earlier where all replies to it failed."""
    second_look_history: bool = True
    """Order a quiet move by what came of looking deeper, after it had been better than it was given credit for."""
    structure_history: bool = True
    """Order quiet moves also by how often the same piece and square caused cut-offs at like structures."""
    static_exchange: bool = True
    """Put losing captures last, and prune those that lose too much."""
    quiescence_checks: bool = True
    """Try quiet checks in the first ply of quiescence."""
    null_move: bool = True
    """Cut off where passing the turn would still be too good."""
    late_move_reductions: bool = True
    """Search late moves less deeply first."""
    hindsight_reductions: bool = True
    """Take back a reduction, or reduce further, where the static score after the move says so."""
    principal_variation_memory: bool = True
    """Reduce less where the state has been in a principal variation."""
    raised_alpha_reductions: bool = True
    """Search the moves after one that raised alpha less deeply."""
    failed_high_reductions: bool = True
    """Search the root again a ply less deeply after each score above its window."""
    softened_cutoffs: bool = True
    """Return less than the full score of a cut-off, the less the shallower it is."""
    late_move_pruning: bool = True
    """Skip the late quiet moves of shallow nodes."""
    futility_pruning: bool = True
    """Skip moves of shallow nodes that cannot lift the static score to alpha."""
    reverse_futility_pruning: bool = True
    """Cut off shallow nodes whose static score is far above beta."""
    history_pruning: bool = True
    """Skip quiet moves of shallow nodes with a bad history."""
    razoring: bool = True
    """Drop into quiescence at shallow nodes whose static score is far below alpha."""
    probcut: bool = True
    """Cut off where a capture beats beta by a margin at a reduced depth."""
    internal_iterative_reductions: bool = True
    """Search nodes without a table move one ply less deeply."""
    singular_extensions: bool = True
    """Extend a table move that is much better than all others; cut where several beat beta."""
    check_extensions: bool = True
    """Extend checks that lose nothing."""
    mate_distance_pruning: bool = True
    """Stop where no line could beat a win or loss already proven nearer the root."""


OPTIONS = np.dtype([(field.name, np.int64) for field in fields(Options)])


def write_options(record: Any, options: Options) -> None:
    """Write `options` into a record of dtype OPTIONS, as 0 and 1."""
    for field in fields(Options):
        record[field.name] = int(getattr(options, field.name))
