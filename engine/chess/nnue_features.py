"""The features of packed chess positions, many at a time, for the training of networks."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.chess.packed import placed, side_to_move
from engine.chess.state import BLACK_OFFSET, KING
from nets.nnue.config import MOST_MEN
from nets.nnue.inference import feature
from search.kernel import kernel


@kernel
def extract_features(
    context: Any, positions: Any, order: Any, first: Any, last: Any, features: Any, counts: Any, buckets: Any
) -> None:
    """Write what a network sees of positions[order[first + n]] to row n of the others, for n < last - first.

    `context`: of `nets.nnue.inference.new_context`; `positions`: of `engine.chess.packed`; the rest as in
    `nets.nnue.batch.Batch`.
    """
    squares = np.zeros(MOST_MEN, np.int64)
    codes = np.zeros(MOST_MEN, np.int64)
    kings = np.zeros(2, np.int64)
    for n in range(last - first):
        packed = positions[order[first + n]]
        men = placed(packed, squares, codes)
        side = side_to_move(packed)
        for index in range(men):
            if codes[index] & 7 == KING:
                perspective = codes[index] // BLACK_OFFSET
                kings[perspective] = squares[index] ^ (56 * perspective)
        count = 0
        for index in range(men):
            code = codes[index]
            if code & 7 != KING or context.kings != 0:
                for p in range(2):
                    features[n, p, count] = feature(context, side ^ p, kings[side ^ p], code, squares[index])
                count += 1
        counts[n] = count
        buckets[n] = context.output_bucket[men]
