"""The numbers in the alpha-beta search: margins, depths and weights, which a tuner may change without compiling."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np


def _number(default: int, least: int, most: int, meaning: str) -> Any:
    """A whole number with the range in which a tuner looks for it."""
    return field(default=default, metadata={"least": least, "most": most, "meaning": meaning})


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Scores and margins are centipawns, reductions 1024ths of a ply; `meaning` of each stands in its metadata."""

    aspiration: int = _number(14, 6, 40, "half width of the first window of an iteration")
    reduction_base: int = _number(819, 0, 2048, "reduction of a late move, constant part")
    reduction_slope: int = _number(455, 250, 800, "and times ln(depth) ln(number of the move)")
    reduction_history: int = _number(85, 20, 250, "less reduction for each 1024 of history")
    reduction_improving: int = _number(1024, 0, 2048, "more reduction where the mover's prospects do not improve")
    reduction_cut: int = _number(2048, 512, 3072, "more reduction where a cut-off is expected")
    reduction_check: int = _number(1024, 0, 2048, "less reduction for a check")
    reduction_pv: int = _number(1024, 0, 2048, "less reduction in the principal variation")
    reduction_noisy: int = _number(1024, 0, 2048, "more reduction where the table's move captures")
    reduction_killer: int = _number(1024, 0, 2048, "less reduction for killers and counter moves")
    reduction_cutoffs: int = _number(1024, 0, 2048, "more reduction where the next ply cuts off often")
    deeper: int = _number(70, 20, 200, "a reduced move this much better than the best is searched a ply deeper")
    shallower: int = _number(8, 0, 40, "and one less than this much better, a ply less deeply")
    null_base: int = _number(4096, 2048, 6144, "a null move's child is searched less deeply by this, 1024ths")
    null_depth: int = _number(256, 100, 450, "and by this for each ply of depth")
    null_score: int = _number(180, 80, 400, "and by a ply for so many centipawns above beta, at most 3")
    null_margin: int = _number(160, 0, 400, "no null move where the static score is below beta by less depth times 20")
    reverse_futility: int = _number(78, 40, 160, "margin for each ply")
    razoring_base: int = _number(220, 50, 500, "margin, constant part")
    razoring_slope: int = _number(190, 50, 400, "and times the square of the depth")
    probcut: int = _number(190, 80, 350, "margin above beta")
    probcut_improving: int = _number(50, 0, 120, "less margin where the mover's prospects improve")
    futility_base: int = _number(80, 20, 250, "margin, constant part")
    futility_slope: int = _number(75, 30, 200, "and for each ply of reduced depth")
    futility_history: int = _number(5, 0, 20, "and for each 1024 of history")
    late_moves: int = _number(4, 1, 10, "quiet moves tried at least, before the square of the depth")
    history_pruning: int = _number(4000, 1000, 10000, "a quiet move's history below minus this times the depth")
    exchange_quiet: int = _number(25, 8, 80, "loss allowed a quiet move, times the square of its depth")
    exchange_noisy: int = _number(90, 30, 200, "loss allowed a capture, times the depth")
    singular_margin: int = _number(2048, 512, 4096, "the others are below the table's score by this times the depth")
    singular_double: int = _number(18, 0, 60, "and by so much more, for two plies of extension")
    quiescence_futility: int = _number(180, 60, 400, "margin for captures in quiescence")
    history_slope: int = _number(170, 50, 400, "bonus of a cut-off for each ply of depth")
    history_offset: int = _number(80, 0, 400, "less this")
    history_most: int = _number(1700, 600, 3500, "and at most this")
    correction_weight: int = _number(64, 16, 160, "share of the learnt correction that counts, 128ths")


PARAMETERS = np.dtype([(item.name, np.int64) for item in fields(Parameters)])


def write_parameters(record: Any, parameters: Parameters) -> None:
    """Write `parameters` into a record of dtype PARAMETERS."""
    for item in fields(Parameters):
        record[item.name] = getattr(parameters, item.name)
