"""Whole games of self-play, and as bytes: what travels from those who play to the one who learns, and lies in shards.

The bytes are a NumPy archive (no pickle) of these arrays, for g games with m moves and n samples together:

================  ==================  ===============================================================
`lengths`         int32 [g]           moves of each game
`moves`           uint16 [m]
`random`          int32 [g]           how many of them, at the beginning, were random
`results`         int8 [g]            1 if the first to move won, -1 if it lost, 0 for a draw
`resigned`        bool [g]
`played_on`       bool [g]            nobody might resign
`lowest`          float32 [g, 2]      see `PlayedGame`
`samples`         int32 [g]           samples of each game
`states`, …       as in `Samples`     the states as bytes, uint8 [n, size]; `past` uint8 [n, history, size]
================  ==================  ===============================================================
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from search.rules import Rules
from selfplay.learning.samples import Samples, no_samples

#: The arrays of `Samples` that hold states.
_RECORDS = ("states", "past")


@dataclass(frozen=True, kw_only=True)
class PlayedGame:
    """A finished game."""

    moves: tuple[int, ...]
    random: int
    """How many of the moves, at the beginning, were random."""
    result: int
    """1 if the first to move won, -1 if it lost, 0 for a draw."""
    samples: Samples
    """Of the moves from which is learnt."""
    resigned: bool = False
    played_on: bool = False
    """Whether nobody might resign, so that it shows when resigning would have been right."""
    lowest: tuple[float, float] = (1.0, 1.0)
    """Of the first and the second player, what `selfplay.zero.resignation.lowest_in_a_row` says."""


def joined(parts: Sequence[Samples], rules: Rules) -> Samples:
    """All samples in a row."""
    whole = no_samples(rules, sum(len(part) for part in parts), parts[0].history if parts else 0)
    first = 0
    for part in parts:
        for field in fields(Samples):
            getattr(whole, field.name)[first : first + len(part)] = getattr(part, field.name)
        first += len(part)
    return whole


def pack_games(games: Sequence[PlayedGame], rules: Rules) -> bytes:
    """The bytes of some games."""
    samples = joined([game.samples for game in games], rules)
    arrays = {field.name: getattr(samples, field.name) for field in fields(Samples)}
    for name in _RECORDS:
        records = np.ascontiguousarray(arrays[name])
        arrays[name] = np.frombuffer(records.tobytes(), np.uint8).reshape(*records.shape, records.dtype.itemsize)
    file = io.BytesIO()
    np.savez_compressed(
        file,
        lengths=np.array([len(game.moves) for game in games], np.int32),
        moves=np.array([move for game in games for move in game.moves], np.uint16),
        random=np.array([game.random for game in games], np.int32),
        results=np.array([game.result for game in games], np.int8),
        resigned=np.array([game.resigned for game in games], np.bool_),
        played_on=np.array([game.played_on for game in games], np.bool_),
        lowest=np.array([game.lowest for game in games], np.float32).reshape(-1, 2),
        samples=np.array([len(game.samples) for game in games], np.int32),
        **arrays,
    )
    return file.getvalue()


def unpack_games(content: bytes, rules: Rules) -> list[PlayedGame]:
    """The games in some bytes; ValueError, in one sentence, if there are none."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        n, history = arrays["past_repetitions"].shape
        samples = no_samples(rules, n, history)
        for field in fields(Samples):
            array = arrays[field.name]
            if field.name in _RECORDS:
                array = np.frombuffer(array.tobytes(), rules.dtype).reshape(array.shape[:-1])
            getattr(samples, field.name)[:] = array
        games = []
        last_move = np.cumsum(arrays["lengths"])
        last_sample = np.cumsum(arrays["samples"])
        for number, (length, size) in enumerate(zip(arrays["lengths"], arrays["samples"], strict=True)):
            rows = np.arange(last_sample[number] - size, last_sample[number])
            games.append(
                PlayedGame(
                    moves=tuple(arrays["moves"][last_move[number] - length : last_move[number]].tolist()),
                    random=int(arrays["random"][number]),
                    result=int(arrays["results"][number]),
                    samples=samples.take(rows),
                    resigned=bool(arrays["resigned"][number]),
                    played_on=bool(arrays["played_on"][number]),
                    lowest=(float(arrays["lowest"][number, 0]), float(arrays["lowest"][number, 1])),
                )
            )
        return games
    except (KeyError, ValueError, OSError, EOFError, IndexError, zipfile.BadZipFile) as error:
        raise ValueError(f"these are no games of {rules.name}: {error}") from None
