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
from nets.simd import LANES, clipped_dot, gather_rows
from search.kernel import inlined, kernel
from search.memory import address_of, aligned_copy, aligned_records, aligned_zeros, padded, record_reader

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

#: A network in memory, and where one position at a time is worked on.
TEACHER = padded(
    [
        ("rows", np.uint64),  # address of int16 [22528, 1024]
        ("biases", np.uint64),  # address of int16 [1024]
        ("sums", np.uint64),  # address of SUMS [22528]
        ("first", np.uint64),  # address of int16 [8, 16, 1024]
        ("second", np.uint64),  # address of int16 [8, 32, LANES]: behind the 32 numbers, zeros
        ("room", np.uint64),  # address of ROOM
        ("rows_found", np.uint64),  # address of the next field
        ("found", np.uint64, (MOST_PIECES,)),  # addresses of rows
        ("features", np.int64, (MOST_PIECES,)),
        ("squares", np.int64, (MOST_PIECES,)),
        ("codes", np.int64, (MOST_PIECES,)),
        ("bucket", np.int64, (64,)),
        ("worth", np.int64, (8,)),
        ("first_bias", np.int64, (_STACKS, _HIDDEN)),
        ("second_bias", np.int64, (_STACKS, _LAST)),
        ("output_bias", np.int64, (_STACKS,)),
        ("output", np.int64, (_STACKS, _LAST)),
    ]
)
teacher_at = record_reader(TEACHER)
#: A feature's sums by the number of the stack.
SUMS = np.dtype([("by_stack", np.int32, (_STACKS,))], align=True)
_sums_at = record_reader(SUMS)
#: A side's sums, and what goes into the first layer after them and into the second.
ROOM = padded([("accumulator", np.int16, (_WIDTH,)), ("inputs", np.int16, (_WIDTH,)), ("middle", np.int16, (LANES,))])
_room_at = record_reader(ROOM)


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
        self._biases = aligned_copy(take("<i2", _WIDTH))
        self._rows = aligned_copy(take("<i2", _FEATURES, _WIDTH))
        self._sums = take("<i4", _FEATURES, _STACKS).copy()
        shapes = (("<i4", _HIDDEN), ("i1", _HIDDEN, _WIDTH), ("<i4", _LAST), ("i1", _LAST, 32), ("<i4", 1), ("i1", 32))
        stacks = []
        for _ in range(_STACKS):
            take("<u4", 1)
            stacks.append([take(*shape) for shape in shapes])
        if place != len(content):
            raise ValueError(f"{path} has {len(content) - place} bytes too many for a network of this kind")
        b0, w0, b1, w1, b2, w2 = (np.stack(arrays) for arrays in zip(*stacks, strict=True))
        self._first = aligned_copy(w0.astype(np.int16))
        self._second = aligned_zeros((_STACKS, _LAST, LANES), np.int16)
        self._second[:, :, : w1.shape[2]] = w1
        self._room = aligned_records(1, ROOM)
        self._records = aligned_records(1, TEACHER)
        record: Any = self._records[0]
        for name in ("rows", "biases", "sums", "first", "second", "room"):
            record[name] = address_of(getattr(self, f"_{name}"))
        record.rows_found = address_of(self._records["found"])
        record.bucket[:], record.worth[:] = _buckets(), _WORTH
        record.first_bias[:], record.second_bias[:], record.output_bias[:], record.output[:] = b0, b1, b2[:, 0], w2
        #: Of a TEACHER.
        self.address = address_of(self._records)

    def scores(self, packed: Any) -> npt.NDArray[np.int64]:
        """Centipawns of packed positions, the mover's view, [n]."""
        found = np.zeros(len(packed), np.int64)
        positions = packed.view(np.recarray)
        kings = np.zeros(len(packed), np.int16)
        _squares_of_kings(positions, kings)
        # Positions with the same squares of the kings share rows; one after the other, they find them in the cache.
        everything: tuple[Any, ...] = (self._records, positions, np.argsort(kings, kind="stable"), found)
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


@kernel
def _scores(teachers: Any, packed: Any, order: Any, found: Any) -> None:
    for n in order:
        found[n] = teacher_score(teachers[0], packed[n])


@inlined
def _list_features(teacher: Any, men: Any, perspective: Any) -> None:
    """What the side `perspective` sees: a feature for each piece."""
    king = np.int64(0)
    for index in range(men):
        if teacher.codes[index] == KING + 8 * perspective:
            king = teacher.squares[index]
    flip = np.int64(56 * perspective)
    if king & 7 < 4:
        flip ^= 7
    for index in range(men):
        code = teacher.codes[index]
        kind = code & 7
        plane = 2 * (kind - 1)
        if kind != KING and code >> 3 != perspective:
            plane += 1
        teacher.features[index] = teacher.bucket[king ^ flip] + 64 * plane + (teacher.squares[index] ^ flip)


@inlined
def _multiply(room: Any, half: Any) -> None:
    """Write a side's products of halves."""
    inputs = room.inputs[_PAIRS * half :]
    first = room.accumulator
    second = room.accumulator[_PAIRS:]
    for j in range(_PAIRS):
        low = min(max(first[j], np.int16(0)), np.int16(127))
        high = min(max(second[j], np.int16(0)), np.int16(127))
        inputs[j] = (low * high) >> 7


@kernel
def teacher_score(teacher: Any, packed: Any) -> Any:
    """Centipawns of a packed position, the mover's view; `teacher`: a TEACHER."""
    room = _room_at(teacher.room)
    inputs = teacher.room + np.uint64(2 * _WIDTH)
    middle = inputs + np.uint64(2 * _WIDTH)
    width = np.int64(_WIDTH)
    men = np.int64(placed(packed, teacher.squares, teacher.codes))
    stack = (men - 1) // 4
    material = np.int64(0)
    for index in range(men):
        material += teacher.worth[teacher.codes[index] & 7]
    balance = np.int64(0)
    for half in range(2):
        _list_features(teacher, men, side_to_move(packed) ^ half)
        for index in range(men):
            feature = np.uint64(teacher.features[index])
            teacher.found[index] = teacher.rows + np.uint64(2 * _WIDTH) * feature
            balance += (1 - 2 * half) * _sums_at(teacher.sums + np.uint64(4 * _STACKS) * feature).by_stack[stack]
        gather_rows(
            teacher.room, teacher.room, teacher.biases, width, men, teacher.rows_found, np.int64(0), teacher.rows_found
        )
        _multiply(room, half)
    # Both dot products are of numbers in 0..127, which their clipping leaves as they are.
    skipping = np.int64(0)
    for i in range(_HIDDEN):
        weights = teacher.first + np.uint64(2 * _WIDTH * (_HIDDEN * stack + i))
        hidden = teacher.first_bias[stack, i] + clipped_dot(inputs, weights, width)
        if i == _HIDDEN - 1:
            # The last of the sixteen goes past the other layers.
            skipping = hidden
        else:
            room.middle[i] = min((hidden * hidden) >> 19, np.int64(127))
            room.middle[_HIDDEN - 1 + i] = min(max(hidden >> 6, np.int64(0)), np.int64(127))
    output = teacher.output_bias[stack]
    for i in range(_LAST):
        weights = teacher.second + np.uint64(2 * LANES * (_LAST * stack + i))
        total = teacher.second_bias[stack, i] + clipped_dot(middle, weights, np.int64(LANES))
        output += min(max(total >> 6, np.int64(0)), np.int64(127)) * teacher.output[stack, i]
    value = (balance / 2.0 + output + skipping * 9600.0 / 8128.0) / 16.0
    # The more is on the board, the more a score weighs, as in the program itself.
    value *= (1064 + 106 * material / 5120.0) / 1024
    return np.int64(np.rint(value * 100.0 / _PAWN))
