"""`matchbox play`: a game between a person and the engine in the terminal."""

from __future__ import annotations

import datetime
import random
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.first_use import loaded
from cli.refusal import refuse, understood, writable
from cli.search_options import (
    DepthOption,
    EvaluationOption,
    HashOption,
    NodesOption,
    SecondsOption,
    ThreadsOption,
    limits,
)
from engine.uci.options import HIGHEST_ELO, LOWEST_ELO

if TYPE_CHECKING:
    from engine.game import Outcome, Position
    from search.searcher import Limits, Searcher

COMMANDS = """Type a move (Nf3, e4, exd5, O-O, e8=Q, or e2e4), or one of:
  moves      list the legal moves        undo       take back your last move
  hint       what the engine would play  board      draw the board again
  save FILE  write the game as PGN       resign     give the game up
  help       this list                   quit       leave without a result"""


class Side(StrEnum):
    """Who the person plays."""

    FIRST = "white"
    SECOND = "black"
    RANDOM = "random"


def play(
    side: Annotated[Side, typer.Option(help="Your side; white moves first, in Hexapawn too.")] = Side.FIRST,
    seconds: SecondsOption = None,
    nodes: NodesOption = None,
    depth: DepthOption = None,
    elo: Annotated[
        int | None, typer.Option(min=LOWEST_ELO, max=HIGHEST_ELO, help="Make the engine weaker, to about this.")
    ] = None,
    game: Annotated[str, typer.Option(help="chess, chess960, hexapawn3x3 and larger.")] = "chess",
    fen: Annotated[str | None, typer.Option(help="Begin from this position.")] = None,
    pgn: Annotated[Path | None, typer.Option(help="Save the game here when it ends.")] = None,
    threads: ThreadsOption = 1,
    hash_mib: HashOption = 64,
    evaluation: EvaluationOption = "",
) -> None:
    """Play a game against the engine, which thinks 1 second a move unless told otherwise.

    Moves are typed in algebraic notation (Nf3) or as coordinates (g1f3); `help` lists what else can be typed. Chess960
    begins with a shuffled first row.

    \b
    Examples:
      matchbox play
      matchbox play --side black --elo 1200
      matchbox play --game hexapawn3x3 --side black
    """
    from cli.interruptible import Interruptible
    from engine.chess.game import ChessGame
    from engine.game import Position
    from engine.games import game as named
    from engine.players import new_searcher

    with understood():
        played = named(game)
        position = Position(played, _shuffled() if fen is None and game == "chess960" else fen)
        if pgn is not None and not isinstance(played, ChessGame):
            refuse(f"PGN is for chess; {played.name} cannot be saved")
        writable(pgn)
        searcher = Interruptible(new_searcher(played, evaluation, hash_mib=hash_mib, threads=threads))
    loaded(searcher, played)
    person = random.randrange(2) if side is Side.RANDOM else int(side is Side.SECOND)
    each = limits(seconds, nodes, depth, default_seconds=1.0)
    conversation = _Conversation(position, searcher, each, person, elo)
    try:
        conversation.run()
    finally:  # Ctrl-C too ends a game that is worth keeping
        if pgn is not None:
            conversation.save(pgn)


def _shuffled() -> str:
    """A random initial position of Chess960."""
    import chess

    return chess.Board.from_chess960_pos(random.randrange(960)).shredder_fen()


class _Conversation:
    """What a person types, and what the engine answers, until the game ends."""

    def __init__(self, position: Position, searcher: Searcher, each: Limits, person: int, elo: int | None) -> None:
        self.position = position
        self.searcher = searcher
        self.limits = each
        self.person = person
        self.elo = elo
        self.random = random.Random()
        self.outcome: Outcome | None = None
        self.over = False

    def run(self) -> None:
        """Play until the game ends or the person leaves."""
        typer.echo(COMMANDS + "\n")
        self._draw()
        while not self.over:
            self.outcome = self.position.outcome()
            if self.outcome is not None:
                break
            if self.position.side != self.person:
                self._answer()
                continue
            try:
                line = input("your move: ").strip()
            except EOFError:
                typer.echo()
                break
            if line:
                self._obey(line)
        if self.outcome is not None:
            won = self.outcome.winner
            words = "A draw" if won is None else "You win" if won == self.person else "The engine wins"
            typer.echo(f"{words}: {self.outcome.reason} ({self.outcome.result}).")

    def _obey(self, line: str) -> None:
        """Carry out what was typed."""
        from engine.game import Outcome
        from engine.notation import move_name, parse_move

        word, _, rest = line.partition(" ")
        position = self.position
        if word == "help":
            typer.echo(COMMANDS)
        elif word == "board":
            self._draw()
        elif word == "moves":
            typer.echo(" ".join(sorted(move_name(position.game, position.state, move) for move in position.legal())))
        elif word == "hint":
            result = self.searcher.search(position.root(), self.limits)
            typer.echo(f"perhaps {move_name(position.game, position.state, result.move)}")
        elif word == "undo":
            self._undo()
        elif word == "save":
            self.save(Path(rest.strip() or "game.pgn"), fatal=False)
        elif word == "resign":
            self.outcome = Outcome(1 - self.person, "resignation")
            self.over = True
        elif word in ("quit", "exit"):
            self.over = True
        else:
            try:
                position.push(parse_move(position.game, position.state, line))
            except ValueError as error:
                typer.echo(f"{error} (type help for what is understood)")
                return
            self._draw()

    def _undo(self) -> None:
        """Take back moves up to and with the person's last one."""
        own = [ply for ply, state in enumerate(self.position.states[:-1]) if int(state.side) == self.person]
        if not own:
            typer.echo("there is no move of yours to take back")
            return
        while len(self.position.moves) > own[-1]:
            self.position.pop()
        self._draw()

    def _answer(self) -> None:
        """Let the engine move."""
        from engine.notation import move_name

        move = self._chosen()
        name = move_name(self.position.game, self.position.state, move)
        self.position.push(move)
        typer.echo(f"the engine plays {name}")
        self._draw()

    def _chosen(self) -> int:
        """The engine's move, weakened to the rating that was asked."""
        from engine.strength import search_weakly

        root = self.position.root()
        if self.elo is None:
            return self.searcher.search(root, self.limits).move
        return search_weakly(self.searcher, root, self.limits, self.elo, self.random).move

    def _draw(self) -> None:
        typer.echo(self.position.game.draw(self.position.state, self.person) + "\n")

    def save(self, file: Path, *, fatal: bool = True) -> None:
        """Write the game as PGN; a mistake ends the command if `fatal`."""
        from engine.record import pgn
        from search.whole_file import write_whole

        names = ["Matchbox", "Matchbox"]
        names[self.person] = "You"
        headers = {
            "Event": "A game in the terminal",
            "Site": "?",
            "Date": datetime.date.today().strftime("%Y.%m.%d"),
            "Round": "-",
            "White": names[0],
            "Black": names[1],
        }
        try:
            text = pgn(self.position, headers, self.outcome.result if self.outcome else "*")
            write_whole(file, text)
        except (OSError, TypeError) as error:
            sentence = f"the game is not saved: {error}"
            if fatal:
                refuse(sentence)
            typer.echo(sentence)
            return
        typer.echo(f"saved in {file}")
