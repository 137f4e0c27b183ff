"""Openings for matches: built in, from EPD, FEN or PGN files (also inside a .zip), or Chess960 by number.

An opening is a start position and the moves from it, so that a PGN keeps its line and repetition sees its history.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import chess
import chess.pgn

#: The names of the sets that need no file.
BUILT_IN = ("builtin", "startpos", "chess960")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Where a game begins; played twice, colours swapped."""

    fen: str
    """The start position, in Shredder-FEN for Chess960."""
    moves: tuple[str, ...] = ()
    """The moves made before the players take over, in UCI notation."""
    chess960: bool = False
    """Whether castling is written and played by the rules of Chess960."""
    name: str = ""
    """For people, such as an EPD's `id`."""

    def board(self) -> chess.Board:
        """The board after the moves, with its history."""
        board = chess.Board(self.fen, chess960=self.chess960)
        for move in self.moves:
            board.push_uci(move)
        return board


def load_openings(source: str, *, plies: int | None = None, seed: int | None = None) -> list[Opening]:
    """The openings of `source`: `builtin`, `startpos`, `chess960`, `chess960:NUMBER`, or a file by its path.

    A file ends in .epd, .fen or .txt (one position a line), in .pgn, or in .zip with such files inside. `plies` cuts
    the lines of a PGN; without it they are whole. `seed` shuffles; without it the order is the source's. Positions with
    no legal move are left out. ValueError, with the line where there is one, for anything that is no opening.
    """
    openings = [opening for opening in _read(source, plies) if not opening.board().is_game_over()]
    if not openings:
        raise ValueError(f"there is no opening in {source}")
    if seed is not None:
        random.Random(seed).shuffle(openings)
    return openings


def chess960_opening(number: int) -> Opening:
    """The Chess960 start position of this number, 0 to 959 (518 is the usual one); ValueError for another number."""
    if not 0 <= number < 960:
        raise ValueError(f"Chess960 start positions are numbered 0 to 959, not {number}")
    return Opening(fen=chess.Board.from_chess960_pos(number).shredder_fen(), chess960=True, name=f"chess960 {number}")


def pair_opening(openings: Sequence[Opening], pair: int) -> Opening:
    """The opening of the pair of games with this number, from 0; the list starts again when it is used up."""
    return openings[pair % len(openings)]


def _read(source: str, plies: int | None) -> Iterable[Opening]:
    if source == "builtin":
        return _positions(resources.files("selfplay.matches").joinpath("openings.epd").read_text("ascii"), source)
    if source == "startpos":
        return [Opening(fen=chess.STARTING_FEN, name="startpos")]
    if source == "chess960":
        return [chess960_opening(number) for number in range(960)]
    if source.startswith("chess960:"):
        number = source.removeprefix("chess960:")
        if not number.isdecimal():
            raise ValueError(f"after chess960: stands a number from 0 to 959, not {number!r}")
        return [chess960_opening(int(number))]
    return _file(Path(source), plies)


def _file(path: Path, plies: int | None) -> Iterator[Opening]:
    if not path.is_file():
        raise ValueError(f"there is no openings file {path}; built in are {', '.join(BUILT_IN)}")
    if path.suffix.lower() != ".zip":
        yield from _parse(path.name, path.read_bytes(), plies)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                if Path(name).suffix.lower() in (".epd", ".fen", ".txt", ".pgn"):
                    yield from _parse(f"{path.name}:{name}", archive.read(name), plies)
    except zipfile.BadZipFile:
        raise ValueError(f"{path} is no zip archive") from None


def _parse(name: str, data: bytes, plies: int | None) -> Iterator[Opening]:
    # Old PGN collections are Latin-1; only comments and names can differ.
    text = data.decode("utf-8-sig", errors="replace")
    suffix = Path(name).suffix.lower()
    if suffix == ".pgn":
        return _games(text, name, plies)
    if suffix in (".epd", ".fen", ".txt"):
        return _positions(text, name)
    raise ValueError(f"{name} is no openings file: its name should end in .epd, .fen, .txt, .pgn or .zip")


def _positions(text: str, name: str) -> Iterator[Opening]:
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        yield _position(line.strip(), f"{name}, line {number}")


def _position(line: str, where: str) -> Opening:
    """One FEN or EPD, of Chess960 where its castling rights or king and rooks are not those of usual chess."""
    for chess960 in (False, True):
        board = chess.Board(chess960=chess960)
        fields = line.split()
        try:
            if len(fields) == 6 and fields[4].isdecimal() and fields[5].isdecimal():
                board.set_fen(line)
                operations: dict[str, object] = {}
            else:
                operations = dict(board.set_epd(line))
        except ValueError as error:
            raise ValueError(f"{where}: no position: {error}") from None
        if board.is_valid():
            fen = board.shredder_fen() if chess960 else board.fen()
            return Opening(fen=fen, chess960=chess960, name=str(operations.get("id", "")))
    raise ValueError(f"{where}: the position {line!r} cannot come from a game")


def _games(text: str, name: str, plies: int | None) -> Iterator[Opening]:
    stream = io.StringIO(text)
    number = 0
    while (game := chess.pgn.read_game(stream)) is not None:
        number += 1
        if game.errors:
            raise ValueError(f"{name}, game {number}: {game.errors[0]}")
        board = game.board()
        moves = [move.uci() for move in game.mainline_moves()][:plies]
        title = " ".join(filter(None, (game.headers.get("ECO"), game.headers.get("Opening"))))
        fen = board.shredder_fen() if board.chess960 else board.fen()
        yield Opening(fen=fen, moves=tuple(moves), chess960=board.chess960, name=title)
