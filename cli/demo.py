"""`matchbox demo`: what Matchbox does, seen in under a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cli.first_use import compiled

if TYPE_CHECKING:
    from engine.game import Position

#: White thinks this long about a move; Black looks at so few positions only, so that the game is short.
WHITE_SECONDS, BLACK_NODES = 0.1, 400
#: The game is broken off after so many plies.
LONGEST = 160
#: The pictures of the puzzle are so many moves apart.
PUZZLE_STEPS = 14
#: White mates in 3, with a bishop behind a rook.
MATE = "r5rk/5p1p/5R2/4B3/8/8/7P/7K w - - 0 1"


def demo() -> None:
    """Play a short game of chess, find a mate in 3, solve Hexapawn and a puzzle in pictures; then say what to try next.

    \b
    Examples:
      matchbox demo
    """
    compiled("chess search", "hexapawn solver", "planning over bits")
    console = Console(highlight=False)
    started = time.monotonic()
    console.rule("The engine against a weaker self")
    _game(console)
    console.rule("Mate in 3")
    _mate(console)
    console.rule("Hexapawn, the game of the matchboxes, solved")
    _hexapawn(console)
    console.rule("The 8-puzzle, planned from two pictures")
    _puzzle(console)
    console.rule("What next?")
    for command, purpose in (
        ("matchbox play", "play against it here, in the terminal"),
        ("matchbox analyse --seconds 5", "its view of a FEN or a PGN game"),
        ("matchbox-uci", "the engine, for UCI chess programs"),
        ("matchbox solve hexapawn-4x5", "who wins on larger boards"),
        ("matchbox latplan train hanoi", "learn a puzzle from pictures"),
        ("matchbox --help", "everything else"),
    ):
        console.print(f"  {command:<31}{purpose}")
    console.print(f"\nThat took {time.monotonic() - started:.0f} s.")


def _game(console: Console) -> None:
    """A game between unequal copies of the engine, drawn as it goes."""
    from engine.chess.game import ChessGame
    from engine.game import Position
    from engine.players import new_searcher
    from search.searcher import Limits

    game = ChessGame()
    position = Position(game)
    players = (new_searcher(game), new_searcher(game))
    limits = (Limits(seconds=WHITE_SECONDS), Limits(nodes=BLACK_NODES))
    console.print(f"White thinks {WHITE_SECONDS} s about a move; Black sees {BLACK_NODES} positions a move.\n")
    sans: list[str] = []
    with Live(console=console, auto_refresh=False) as live:
        while (outcome := position.outcome()) is None and len(sans) < LONGEST:
            result = players[position.side].search(position.root(), limits[position.side])
            sans.append(game.san(position.state, result.move))
            position.push(result.move)
            live.update(_board(position, sans), refresh=True)
    ending = f"{outcome.result}, {outcome.reason}" if outcome else "broken off here"
    console.print(f"\n{ending}, after {(len(sans) + 1) // 2} moves.\n")


def _board(position: Position, sans: list[str]) -> Text:
    """The board and the moves so far."""
    numbered = [f"{i // 2 + 1}.\u00a0{san}" if i % 2 == 0 else san for i, san in enumerate(sans)]
    return Text(position.game.draw(position.state) + "\n\n" + " ".join(numbered))


def _mate(console: Console) -> None:
    """A mate that is found, with its line."""
    from engine.chess.game import ChessGame
    from engine.game import Position
    from engine.notation import line_names, mate_in
    from engine.players import new_searcher
    from search.searcher import Limits

    game = ChessGame()
    position = Position(game, MATE)
    console.print(game.draw(position.state) + "\n")
    result = new_searcher(game).search(position.root(), Limits(mate=3, seconds=10))
    sans = line_names(game, position.state, result.lines[0].pv)
    milliseconds = 1000 * result.seconds
    console.print(f"White mates in {mate_in(result.score)}: {' '.join(sans)}")
    console.print(f"found in {milliseconds:.0f} ms, after {result.nodes:,} positions.\n")


def _hexapawn(console: Console) -> None:
    """Hexapawn on 3x3, solved to the end."""
    from engine.game import Position
    from engine.games import game as named
    from engine.hexapawn.packing import PACKING
    from engine.notation import line_names
    from search.minimax import solve

    game = named("hexapawn3x3")
    position = Position(game)
    console.print(game.draw(position.state) + "\n")
    solution = solve(PACKING, position.state)
    assert solution is not None
    entry = solution[position.state]
    winner = "first" if entry.value > 0 else "second"
    texts = line_names(game, position.state, solution.line(position.state))
    console.print(f"With best play the {winner} player wins in {entry.distance} plies: {' '.join(texts)}")
    console.print(f"({len(solution)} positions in all). In 1962 Martin Gardner taught this game to 24 matchboxes.\n")


def _puzzle(console: Console) -> None:
    """A plan in pictures, by a model that has seen nothing but pictures."""
    import tempfile
    from pathlib import Path

    import numpy as np

    from latplan.domains import domain
    from latplan.model import load_model
    from latplan.planners import SearchLimits, planner
    from latplan.planning import plan_pictures
    from latplan.shipped import model_file
    from latplan.strip import save_plan

    puzzle = domain("8-puzzle")
    model = load_model(model_file("8-puzzle"))
    instance = puzzle.instance(PUZZLE_STEPS, np.random.default_rng(1))
    start, goal = puzzle.draw([instance.start, instance.goal])
    answer = plan_pictures(model, start, goal, planner("bidirectional"), SearchLimits())
    folder = Path(tempfile.mkdtemp(prefix="matchbox-"))
    save_plan(answer.frames, folder)
    bits, actions = model.task.bits, len(model.task.actions)
    console.print(f"From pictures of moves, nothing else, a model has learnt {bits} bits and {actions} actions.")
    console.print(f"From one picture to another it takes {answer.result.cost} moves, the fewest by the learnt actions.")
    console.print(f"{answer.result.expanded} states were looked at, in {1000 * answer.seconds['plan']:.0f} ms.")
    console.print(f"See {folder / 'strip.png'} and {folder / 'plan.gif'}\n", soft_wrap=True)
