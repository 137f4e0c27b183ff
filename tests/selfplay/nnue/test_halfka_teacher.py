"""The teacher says what a plain reading of its network says, to the last unit, for any number of positions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from engine.chess.packed import states_of
from engine.chess.state import KING
from selfplay.nnue.halfka_teacher import HalfkaTeacher
from tests.selfplay.nnue.random_games import VALUES, material, random_positions

PACKED = random_positions(2_000)
PHASE = np.array([0, 0, 781, 825, 1276, 2538, 0, 0])

#: Biases of the first layer, its rows and sums; then of each stack weights and biases, layer by layer.
Network = tuple[Any, Any, Any, list[tuple[Any, ...]]]


def stored(path: Path, network: Network) -> Path:
    biases, rows, sums, stacks = network
    head = [np.array([0x7AF32F20, 0, 4], "<u4"), np.frombuffer(b"text", "u1"), np.zeros(1, "<u4")]
    arrays = [*head, biases.astype("<i2"), rows.astype("<i2"), sums.astype("<i4")]
    for b0, w0, b1, w1, b2, w2 in stacks:
        arrays += [np.zeros(1, "<u4"), b0.astype("<i4"), w0.astype("i1"), b1.astype("<i4"), w1.astype("i1")]
        arrays += [b2.astype("<i4"), w2.astype("i1")]
    path.write_bytes(b"".join(array.tobytes() for array in arrays))
    return path


def of_pieces() -> Network:
    """Its score is the sum of the pieces, in pawns of 361 units."""
    sums = np.zeros((32, 11, 64, 8), np.int64)
    for plane, worth in enumerate(VALUES[1:6]):
        sums[:, 2 * plane] = worth * 361 * 16 // 100
        sums[:, 2 * plane + 1] = -worth * 361 * 16 // 100
    stack = tuple(np.zeros(shape, np.int64) for shape in (16, (16, 1024), 32, (32, 32), 1, 32))
    return np.zeros(1024, np.int64), np.zeros((22_528, 1024), np.int16), sums.reshape(22_528, 8), [stack] * 8


def of_chance() -> Network:
    """Its sums lie on both sides of every bound."""
    generator = np.random.default_rng(1)

    def draw(most: int, *shape: int) -> npt.NDArray[np.int16]:
        return generator.integers(-most, most, shape, np.int16, endpoint=True)

    stacks = [
        (draw(5_000, 16), draw(8, 16, 1024), draw(5_000, 32), draw(60, 32, 32), draw(9_000, 1), draw(127, 32))
        for _ in range(8)
    ]
    return draw(60, 1024), draw(40, 22_528, 1024), draw(9_000, 22_528, 8), stacks


def view(state: Any, side: int) -> npt.NDArray[np.int64]:
    """The features of what a side sees."""
    squares = np.flatnonzero(state.board)
    codes = state.board[squares].astype(np.int64)
    flip = 56 if side else 0
    king = int(squares[codes == KING + 8 * side][0]) ^ flip
    if king % 8 < 4:
        flip, king = flip ^ 7, king ^ 7
    bucket = 4 * (7 - king // 8) + 7 - king % 8
    others = (codes >> 3 != side) & (codes & 7 != KING)
    return np.asarray((bucket * 11 + 2 * ((codes & 7) - 1) + others) * 64 + (squares ^ flip))


def plain_score(network: Network, state: Any) -> int:
    biases, rows, sums, stacks = network
    own, theirs = view(state, int(state.side)), view(state, 1 - int(state.side))
    number = (len(own) - 1) // 4
    b0, w0, b1, w1, b2, w2 = (array.astype(np.int64) for array in stacks[number])
    halves = [np.clip(biases + rows[features].sum(0, dtype=np.int64), 0, 127) for features in (own, theirs)]
    inputs = np.concatenate([half[:512] * half[512:] >> 7 for half in halves])
    hidden = b0 + w0 @ inputs
    first = hidden[:15]
    middle = np.concatenate([np.minimum(first * first >> 19, 127), np.clip(first >> 6, 0, 127), [0, 0]])
    output = b2[0] + w2 @ np.clip(b1 + w1 @ middle >> 6, 0, 127)
    balance = int(sums[own, number].sum(dtype=np.int64) - sums[theirs, number].sum(dtype=np.int64))
    value = (balance / 2 + output + hidden[15] * 9600 / 8128) / 16
    value *= (1064 + 106 * PHASE[state.board & 7].sum() / 5120) / 1024
    return int(np.rint(value * 100 / 361))


@pytest.mark.bounds
@pytest.mark.interpreted
def test_a_network_says_what_a_plain_reading_of_it_says(tmp_path: Path) -> None:
    network = of_chance()
    scores = HalfkaTeacher(stored(tmp_path / "teacher.nnue", network)).scores(PACKED[:300])
    assert scores.tolist() == [plain_score(network, state) for state in states_of(PACKED[:300])]


def test_any_number_of_positions_is_scored_in_the_order_that_it_has(tmp_path: Path) -> None:
    teacher = HalfkaTeacher(stored(tmp_path / "teacher.nnue", of_chance()))
    scores = teacher.scores(PACKED)
    assert np.array_equal(teacher.scores(PACKED[::-1].copy()), scores[::-1])
    assert teacher.scores(PACKED[7:8]).tolist() == [scores[7]]
    assert teacher.scores(PACKED[:0]).tolist() == []


def test_scores_are_centipawns_and_weigh_more_with_more_on_the_board(tmp_path: Path) -> None:
    scores = HalfkaTeacher(stored(tmp_path / "teacher.nnue", of_pieces())).scores(PACKED[:200])
    for state, found in zip(states_of(PACKED[:200]), scores, strict=True):
        expected = material(state) * (1064 + 106 * PHASE[state.board & 7].sum() / 5120) / 1024
        assert found == pytest.approx(expected, abs=3)


def test_what_is_no_such_network_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path / "teacher.nnue", of_pieces())
    whole = path.read_bytes()
    for wrong, sentence in ((whole[:-1], "cut off"), (whole + b"x", "1 bytes too many"), (b"no network", "cut off")):
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match=sentence):
            HalfkaTeacher(path)
    path.write_bytes(b"no network of any kind")
    with pytest.raises(ValueError, match="its version"):
        HalfkaTeacher(path)
