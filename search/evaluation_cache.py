"""A cache around an evaluator, which is an evaluator itself: what was asked before is answered from memory.

What counts as the same is everything that an evaluator is told: every byte of the state (for chess also the plies
since the last capture or pawn move), its repetitions, and the earlier states that the evaluator looks at. All of it is
stored and compared, so that no two questions with the same hash are ever taken for each other.

    bucket = hash of the question, 4 entries; the one that was not used for longest gives way
    entry  = the question's bytes | answers: win, draw, loss, moves left | a logit for each legal move
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from search.evaluator import Batch, Evaluator, new_batch
from search.hashing import mix
from search.kernel import compile_kernel, kernel
from search.mcts.gathering import copy_row

_WAYS = 4
#: States with more moves than this are not kept: hardly any has so many, and every entry would have to have the room.
_WIDEST = 96
#: Added to every word that is hashed, so that zeros count too.
_STEP = np.uint64(0x9E37_79B9_7F4A_7C15)


class Entries(NamedTuple):
    """The cache, [buckets * 4] each."""

    hashes: npt.NDArray[np.uint64]
    used: npt.NDArray[np.uint32]
    """When it was last of use; 0 for an empty one."""
    questions: npt.NDArray[np.uint8]
    """[…, bytes]."""
    answers: npt.NDArray[np.float32]
    """[…, 4]."""
    logits: npt.NDArray[np.float32]
    """[…, moves]."""


class CachedEvaluator(Evaluator):
    """Answers as the evaluator within does, and asks it only what it has not been asked before."""

    def __init__(self, evaluator: Evaluator, *, mib: float = 32.0) -> None:
        """`mib`: MiB of the cache. ValueError if that is too little for anything."""
        self.name = evaluator.name
        self.rules = evaluator.rules
        self.history = evaluator.history
        self.tells_moves_left = evaluator.tells_moves_left
        self.evaluator = evaluator
        state_bytes = self.rules.dtype.itemsize
        question = (1 + self.history) * (state_bytes + 4)
        moves = min(self.rules.max_moves, _WIDEST)
        buckets = int(mib * 2**20) // (_WAYS * (question + 4 * moves + 4 * 4 + 8 + 4))
        if buckets < 1:
            raise ValueError(f"a cache of {mib} MiB holds nothing")
        n = _WAYS * (1 << (buckets.bit_length() - 1))
        self._entries = Entries(
            np.zeros(n, np.uint64),
            np.zeros(n, np.uint32),
            np.zeros((n, question), np.uint8),
            np.zeros((n, 4), np.float32),
            np.zeros((n, moves), np.float32),
        )
        self._clock = np.ones(1, np.uint32)
        self._asked = new_batch(self.rules, 0, self.history)
        self.hits = 0
        self.misses = 0

    def compile(self) -> None:
        batch, rows = new_batch(self.rules, 1, self.history), np.zeros(1, np.int64)
        states, past = _bytes(batch.states), _bytes(batch.past)
        compile_kernel(recall_rows, self._entries, self._clock, states, past, batch, np.zeros(1, np.bool_))
        compile_kernel(keep_rows, self._entries, self._clock, states, past, batch)
        compile_kernel(copy_rows, batch, rows, batch)
        compile_kernel(copy_answers, batch, batch, rows)
        self.evaluator.compile()

    def reset(self, seed: int) -> None:
        """Forget everything."""
        self._entries.used[:] = 0
        self._clock[0] = 1
        self.hits = self.misses = 0
        self.evaluator.reset(seed)

    def recall(self, batch: Batch) -> npt.NDArray[np.bool_]:
        known = np.zeros(len(batch.counts), np.bool_)
        recall_rows(self._entries, self._clock, _bytes(batch.states), _bytes(batch.past), batch, known)
        self.hits += int(known.sum())
        return known

    def evaluate(self, batch: Batch) -> None:
        known = self.recall(batch)
        unknown = np.flatnonzero(~known)
        n = len(unknown)
        self.misses += n
        if n == 0:
            return
        if n == len(known):
            asked = batch
            self.evaluator.evaluate(batch)
        else:
            if n > len(self._asked.counts):
                self._asked = new_batch(self.rules, len(known), self.history)
            asked = self._asked.first(n)
            copy_rows(batch, unknown, asked)
            self.evaluator.evaluate(asked)
            copy_answers(asked, batch, unknown)
        keep_rows(self._entries, self._clock, _bytes(asked.states), _bytes(asked.past), asked)


def _bytes(states: Any) -> npt.NDArray[np.uint8]:
    """The bytes of records [n, …] as uint8 [n, m]; contiguous ones, which are not copied."""
    n = len(states)
    return np.asarray(states).view(np.uint8).reshape(n, -1) if states.size else np.zeros((n, 0), np.uint8)


@kernel
def copy_rows(source: Any, rows: Any, target: Any) -> None:
    """Copy what an evaluator reads of the `rows` of a batch to the first rows of another."""
    for place in range(len(rows)):
        copy_row(source, rows[place], target, place)


@kernel
def copy_answers(source: Any, target: Any, rows: Any) -> None:
    """Copy the answers in the first rows of a batch to the `rows` of another."""
    for place in range(len(rows)):
        row = rows[place]
        for index in range(source.counts[place]):
            target.logits[row, index] = source.logits[place, index]
        for index in range(3):
            target.wdl[row, index] = source.wdl[place, index]
        target.moves_left[row] = source.moves_left[place]


@kernel
def _hash(states: Any, past: Any, batch: Any, row: Any) -> Any:
    """The hash of a question."""
    total = mix(np.uint64(batch.repetitions[row]) + _STEP)
    for index in range(states.shape[1]):
        total = (total ^ np.uint64(states[row, index])) * _STEP
        total ^= total >> np.uint64(29)
    known = np.int64(batch.past_counts[row])
    for before in range(known):
        total = mix(total ^ np.uint64(batch.past_repetitions[row, before])) + _STEP
    length = past.shape[1] // max(batch.past.shape[1], 1)
    for index in range(known * length):
        total = (total ^ np.uint64(past[row, index])) * _STEP
        total ^= total >> np.uint64(29)
    return mix(total + np.uint64(known))


@kernel
def _question(states: Any, past: Any, batch: Any, row: Any, question: Any) -> None:
    """Write the bytes of a question; the places of earlier states that are not known are 0."""
    size = states.shape[1]
    question[:] = 0
    question[0] = batch.repetitions[row] & 255
    question[1] = (batch.repetitions[row] >> 8) & 255
    question[2] = batch.past_counts[row]
    for index in range(size):
        question[4 + index] = states[row, index]
    for before in range(np.int64(batch.past_counts[row])):
        start = (1 + before) * (size + 4)
        question[start] = batch.past_repetitions[row, before] & 255
        question[start + 1] = (batch.past_repetitions[row, before] >> 8) & 255
        for index in range(size):
            question[start + 4 + index] = past[row, before * size + index]


@kernel
def _same(question: Any, other: Any) -> Any:
    """Whether two questions have the same bytes."""
    differ = False
    for index in range(len(question)):
        differ |= question[index] != other[index]
    return not differ


@kernel
def recall_rows(entries: Any, clock: Any, states: Any, past: Any, batch: Any, known: Any) -> None:
    """Answer the rows that are in the cache, and mark them in `known`, bool [n]."""
    question = np.zeros(entries.questions.shape[1], np.uint8)
    buckets = np.uint64(len(entries.hashes) // _WAYS - 1)
    for row in range(len(batch.counts)):
        wanted = _hash(states, past, batch, row)
        first = np.int64(wanted & buckets) * _WAYS
        written = False
        for entry in range(first, first + _WAYS):
            if entries.used[entry] == 0 or entries.hashes[entry] != wanted:
                continue
            if not written:
                _question(states, past, batch, row, question)
                written = True
            if not _same(entries.questions[entry], question):
                continue
            for index in range(batch.counts[row]):
                batch.logits[row, index] = entries.logits[entry, index]
            for index in range(3):
                batch.wdl[row, index] = entries.answers[entry, index]
            batch.moves_left[row] = entries.answers[entry, 3]
            entries.used[entry] = clock[0]
            clock[0] += np.uint32(1)
            known[row] = True
            break


@kernel
def keep_rows(entries: Any, clock: Any, states: Any, past: Any, batch: Any) -> None:
    """Store the answers of every row."""
    buckets = np.uint64(len(entries.hashes) // _WAYS - 1)
    for row in range(len(batch.counts)):
        if batch.counts[row] > entries.logits.shape[1]:
            continue
        wanted = _hash(states, past, batch, row)
        first = np.int64(wanted & buckets) * _WAYS
        place = first
        for entry in range(first, first + _WAYS):
            if entries.used[entry] < entries.used[place]:
                place = np.int64(entry)
        entries.hashes[place] = wanted
        entries.used[place] = clock[0]
        clock[0] += np.uint32(1)
        _question(states, past, batch, row, entries.questions[place])
        for index in range(batch.counts[row]):
            entries.logits[place, index] = batch.logits[row, index]
        for index in range(3):
            entries.answers[place, index] = batch.wdl[row, index]
        entries.answers[place, 3] = batch.moves_left[row]
