"""The terms of the hand-written evaluation, told one by one."""

from __future__ import annotations

import numpy as np

from engine.chess.classical.endgames import WHOLE, bare_king_bonus, scale
from engine.chess.classical.evaluation import CLASSICAL, FULL_PHASE, trace
from engine.chess.classical.layout import START, TERMS
from engine.chess.classical.tally import TRACE
from engine.chess.classical.weights import WEIGHTS
from search.memory import aligned_records
from search.rules import State

_PIECES = ("Pawns", "Knights", "Bishops", "Rooks", "Queens", "Kings")


def explain(state: State) -> list[str]:
    """A table of the terms in centipawns, White's view, and what they add up to, as lines."""
    record = aligned_records(1, TRACE)[0]
    trace(record, state)
    counts = record.counts.astype(np.int64)
    rows: list[tuple[str, int, int]] = []
    for name, size in TERMS.items():
        midgame, endgame = (np.array(weights, np.int64) for weights in WEIGHTS[name])
        used = counts[START[name] : START[name] + size]
        if name == "piece_square":
            for kind, title in enumerate(_PIECES):
                part = slice(64 * kind, 64 * kind + 64)
                rows.append((title, int(used[part] @ midgame[part]), int(used[part] @ endgame[part])))
        else:
            rows.append((name.replace("_", " ").capitalize(), int(used @ midgame), int(used @ endgame)))
    accumulator = aligned_records(1, CLASSICAL.dtype)
    kept = CLASSICAL.prepare(accumulator)
    CLASSICAL.refresh(accumulator[0], state)
    score = int(CLASSICAL.score(accumulator[0], state))
    del kept
    total = (sum(row[1] for row in rows), sum(row[2] for row in rows))
    leader = 0 if total[1] >= 0 else 1
    lines = [f"{'Term':22}{'Midgame':>9}{'Endgame':>9}", "-" * 40]
    lines += [f"{name:22}{midgame:9}{endgame:9}" for name, midgame, endgame in rows if midgame or endgame]
    lines += [
        "-" * 40,
        f"{'Sum':22}{total[0]:9}{total[1]:9}",
        f"Phase: {min(int(accumulator[0].phase), FULL_PHASE)} of {FULL_PHASE} (all pieces)",
        f"Endgame scale: {int(scale(state, leader))} of {WHOLE}",
    ]
    if bare_king_bonus(state):
        lines.append(f"Driving the bare king: {int(bare_king_bonus(state))}")
    return [*lines, f"Score: {score if state.side == 0 else -score} centipawns, White's view"]
