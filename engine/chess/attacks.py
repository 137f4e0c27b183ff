"""Squares that chess pieces attack, as bitboards.

Sliders use hyperbola quintessence (G. Jefferson and A. Reading, 2007): along a line, `o ^ (o - 2r)` gives the squares
from the slider r to the first piece of the occupancy o in one direction; the same on the mirrored board gives the other
direction. It needs 2 KB of masks, no large table and no multiplication. Along ranks, which mirroring leaves alone, 512
bytes hold the answers.

Kernels for others: `knight_attacks`, `king_attacks`, `pawn_attacks(side, square)`, `bishop_attacks(square, occupied)`,
`rook_attacks`, `between`, `line`, `attackers(state, square, occupied)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from search.bits import bit, byteswap
from search.kernel import inlined, kernel

Squares = npt.NDArray[np.uint64]

FILE_A = np.uint64(0x0101010101010101)
FILE_H = np.uint64(0x8080808080808080)


def _leaps(steps: list[tuple[int, int]]) -> list[int]:
    """For each square the set of squares that lie one of the (file, rank) steps away."""
    table = []
    for square in range(64):
        file, rank = square % 8, square // 8
        reached = [(file + right, rank + up) for right, up in steps]
        table.append(sum(1 << (8 * y + x) for x, y in reached if 0 <= x < 8 and 0 <= y < 8))
    return table


def _ray(square: int, right: int, up: int) -> int:
    """The squares from `square`, exclusive, to the edge of the board."""
    file, rank, squares = square % 8 + right, square // 8 + up, 0
    while 0 <= file < 8 and 0 <= rank < 8:
        squares |= 1 << (8 * rank + file)
        file, rank = file + right, rank + up
    return squares


def _lines(right: int, up: int) -> list[int]:
    return [_ray(square, right, up) | _ray(square, -right, -up) for square in range(64)]


def _rank_attacks() -> npt.NDArray[np.uint8]:
    """Attacks along a rank, [file * 64 + the six inner squares' occupancy], as 8 bits."""
    table = np.zeros(512, np.uint8)
    for file in range(8):
        for inner in range(64):
            occupied, attacked = inner << 1, 0
            for step in (-1, 1):
                x = file + step
                while 0 <= x < 8:
                    attacked |= 1 << x
                    if occupied >> x & 1:
                        break
                    x += step
            table[file * 64 + inner] = attacked
    return table


def _pairs() -> tuple[Squares, Squares]:
    """Squares strictly between two squares, and the whole line through them, [64 * 64]; empty if not aligned."""
    inner, whole = np.zeros(4096, np.uint64), np.zeros(4096, np.uint64)
    for square in range(64):
        for right, up in ((0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)):
            ray = _ray(square, right, up)
            line = ray | _ray(square, -right, -up) | 1 << square
            for other in range(64):
                if ray >> other & 1:
                    inner[64 * square + other] = ray & ~_ray(other, right, up) & ~(1 << other)
                    whole[64 * square + other] = line
    return inner, whole


_DIAGONALS = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
_STRAIGHT = [(1, 0), (-1, 0), (0, 1), (0, -1)]
_LEAPS = [(1, 2), (2, 1), (-1, 2), (-2, 1), (1, -2), (2, -1), (-1, -2), (-2, -1)]

_KNIGHT = np.array(_leaps(_LEAPS), np.uint64)
_KING = np.array(_leaps(_DIAGONALS + _STRAIGHT), np.uint64)
_PAWN = np.array(_leaps([(-1, 1), (1, 1)]) + _leaps([(-1, -1), (1, -1)]), np.uint64)
_FILE = np.array(_lines(0, 1), np.uint64)
_DIAGONAL = np.array(_lines(1, 1), np.uint64)
_ANTIDIAGONAL = np.array(_lines(1, -1), np.uint64)
_RANK = _rank_attacks()
_BETWEEN, _LINE = _pairs()


@inlined
def knight_attacks(square: Any) -> Any:
    """Squares that a knight on `square` attacks."""
    return _KNIGHT[square]


@inlined
def king_attacks(square: Any) -> Any:
    """Squares that a king on `square` attacks."""
    return _KING[square]


@inlined
def pawn_attacks(side: Any, square: Any) -> Any:
    """Squares that a pawn of `side` on `square` attacks."""
    return _PAWN[side * 64 + square]


@inlined
def _along(square: Any, occupied: Any, mask: Any) -> Any:
    """Attacks both ways along a line that crosses each rank at most once; `mask` is the line without `square`."""
    blockers = occupied & mask
    up = blockers - (bit(square) << np.uint64(1))
    down = byteswap(byteswap(blockers) - (bit(square ^ 56) << np.uint64(1)))
    return (up ^ down) & mask


@inlined
def bishop_attacks(square: Any, occupied: Any) -> Any:
    """Squares that a bishop on `square` attacks, blockers included."""
    return _along(square, occupied, _DIAGONAL[square]) | _along(square, occupied, _ANTIDIAGONAL[square])


@inlined
def rook_attacks(square: Any, occupied: Any) -> Any:
    """Squares that a rook on `square` attacks, blockers included."""
    first = np.uint64(square & 56)
    inner = (occupied >> (first + np.uint64(1))) & np.uint64(63)
    along_rank = np.uint64(_RANK[(square & 7) * 64 + np.int64(inner)]) << first
    return _along(square, occupied, _FILE[square]) | along_rank


@inlined
def between(one: Any, other: Any) -> Any:
    """Squares strictly between two squares on a line; empty if they are on none."""
    return _BETWEEN[64 * one + other]


@inlined
def line(one: Any, other: Any) -> Any:
    """The whole line through two squares, edge to edge; empty if they are on none."""
    return _LINE[64 * one + other]


@kernel
def attackers(state: Any, square: Any, occupied: Any) -> Any:
    """Pieces of both sides that attack `square` when `occupied` squares block sliders."""
    pieces = state.pieces
    colours = state.colours
    return (
        (_PAWN[64 + square] & pieces[0] & colours[0])
        | (_PAWN[square] & pieces[0] & colours[1])
        | (_KNIGHT[square] & pieces[1])
        | (_KING[square] & pieces[5])
        | (bishop_attacks(square, occupied) & (pieces[2] | pieces[4]))
        | (rook_attacks(square, occupied) & (pieces[3] | pieces[4]))
    )
