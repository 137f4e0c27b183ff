"""Scoring stored positions again: with any UCI engine, with our own alpha-beta, or with tree search and a network.

The results of the games stay; score and best move become the teacher's. While a shard is being labelled, a file beside
it, `NAME.shard.labels-TEACHER`, grows by 4 bytes for each position, so that a kill loses a few positions at most.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from multiprocessing.util import Finalize
from pathlib import Path

import chess.engine
import numpy as np
import numpy.typing as npt

from engine.chess.game import ChessGame
from engine.chess.nnue import network_of
from engine.chess.packed import PACKED, states_of
from engine.chess.rules import CHESS
from engine.players import new_searcher, new_tree_search
from nets.shipped import network_file
from search.rules import State
from search.searcher import MATE, Limits, Root, Searcher
from search.worker_pool import worker_pool
from selfplay.positions.shards import Positions, read_shard, write_shard

#: A teacher's word on a position: score and best move, as in `engine.chess.packed`.
LABEL = np.dtype([("score", "<i2"), ("move", "<u2")])
LABELS = ".labels"
#: Positions that a process labels in one piece of work.
_AT_ONCE = 64
#: Scores of engines are cut here; beyond are proven ends.
_MOST_SCORE = 20_000


@dataclass(frozen=True, kw_only=True)
class Teacher:
    """Who scores positions, and how long it thinks. Exactly one of `engine`, `evaluation` and `network` is named."""

    nodes: int
    """For each position."""
    engine: str = ""
    """A command that starts a UCI program."""
    options: tuple[tuple[str, str], ...] = ()
    """UCI options of `engine`."""
    evaluation: str = ""
    """Our own alpha-beta with the evaluation of this name."""
    evaluation_network: str = field(init=False, default="")
    """Digits of the SHA-256 of the network of `evaluation`, where it has one."""
    network: str = ""
    """Our own tree search with the residual network in this file."""

    def __post_init__(self) -> None:
        if self.nodes < 1:
            raise ValueError(f"a teacher needs at least 1 node, not {self.nodes}")
        if sum(map(bool, (self.engine, self.evaluation, self.network))) != 1:
            raise ValueError("a teacher is an engine, an evaluation or a network, and only one of them")
        known = ChessGame().evaluations
        if self.network:
            network_file(self.network)
        if self.evaluation and self.evaluation not in known:
            raise ValueError(f"there is no evaluation {self.evaluation!r} of chess; there are {', '.join(known)}")
        object.__setattr__(self, "evaluation_network", network_of(self.evaluation))

    @property
    def name(self) -> str:
        """For a shard's facts."""
        if self.network:
            return f"tree search with {Path(self.network).name}"
        return f"alpha-beta with {self.evaluation}" if self.evaluation else self.engine

    @property
    def digest(self) -> str:
        """Eight hex digits that differ between teachers."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:8]


class _Judge(ABC):
    """A teacher at work in one process."""

    @abstractmethod
    def judge(self, state: State) -> tuple[int, int]:
        """Score, the mover's view, and best move of a state that is not over."""


class _Own(_Judge):
    """A searcher of this house."""

    def __init__(self, teacher: Teacher) -> None:
        self._limits = Limits(nodes=teacher.nodes)
        self._searcher: Searcher
        if teacher.evaluation:
            self._searcher = new_searcher(ChessGame(), teacher.evaluation, hash_mib=1)
        else:
            self._searcher = new_tree_search(ChessGame(), teacher.network, hash_mib=16)

    def judge(self, state: State) -> tuple[int, int]:
        # What is known of one position must not depend on which were asked for before.
        self._searcher.new_game()
        result = self._searcher.search(Root(state=state), self._limits)
        return result.score, result.move


class _Engine(_Judge):
    """A UCI program."""

    def __init__(self, teacher: Teacher) -> None:
        try:
            self._engine = chess.engine.SimpleEngine.popen_uci(shlex.split(teacher.engine))
            # When this object goes, or a worker process ends: python-chess's thread would keep it from ending.
            Finalize(self, self._engine.close, exitpriority=1)
            known = {name.lower(): name for name in self._engine.options}
            wanted = {"Threads": "1", "Hash": "16", **dict(teacher.options)}
            given = {known[name.lower()]: value for name, value in wanted.items() if name.lower() in known}
            for name, _ in teacher.options:
                if name.lower() not in known:
                    raise ValueError(f"{teacher.engine} has no option {name}")
            self._engine.configure(given)
        except (OSError, chess.engine.EngineError, chess.engine.EngineTerminatedError) as error:
            raise ValueError(f"{teacher.engine} does not start as a UCI engine: {error}") from None
        self._limit = chess.engine.Limit(nodes=teacher.nodes)
        self._game = ChessGame()
        self._rules = ChessGame(chess960=True)
        self._name = teacher.engine

    def judge(self, state: State) -> tuple[int, int]:
        board = self._game.board(state)
        try:
            # A game of its own, so that nothing is remembered from other positions.
            answer = self._engine.play(board, self._limit, game=object(), info=chess.engine.INFO_SCORE)
        except chess.engine.EngineError as error:
            raise ValueError(f"{self._name} failed at {board.fen()}: {error}") from None
        score = answer.info.get("score")
        if answer.move is None or score is None:
            raise ValueError(f"{self._name} told no score or no move at {board.fen()}")
        move = self._rules.parse_move(state, board.uci(answer.move, chess960=True))
        mate = score.relative.mate()
        if mate is not None:
            return (MATE - 2 * mate + 1 if mate > 0 else -MATE - 2 * mate), move
        points = score.relative.score() or 0
        return max(min(points, _MOST_SCORE), -_MOST_SCORE), move


@lru_cache(maxsize=1)
def _judge(teacher: Teacher) -> _Judge:
    """Kept by a process from piece to piece."""
    return _Engine(teacher) if teacher.engine else _Own(teacher)


def label_positions(teacher: Teacher, positions: bytes) -> bytes:
    """The labels, [n] of LABEL, of positions, [n] of PACKED; the unit of work. ValueError if the teacher fails.

    What it begins is kept for the next call; `forget` ends it.
    """
    judge = _judge(teacher)
    states = states_of(np.frombuffer(positions, PACKED))
    labels = np.zeros(len(states), LABEL)
    moves = np.zeros(CHESS.max_moves, np.int32)
    for index in range(len(states)):
        state = states[index]
        if int(CHESS.legal(state, moves)) == 0:
            raise ValueError(f"the game is over in {ChessGame().text(state)}, so that nothing can be said of it")
        labels[index] = judge.judge(state)
    return labels.tobytes()


def forget() -> None:
    """End what `label_positions` has begun in this process; without that, an engine keeps the process from ending."""
    _judge.cache_clear()


def labelled(positions: Positions, labels: npt.NDArray[np.void]) -> Positions:
    """`positions` [n] with the teacher's scores and moves [n]; results stay."""
    changed = positions.copy()
    changed["score"] = labels["score"]
    changed["move"] = labels["move"]
    return changed


def label_shard(source: Path, target: Path, teacher: Teacher, processes: int) -> Iterator[int]:
    """Label the shard in `source` and write `target`, whole or not at all; yields how many positions are labelled.

    Goes on from what an earlier call has left beside `target`. ShardError if `source` is damaged; ValueError if the
    teacher fails.
    """
    shard = read_shard(source)
    count = len(shard.positions)
    path = target.with_name(f"{target.name}{LABELS}-{teacher.digest}")
    with path.open("ab") as file:
        done = min(file.tell() // LABEL.itemsize, count)
        file.truncate(done * LABEL.itemsize)
        file.seek(done * LABEL.itemsize)
        yield done
        for piece in _pieces(shard.positions[done:], teacher, processes):
            file.write(piece)
            file.flush()
            done += len(piece) // LABEL.itemsize
            yield done
    labels = np.frombuffer(path.read_bytes(), LABEL)
    facts = {**shard.facts, "labelled_by": teacher.name, "teacher": asdict(teacher)}
    write_shard(target, labelled(shard.positions, labels), facts)
    path.unlink()


def _pieces(positions: Positions, teacher: Teacher, processes: int) -> Iterator[bytes]:
    """The labels of pieces of `positions`, in order."""
    pieces = (positions[begin : begin + _AT_ONCE].tobytes() for begin in range(0, len(positions), _AT_ONCE))
    if processes == 1:
        try:
            for piece in pieces:
                yield label_positions(teacher, piece)
        finally:
            forget()
        return
    with worker_pool(processes) as pool:
        waiting: list[Future[bytes]] = []
        try:
            for piece in pieces:
                waiting.append(pool.submit(label_positions, teacher, piece))
                if len(waiting) > 2 * processes:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            pool.shutdown(cancel_futures=True)


def targets(sources: list[Path], folder: Path, teacher: Teacher) -> list[tuple[Path, Path]]:
    """Each shard of `sources` that is still to be labelled, with the file that it becomes in `folder`.

    ValueError if two would be one file, one would be written over itself, or another teacher's labels are there.
    """
    names = [source.name for source in sources]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise ValueError(f"two shards are called {double}; label their folders one after the other")
    waiting = []
    for source in sources:
        target = folder / source.name
        if source.resolve() == target.resolve():
            raise ValueError(f"{source} would be written over itself; choose another folder for --out")
        if not target.exists():
            waiting.append((source, target))
        elif read_shard(target).facts.get("teacher") != json.loads(json.dumps(asdict(teacher))):
            raise ValueError(f"{target} has another teacher, or none; choose another folder for --out")
    return waiting
