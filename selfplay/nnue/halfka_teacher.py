"""The static scores of a HalfKAv2_hm network, as Stockfish 15.1 has one, read from its file: a fast teacher.

Stockfish writes the file itself, at its command `export_net FILE`. The network (described in the documents of
nnue-pytorch) has 22,528 features of 1,024 numbers and eight sums, halves that are multiplied in pairs, and one of eight
small stacks of layers, chosen by the number of men. The layout, little-endian::

    uint32 version, uint32 hash, uint32 length, description
    uint32 hash, int16 biases [1024], int16 rows [22528, 1024], int32 sums [22528, 8]
    8 times: uint32 hash; int32 [16], int8 [16, 1024]; int32 [32], int8 [32, 32]; int32 [1], int8 [32]

Asked through the protocol, the same program scores a few thousand positions a second; this, hundreds of thousands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.chess.packed import MOST_PIECES, placed, side_to_move
from engine.chess.state import KING
from nets.nnue.inference import aligned_int16
from nets.simd import LANES, clipped_dot, gather_rows
from search.kernel import inlined, kernel
from search.memory import address_of

#: What the file begins with.
VERSION = 0x7AF32F20
_WIDTH, _FEATURES, _STACKS, _HIDDEN, _LAST = 1024, 22_528, 8, 16, 32
#: Numbers of a side's view that are multiplied with its other half.
_PAIRS = _WIDTH // 2
#: Features of a square of the king: own and others' pawns to queens, and both kings together, on 64 squares.
_PLANES = 11 * 64
#: Internal units of 100 centipawns, and of a piece by its kind, for the weight of a score by what is on the board.
_PAWN = 361
_WORTH = np.array([0, 0, 781, 825, 1276, 2538, 0, 0], np.int64)


def _buckets() -> npt.NDArray[np.int64]:
    """By the square of the own king, on files e to h after mirroring: the first feature."""
    squares = np.arange(64)
    rank, file = squares >> 3, squares & 7
    return np.asarray(_PLANES * (4 * (7 - rank) + 7 - file), np.int64)


class HalfkaTeacher:
    """A network in memory. Not for several threads at a time."""

    def __init__(self, path: Path) -> None:
        """ValueError, in a sentence, if the file is not such a network."""
        content = path.read_bytes()
        place = 0

        def take(kind: str, *shape: int) -> npt.NDArray[Any]:
            nonlocal place
            count = int(np.prod(shape))
            if place + count * np.dtype(kind).itemsize > len(content):
                raise ValueError(f"{path} is cut off, or no network of the kind HalfKAv2_hm with 1024 numbers")
            found = np.frombuffer(content, kind, count, place).reshape(shape)
            place += found.nbytes
            return found

        version, _, length = (int(number) for number in take("<u4", 3))
        if version != VERSION:
            raise ValueError(f"{path} is no network of Stockfish 15: its version is {version:#x}, not {VERSION:#x}")
        take("u1", length)
        take("<u4", 1)
        self._biases = aligned_int16((_WIDTH,))
        self._biases[:] = take("<i2", _WIDTH)
        self._rows = aligned_int16((_FEATURES, _WIDTH))
        self._rows[:] = take("<i2", _FEATURES, _WIDTH)
        self._sums = take("<i4", _FEATURES, _STACKS).copy()
        shapes = (("<i4", _HIDDEN), ("i1", _HIDDEN, _WIDTH), ("<i4", _LAST), ("i1", _LAST, 32), ("<i4", 1), ("i1", 32))
        stacks = []
        for _ in range(_STACKS):
            take("<u4", 1)
            stacks.append([take(*shape) for shape in shapes])
        if place != len(content):
            raise ValueError(f"{path} has {len(content) - place} bytes too many for a network of this kind")
        b0, w0, b1, w1, b2, w2 = (np.stack(arrays) for arrays in zip(*stacks, strict=True))
        self._first = aligned_int16((_STACKS, _HIDDEN, _WIDTH))
        self._first[:] = w0
        # Vector arithmetic takes rows of LANES numbers: behind the 32, zeros.
        self._second = aligned_int16((_STACKS, _LAST, LANES))
        self._second[:, :, : w1.shape[2]] = w1
        self._small: tuple[Any, ...] = (b0, b1, b2, w2.astype(np.int32))
        # For a side's sums, and what goes into the first and the second layer after them.
        self._room = aligned_int16((3, _WIDTH))
        self._addresses = np.zeros(MOST_PIECES, np.uint64)
        self._buckets = _buckets()

    def scores(self, packed: Any) -> npt.NDArray[np.int64]:
        """Centipawns of packed positions, the mover's view, [n]."""
        found = np.zeros(len(packed), np.int64)
        positions = packed.view(np.recarray)
        kings = np.zeros(len(packed), np.int16)
        _squares_of_kings(positions, kings)
        # Positions with the same squares of the kings share rows; one after the other, they find them in the cache.
        order = np.argsort(kings, kind="stable")
        weights = map(address_of, (self._rows, self._biases, self._first, self._second))
        network = (*weights, self._sums, *self._small, self._buckets, _WORTH)
        room = (self._room, address_of(self._room), self._addresses, address_of(self._addresses))
        everything: tuple[Any, ...] = (positions, order, *network, *room, found)
        _scores(*everything)
        return found


@kernel
def _squares_of_kings(packed: Any, found: Any) -> None:
    """White's king's square + 64 * Black's, to `found`, which is zeros."""
    squares = np.zeros(MOST_PIECES, np.int64)
    codes = np.zeros(MOST_PIECES, np.int64)
    for n in range(len(packed)):
        for index in range(placed(packed[n], squares, codes)):
            if codes[index] & 7 == KING:
                found[n] += squares[index] << (6 * (codes[index] >> 3))


@inlined
def _list_features(squares: Any, codes: Any, men: Any, perspective: Any, buckets: Any, features: Any) -> None:
    """What the side `perspective` sees: a feature for each piece."""
    king = np.int64(0)
    for index in range(men):
        if codes[index] == KING + 8 * perspective:
            king = squares[index]
    flip = np.int64(56 * perspective)
    if king & 7 < 4:
        flip ^= 7
    for index in range(men):
        kind = codes[index] & 7
        plane = 2 * (kind - 1)
        if kind != KING and codes[index] >> 3 != perspective:
            plane += 1
        features[index] = buckets[king ^ flip] + 64 * plane + (squares[index] ^ flip)


@kernel
def _scores(
    packed: Any, order: Any, rows: Any, biases: Any, first: Any, second: Any, sums: Any, b0: Any, b1: Any, b2: Any,
    w2: Any, buckets: Any, worth: Any, room: Any, room_at: Any, addresses: Any, addresses_at: Any, found: Any,
) -> None:  # fmt: skip
    squares = np.zeros(MOST_PIECES, np.int64)
    codes = np.zeros(MOST_PIECES, np.int64)
    features = np.zeros(MOST_PIECES, np.int64)
    hidden = np.zeros(_HIDDEN, np.int64)
    accumulator, inputs, middle = room[0], room[1], room[2]
    inputs_at = room_at + np.uint64(2 * _WIDTH)
    middle_at = room_at + np.uint64(4 * _WIDTH)
    width, no_rows = np.int64(_WIDTH), np.int64(0)
    for n in order:
        men = np.int64(placed(packed[n], squares, codes))
        stack = (men - 1) // 4
        material = np.int64(0)
        for index in range(men):
            material += worth[codes[index] & 7]
        balance = np.int64(0)
        for half in range(2):
            _list_features(squares, codes, men, side_to_move(packed[n]) ^ half, buckets, features)
            for index in range(men):
                addresses[index] = rows + np.uint64(2 * _WIDTH * features[index])
                balance += (1 - 2 * half) * sums[features[index], stack]
            gather_rows(room_at, room_at, biases, width, men, addresses_at, no_rows, addresses_at)
            for j in range(_PAIRS):
                low = min(max(accumulator[j], np.int16(0)), np.int16(127))
                high = min(max(accumulator[_PAIRS + j], np.int16(0)), np.int16(127))
                inputs[_PAIRS * half + j] = (low * high) >> 7
        # Both dot products are of numbers in 0..127, which their clipping leaves as they are.
        for i in range(_HIDDEN):
            weights = first + np.uint64(2 * _WIDTH * (_HIDDEN * stack + i))
            hidden[i] = b0[stack, i] + clipped_dot(inputs_at, weights, width)
        for i in range(15):
            middle[i] = min((hidden[i] * hidden[i]) >> 19, np.int64(127))
            middle[15 + i] = min(max(hidden[i] >> 6, np.int64(0)), np.int64(127))
        output = np.int64(b2[stack, 0])
        for i in range(_LAST):
            weights = second + np.uint64(2 * LANES * (_LAST * stack + i))
            sum_ = b1[stack, i] + clipped_dot(middle_at, weights, np.int64(LANES))
            output += min(max(sum_ >> 6, np.int64(0)), np.int64(127)) * w2[stack, i]
        # The last of the sixteen goes past the other layers.
        value = (balance / 2.0 + output + hidden[15] * 9600.0 / 8128.0) / 16.0
        # The more is on the board, the more a score weighs, as in the program itself.
        value *= (1064 + 106 * material / 5120.0) / 1024
        found[n] = np.int64(np.rint(value * 100.0 / _PAWN))
