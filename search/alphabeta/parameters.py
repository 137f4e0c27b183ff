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

    aspiration: int = _number(15, 6, 40, "half width of the first window of an iteration")
    reduction_base: int = _number(1135, 0, 2048, "reduction of a late move, constant part")
    reduction_slope: int = _number(508, 250, 800, "and times ln(depth) ln(number of the move)")
    reduction_history: int = _number(80, 20, 250, "less reduction for each 1024 of history")
    reduction_improving: int = _number(1418, 0, 2048, "more reduction where the mover's prospects do not improve")
    reduction_cut: int = _number(2382, 512, 4096, "more reduction where a cut-off is expected")
    reduction_check: int = _number(878, 0, 2048, "less reduction for a check")
    reduction_pv: int = _number(866, 0, 2048, "less reduction in the principal variation")
    reduction_was_pv: int = _number(760, 0, 3072, "less reduction where a principal variation has been")
    reduction_noisy: int = _number(1341, 0, 2048, "more reduction where the table's move captures")
    reduction_killer: int = _number(1064, 0, 2048, "less reduction for killers and counter moves")
    reduction_cutoffs: int = _number(794, 0, 2048, "more reduction where the next ply cuts off often")
    deeper: int = _number(53, 20, 200, "a reduced move this much better than the best is searched a ply deeper")
    shallower: int = _number(2, 0, 40, "and one less than this much better, a ply less deeply")
    null_base: int = _number(5092, 2048, 7168, "a null move's child is searched less deeply by this, 1024ths")
    null_depth: int = _number(265, 100, 450, "and by this for each ply of depth")
    null_score: int = _number(180, 80, 400, "and by a ply for so many centipawns above beta, at most 3")
    null_margin: int = _number(181, 0, 400, "no null move where the static score is below beta by less depth times 20")
    reverse_futility: int = _number(65, 40, 160, "margin for each ply")
    razoring_base: int = _number(197, 50, 500, "margin, constant part")
    razoring_slope: int = _number(180, 50, 400, "and times the square of the depth")
    probcut: int = _number(180, 80, 350, "margin above beta")
    probcut_improving: int = _number(58, 0, 120, "less margin where the mover's prospects improve")
    probcut_table: int = _number(238, 80, 400, "margin above beta for a cut by the table's score of four plies less")
    futility_base: int = _number(94, 20, 250, "margin, constant part")
    futility_slope: int = _number(35, 10, 200, "and for each ply of reduced depth")
    futility_history: int = _number(10, 0, 20, "and for each 1024 of history")
    late_moves: int = _number(7, 1, 10, "quiet moves tried at least, before the square of the depth")
    noisy_futility_base: int = _number(124, 30, 400, "margin for captures, constant part")
    noisy_futility_slope: int = _number(131, 30, 300, "and for each ply of reduced depth")
    noisy_futility_history: int = _number(19, 0, 100, "and for each 1024 of history")
    hindsight_reduction: int = _number(193, 40, 400, "a ply less where both static scores together exceed this")
    history_pruning: int = _number(4288, 1000, 10000, "a quiet move's history below minus this times the depth")
    exchange_quiet: int = _number(14, 2, 80, "loss allowed a quiet move, times the square of its depth")
    exchange_noisy: int = _number(75, 30, 200, "loss allowed a capture, times the depth")
    singular_margin: int = _number(1809, 512, 4096, "the others are below the table's score by this times the depth")
    singular_double: int = _number(29, 0, 60, "and by so much more, for two plies of extension")
    quiescence_futility: int = _number(122, 60, 400, "margin for captures in quiescence")
    history_slope: int = _number(225, 50, 400, "bonus of a cut-off for each ply of depth")
    history_offset: int = _number(43, 0, 400, "less this")
    history_most: int = _number(1843, 600, 3500, "and at most this")
    static_history: int = _number(9, 0, 60, "bonus for each centipawn by which a move raised the static score")
    static_history_most: int = _number(1835, 300, 4000, "and at most this")
    failed_reply: int = _number(876, 0, 2048, "bonus of a move to which all replies failed, 1024ths of a cut-off's")
    correction_weight: int = _number(83, 16, 160, "share of the learnt correction that counts, 128ths")


PARAMETERS = np.dtype([(item.name, np.int64) for item in fields(Parameters)])


def write_parameters(record: Any, parameters: Parameters) -> None:
    """Write `parameters` into a record of dtype PARAMETERS."""
    for item in fields(Parameters):
        record[item.name] = getattr(parameters, item.name)
