"""Lines of `FEN <tab> centipawns <tab> result`, as `selfplay.positions.quiet` writes them, as a shard.

python -m selfplay.nnue.from_text positions.tsv --out positions.shard
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import chess
import numpy as np

from engine.chess.game import ChessGame
from engine.chess.packed import PACKED, new_positions, pack
from selfplay.positions.shards import write_shard

#: Scores are cut to ± this, centipawns.
MOST_SCORE = 20_000


def packed_lines(lines: Iterable[str]) -> Any:
    """The positions of lines whose scores and results are White's view, packed, in the mover's."""
    game = ChessGame()
    found = []
    room = new_positions(1)
    for number, line in enumerate(lines, 1):
        try:
            fen, score, result = line.rstrip("\n").split("\t")
            state = game.from_board(chess.Board(fen))
            white = (int(score), round(2 * float(result)))
        except ValueError as error:
            raise ValueError(f"line {number} is not a FEN, a score and a result with tabs between: {error}") from None
        mover = white if state.side == 0 else (-white[0], 2 - white[1])
        pack(state, room[0], min(max(mover[0], -MOST_SCORE), MOST_SCORE), 0, mover[1])
        found.append(np.array(room, PACKED))
    return np.concatenate([np.zeros(0, PACKED), *found])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("positions", type=Path, help="file of selfplay.positions.quiet")
    parser.add_argument("--teacher", default="", help="who scored them, for the shard's facts")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    with arguments.positions.open(encoding="utf-8") as lines:
        try:
            found = packed_lines(lines)
        except ValueError as error:
            parser.error(str(error))
    write_shard(arguments.out, found, {"kind": "quiet positions", "teacher": arguments.teacher})


if __name__ == "__main__":
    main()
