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
from nets.simd import gather_rows
from search.kernel import kernel
from search.memory import address_of

#: What the file begins with.
VERSION = 0x7AF32F20
_WIDTH, _FEATURES, _STACKS, _HIDDEN, _LAST = 1024, 22_528, 8, 16, 32
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
        self._sums = take("<i4", _FEATURES, _STACKS).astype(np.int64)
        shapes = (("<i4", _HIDDEN), ("i1", _HIDDEN, _WIDTH), ("<i4", _LAST), ("i1", _LAST, 32), ("<i4", 1), ("i1", 32))
        stacks = []
        for _ in range(_STACKS):
            take("<u4", 1)
            stacks.append([take(*shape) for shape in shapes])
        if place != len(content):
            raise ValueError(f"{path} has {len(content) - place} bytes too many for a network of this kind")
        self._layers = tuple(np.stack(arrays).astype(np.int32) for arrays in zip(*stacks, strict=True))
        self._accumulators = aligned_int16((2, _WIDTH))
        self._addresses = np.zeros(MOST_PIECES, np.uint64)
        self._buckets = _buckets()

    def scores(self, packed: Any) -> npt.NDArray[np.int64]:
        """Centipawns of packed positions, the mover's view, [n]."""
        found = np.zeros(len(packed), np.int64)
        network: tuple[Any, ...] = (address_of(self._rows), address_of(self._biases), self._sums, *self._layers)
        room = (self._accumulators, address_of(self._accumulators), self._addresses, address_of(self._addresses))
        everything: tuple[Any, ...] = (packed.view(np.recarray), *network, self._buckets, *room, found, _WORTH)
        _scores(*everything)
        return found


@kernel
def _scores(
    packed: Any, rows: Any, biases: Any, sums: Any, b0: Any, w0: Any, b1: Any, w1: Any, b2: Any, w2: Any,
    buckets: Any, accumulators: Any, accumulators_at: Any, addresses: Any, addresses_at: Any, found: Any, worth: Any,
) -> None:  # fmt: skip
    squares = np.zeros(32, np.int64)
    codes = np.zeros(32, np.int64)
    inputs = np.zeros(1024, np.int16)
    hidden = np.zeros(16, np.int64)
    middle = np.zeros(30, np.int64)
    for n in range(len(packed)):
        men = placed(packed[n], squares, codes)
        stack = (men - 1) // 4
        material = np.int64(0)
        for index in range(men):
            material += worth[codes[index] & 7]
        balance = np.int64(0)
        for half in range(2):
            perspective = side_to_move(packed[n]) ^ half
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
                feature = buckets[king ^ flip] + 64 * plane + (squares[index] ^ flip)
                addresses[index] = rows + np.uint64(2048 * feature)
                balance += sums[feature, stack] if half == 0 else -sums[feature, stack]
            here = accumulators_at + np.uint64(2048 * half)
            gather_rows(here, here, biases, np.int64(1024), np.int64(men), addresses_at, np.int64(0), addresses_at)
            for j in range(512):
                low = min(max(accumulators[half, j], np.int16(0)), np.int16(127))
                high = min(max(accumulators[half, j + 512], np.int16(0)), np.int16(127))
                inputs[512 * half + j] = (low * high) >> 7
        for i in range(16):
            total = np.int32(0)
            weights = w0[stack, i]
            for j in range(1024):
                total += np.int32(inputs[j]) * weights[j]
            hidden[i] = np.int64(total) + b0[stack, i]
        for i in range(15):
            middle[i] = min((hidden[i] * hidden[i]) >> 19, np.int64(127))
            middle[15 + i] = min(max(hidden[i] >> 6, np.int64(0)), np.int64(127))
        output = np.int64(b2[stack, 0])
        for i in range(32):
            sum_ = np.int64(b1[stack, i])
            for j in range(30):
                sum_ += middle[j] * w1[stack, i, j]
            output += min(max(sum_ >> 6, np.int64(0)), np.int64(127)) * w2[stack, i]
        # The last of the sixteen goes past the other layers.
        value = (balance / 2.0 + output + hidden[15] * 9600.0 / 8128.0) / 16.0
        # The more is on the board, the more a score weighs, as in the program itself.
        value *= (1064 + 106 * material / 5120.0) / 1024
        found[n] = np.int64(np.rint(value * 100.0 / _PAWN))
