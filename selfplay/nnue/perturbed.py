"""Quiet positions off the beaten track, scored by a teacher: random moves from known positions, and what follows.

A search sees positions that no good player reaches, and an evaluation must be right there too. From each of many known
positions a few random legal moves are played; a UCI engine scores what results at a fixed number of nodes. Where its
best move is a capture or a promotion, that is played and the position behind it is scored instead, up to a few times.
Positions in check, and scores of proven ends, are left out. The engine is asked without waiting for its answers, so
nothing but it takes time.

    python -m selfplay.nnue.perturbed positions.shard --limit "nodes 250" --positions 1000000 --seed 1 --out FOLDER
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from rich.progress import Progress

from engine.chess.movegen import legal
from engine.chess.packed import UNKNOWN, new_positions, pack, unpack
from engine.chess.play import play
from engine.chess.rules import ended
from engine.chess.state import EMPTY, MAX_MOVES, PAWN, PROMOTE_KNIGHT, STATE
from search.bits import ZERO
from search.kernel import kernel
from search.memory import aligned_records, copy_record
from search.rules import ONGOING
from selfplay.positions.shards import read_shards, shard_files, write_shard
from selfplay.programs import find_program

#: How many random moves are played, and how often each number is chosen.
PLIES, SHARES = (1, 2, 3, 4), (0.3, 0.4, 0.2, 0.1)
#: How often a capture may follow another before a position is given up.
MOST_CAPTURES = 6
#: Scores beyond ± this are left out, centipawns.
MOST_SCORE = 4000
#: Positions that are asked about together, and positions in a shard.
ASKED, IN_SHARD = 4_000, 200_000

_LETTERS = bytes(b".PNBRQK..pnbrqk."[code & 15] for code in range(256))


@kernel
def goes_on(state: Any, moves: Any) -> Any:
    """Whether the side to move is not in check and the game is not over."""
    return ended(state) == ONGOING and state.checkers == ZERO and legal(state, moves) > 0


@kernel
def perturb(packed: Any, order: Any, plies: Any, numbers: Any, moves: Any, child: Any, states: Any, good: Any) -> None:
    """Play plies[n] random moves from packed[order[n]] into states[n]; good[n] where the game goes on, without check.

    `numbers`, uint64 [n, most plies], choose the moves; `child` and `moves` are room for them.
    """
    for n in range(len(order)):
        unpack(packed[order[n]], states[n])
        good[n] = True
        for ply in range(plies[n]):
            count = np.int64(0)
            if ended(states[n]) == ONGOING:
                count = np.int64(legal(states[n], moves))
            if count == 0:
                good[n] = False
                break
            play(states[n], child, moves[np.int64(numbers[n, ply] % np.uint64(count))])
            copy_record(child, states[n])
        if good[n]:
            good[n] = goes_on(states[n], moves)


def fen(state: Any) -> str:
    """The FEN of a position of standard chess, several times as fast as by way of python-chess."""
    board = bytes(state["board"]).translate(_LETTERS).decode()
    rows = []
    for rank in range(7, -1, -1):
        row = board[8 * rank : 8 * rank + 8]
        for empty in range(8, 0, -1):
            row = row.replace("." * empty, str(empty))
        rows.append(row)
    rights = int(state["castling"])
    castling = "".join(letter for letter, square in zip("KQkq", (7, 0, 63, 56), strict=True) if rights >> square & 1)
    square = int(state["ep"])
    ep = "-" if square < 0 else "abcdefgh"[square & 7] + str((square >> 3) + 1)
    side = "wb"[int(state["side"])]
    return f"{'/'.join(rows)} {side} {castling or '-'} {ep} {state['halfmove']} {state['fullmove']}"


def move_named(state: Any, text: str, moves: npt.NDArray[np.int32]) -> int:
    """The legal move that an engine calls `text`; 0 if there is none (as for castling in its notation)."""
    origin = ord(text[0]) - 97 + 8 * (ord(text[1]) - 49)
    to = ord(text[2]) - 97 + 8 * (ord(text[3]) - 49)
    kind = PROMOTE_KNIGHT + "nbrq".index(text[4]) if len(text) > 4 else 0
    for move in moves[: int(legal(state, moves))]:
        if int(move) & 4095 == origin | to << 6 and (not kind or int(move) >> 12 == kind):
            return int(move)
    return 0


def is_noisy(state: Any, text: str) -> bool:
    """Whether the move that an engine calls `text` captures or promotes."""
    origin = ord(text[0]) - 97 + 8 * (ord(text[1]) - 49)
    to = ord(text[2]) - 97 + 8 * (ord(text[3]) - 49)
    taken = int(state["board"][to])
    if taken != EMPTY:
        return taken >> 3 != int(state["board"][origin]) >> 3  # the king that takes its rook castles
    return len(text) > 4 or (int(state["board"][origin]) & 7 == PAWN and to == int(state["ep"]))


class Teacher:
    """A UCI engine that is asked for scores, many at a time."""

    def __init__(self, command: str, limit: str) -> None:
        """`limit`: such as `nodes 250` or `depth 2`; ValueError if there is no such program."""
        path = find_program(command)
        self.limit = limit
        self.name = ""
        self._process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1 << 20)
        self._send(["uci", "setoption name Threads value 1", "setoption name Hash value 32", "isready"])
        for line in self._lines():
            if line.startswith(b"id name "):
                self.name = line[8:].decode().strip()
            if line.startswith(b"readyok"):
                break

    def _lines(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _send(self, lines: Iterable[str]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("".join(line + "\n" for line in lines).encode())
        self._process.stdin.flush()

    def answers(self, states: list[Any]) -> Iterator[tuple[int | None, str]]:
        """For each state the score, centipawns of the mover's view or None, and the best move."""
        from threading import Thread

        questions = [f"position fen {fen(state)}\ngo {self.limit}" for state in states]
        asking = Thread(target=self._send, args=(questions,))
        asking.start()
        for _ in states:
            last = b""
            for line in self._lines():
                if line.startswith(b"bestmove"):
                    break
                if b" score " in line:
                    last = line
            words = last.split()
            known = b"cp" in words
            yield int(words[words.index(b"cp") + 1]) if known else None, line.split()[1].decode()
        asking.join()

    def close(self) -> None:
        """Let the engine go."""
        self._send(["quit"])
        self._process.wait(10)


def scored(teacher: Teacher, packed: Any, seed: int) -> Iterator[tuple[Any, int, int]]:
    """Quiet positions around those of `packed` without end, each as state, score and best move."""
    generator = np.random.default_rng(seed)
    moves = np.zeros(MAX_MOVES, np.int32)
    child = aligned_records(1, STATE)
    follow: list[tuple[Any, int]] = []
    while True:
        states = aligned_records(ASKED, STATE)
        good = np.zeros(ASKED, np.bool_)
        perturb(
            packed,
            generator.integers(0, len(packed), ASKED),
            generator.choice(PLIES, ASKED, p=SHARES),
            generator.integers(0, 1 << 62, (ASKED, max(PLIES))).astype(np.uint64),
            moves,
            child[0],
            states,
            good,
        )
        asked = follow + [(states[n], 0) for n in np.flatnonzero(good)]
        follow = []
        for (state, captures), (score, best) in zip(asked, teacher.answers([state for state, _ in asked]), strict=True):
            if score is None or abs(score) > MOST_SCORE:
                continue
            move = move_named(state, best, moves)
            if not is_noisy(state, best):
                yield state, score, move
            elif move and captures < MOST_CAPTURES:
                play(state, child[0], move)
                if goes_on(child[0], moves):
                    after = aligned_records(1, STATE)
                    after[:] = child
                    follow.append((after[0], captures + 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("shards", type=Path, nargs="+", help="shards of positions to begin at, or folders of them")
    parser.add_argument("--engine", default="stockfish", help="a UCI program")
    parser.add_argument("--limit", default="nodes 250", help="for each score, as behind `go`: nodes N or depth N")
    parser.add_argument("--positions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True, help="folder for the shards")
    arguments = parser.parse_args()
    try:
        known = [shard.positions for _, shard in read_shards(shard_files(arguments.shards), print)]
        teacher = Teacher(arguments.engine, arguments.limit)
    except ValueError as error:
        parser.error(str(error))
    arguments.out.mkdir(parents=True, exist_ok=True)
    facts = {"kind": "perturbed", "teacher": teacher.name, "limit": arguments.limit, "seed": arguments.seed}
    room = new_positions(min(IN_SHARD, arguments.positions))
    found = 0
    with Progress() as progress:
        task = progress.add_task("positions", total=arguments.positions)
        source = scored(teacher, np.concatenate(known).view(np.recarray), arguments.seed)
        while found < arguments.positions:
            state, score, move = next(source)
            pack(state, room[found % len(room)], score, move, UNKNOWN)
            found += 1
            if found % 500 == 0 or found == arguments.positions:
                progress.update(task, completed=found)
            if found % len(room) == 0 or found == arguments.positions:
                number = (found - 1) // len(room)
                size = found - number * len(room)
                write_shard(arguments.out / f"perturbed-{arguments.seed}-{number:04}.shard", room[:size], facts)
    teacher.close()


if __name__ == "__main__":
    main()
