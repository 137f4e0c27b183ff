"""What the protocol's commands do: the game, the position, the searcher, and what they answer."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engine.bench import bench
from engine.book import Book
from engine.chess.classical.explain import explain
from engine.chess.game import ChessGame
from engine.chess.nnue import nnue_evaluation
from engine.chess.nnue_table import explain_network
from engine.chess.perft import divide
from engine.clock import allot
from engine.game import Game, Position
from engine.games import game as game_of
from engine.players import Baseline, new_baseline, new_evaluator, new_searcher, weights_file
from engine.strength import search_weakly
from engine.tablebase import RootProbe, Tablebase
from engine.uci.commands import Go, PositionCommand
from engine.uci.option import Value
from engine.uci.options import Settings
from engine.uci.report import bestmove_line, info_line, statistics_line
from engine.uci.tree_options import EVALUATOR_NAMES, SEARCH_NAMES, temperature, tree_options
from nets.nnue.file import load_network
from search.alphabeta import AlphaBeta
from search.evaluation import Evaluation
from search.mcts import MonteCarlo
from search.playouts import Playouts
from search.rules import NO_MOVE
from search.searcher import MATE, MAX_PLY, Info, Limits, Line, OnInfo, Result, Stop

Say = Callable[[str], None]


class Session:
    """One conversation. Commands come one at a time; `stop` and `ponderhit` reach a search through its Stop."""

    def __init__(self, settings: Settings, say: Say) -> None:
        """Begin with the chess of `settings`; `say` sends a line."""
        self.settings = settings
        self.say = say
        self._network: Evaluation | None = None  # of EvalFile; the one that is shipped if None
        self.game: Game = self._chosen_game()
        self.position = Position(self.game)
        self.searcher = self._new_searcher()
        self.book: Book | None = None
        self.tablebase: Tablebase | None = None
        self._random = random.Random()

    # Options.

    def _chosen_game(self) -> Game:
        variant = self.settings.text("UCI_Variant")
        if variant == "chess" and self.settings.flag("UCI_Chess960"):
            variant = "chess960"
        return game_of(variant)

    def _new_searcher(self) -> AlphaBeta | MonteCarlo | Baseline:
        settings = self.settings
        hash_mib = settings.number("Hash")
        searcher: AlphaBeta | MonteCarlo | Baseline
        search = settings.text("Search")
        if search != "alphabeta":
            evaluator = new_evaluator(
                self.game,
                settings.text("WeightsFile"),
                backend=settings.text("Backend"),
                precision=settings.text("Precision"),
                device=settings.text("Device"),
                cache_mib=settings.number("EvalCache"),
                threads=settings.number("Threads"),
            )
            if search == "mcts":
                searcher = MonteCarlo(evaluator, hash_mib=hash_mib, batch=settings.number("MinibatchSize"))
                self._tell_options(searcher)
            else:
                searcher = new_baseline(search, evaluator)
        else:
            searcher = new_searcher(
                self.game, self._evaluation(), hash_mib=hash_mib, threads=settings.number("Threads")
            )
        searcher.compile()
        return searcher

    def _tell_options(self, searcher: MonteCarlo) -> None:
        """Give a tree search the options that hold from its next search on."""
        searcher.options = tree_options(self.settings, has_policy=not isinstance(searcher.evaluator, Playouts))
        searcher.temperature = temperature(self.settings)

    def _evaluation(self) -> Evaluation | str:
        """The evaluation that the options ask for; other games than chess have their own."""
        name = self.settings.text("Evaluation")
        if name not in self.game.evaluations:
            return ""
        return self._network if name == "nnue" and self._network is not None else name

    def configure(self, name: str, value: Value) -> None:
        """Carry out an option, then store it; on ValueError or MemoryError everything stays as it was."""
        if name == "Hash":
            self.searcher.resize(int(value))
        elif name == "Clear Hash":
            self.searcher.clear_hash()
        elif name == "Threads":
            if not isinstance(self.searcher, AlphaBeta):  # a tree search has one thread, its network may have more
                self._configure_tree(name, value)
                return
            self.searcher.set_threads(int(value))
        elif name == "BookFile":
            self.book = Book(Path(str(value))) if value else None
        elif name == "SyzygyPath":
            self.tablebase = Tablebase(str(value)) if value else None
        elif name == "EvalFile":
            try:
                self._network = nnue_evaluation(load_network(Path(str(value)))) if value else None
            except ValueError as error:
                raise ValueError(f"EvalFile stays as it was: {error}") from None
        elif name == "WeightsFile":
            weights_file(self.game, str(value))
        if name in ("Search", *EVALUATOR_NAMES, *SEARCH_NAMES):
            self._configure_tree(name, value)
            return
        before = self.settings.values.get(name)
        self.settings.values[name] = value
        if name == "EvalFile" and isinstance(self.searcher, AlphaBeta) and self.searcher.evaluation.name == "nnue":
            self.searcher = self._new_searcher()
        if name not in ("UCI_Variant", "UCI_Chess960", "Evaluation"):
            return
        game = self.game
        try:
            self.game = self._chosen_game()
            if name == "Evaluation" or self.game.rules is not game.rules:
                self.searcher = self._new_searcher()
        except (ValueError, MemoryError):
            self.game = game
            self.settings.values[name] = before  # type: ignore[assignment]  # options have a value from the beginning
            raise
        if self.game.name != game.name:
            self.position = Position(self.game)

    def _configure_tree(self, name: str, value: Value) -> None:
        """Carry out an option of how moves are searched; where that cannot be, everything stays as it was."""
        before = self.settings.values[name]
        self.settings.values[name] = value
        try:
            if name in SEARCH_NAMES:
                tree_options(self.settings, has_policy=True)
                temperature(self.settings)
                if isinstance(self.searcher, MonteCarlo):
                    self._tell_options(self.searcher)
                    self.searcher.compile()
            elif name == "Search" or self.settings.text("Search") != "alphabeta":
                self.searcher = self._new_searcher()
        except (ValueError, MemoryError):
            self.settings.values[name] = before
            raise

    # Positions.

    def new_game(self) -> None:
        """Forget what was learnt in the last game."""
        self.searcher.new_game()
        # A book and limited strength choose by chance, and should not play the same game again.
        self._random.seed(1 if self.settings.flag("Reproducible Output") else None)

    def set_position(self, command: PositionCommand) -> None:
        """Set up a position; ValueError leaves the old one."""
        self.position = Position(self.game, command.text, command.moves)

    def describe(self) -> list[str]:
        """The lines of `d`."""
        state = self.position.state
        key = int(self.game.rules.key(state))
        return [*self.game.draw(state).splitlines(), f"Fen: {self.game.text(state)}", f"Key: {key:016X}"]

    def evaluate(self) -> list[str]:
        """The lines of `eval`."""
        searcher = self.searcher
        if isinstance(self.game, ChessGame) and isinstance(searcher, AlphaBeta):
            if searcher.evaluation.name == "classical":
                return explain(self.position.state)
            if searcher.evaluation.name == "nnue":
                return explain_network(self.game, self.position.state, searcher.evaluation)
        result = self.searcher.search(self.position.root(), Limits(depth=1))
        return [f"Score after one ply: {result.score} centipawns, the mover's view"]

    def bench(self, depth: int | None, stop: Stop) -> list[str]:
        """The lines of `bench`."""
        result = bench(depth=depth, stop=stop)
        return [f"Time: {result.seconds:.3f} s", f"{result.nodes} nodes {result.nodes_per_second} nps"]

    def perft(self, depth: int) -> list[str]:
        """The lines of `go perft`."""
        if not isinstance(self.game, ChessGame):
            raise ValueError(f"perft counts the moves of chess; the game is {self.game.name}")
        counts = divide(self.position.state, depth)
        lines = [f"{self.game.move_text(self.position.state, move)}: {count}" for move, count in counts.items()]
        return [*lines, "", f"Nodes searched: {sum(counts.values()) if depth > 0 else 1}"]

    # Searching.

    def go(self, go: Go, stop: Stop, asked: float) -> str:
        """Search the position and say what is found; the answer is the `bestmove` line. `asked`: when `go` was read."""
        timeless = self.settings.flag("Reproducible Output")
        wdl = self.settings.flag("UCI_ShowWDL")
        position = self.position
        legal = position.legal()
        for word in go.ignored:
            self.say(f"info string 'go' knows no {word[:40]!r}, which is left out")
        wanted = self._among(legal, go.searchmoves)

        def report(info: Info) -> None:
            self.say(info_line(self.game, position, info, wdl=wdl, timeless=timeless))

        if not legal:
            self.say(f"info depth 0 score {'mate 0' if position.verdict() else 'cp 0'}")
            self._wait(go, stop)
            return bestmove_line(self.game, position, NO_MOVE, NO_MOVE)
        analysing = self.settings.flag("UCI_AnalyseMode")
        if not go.endless and not wanted and not analysing:
            move = self._book_move()
            if move is not None:
                return bestmove_line(self.game, position, move, NO_MOVE)
        limits = self._limits(go, wanted, asked)
        weak = self.settings.flag("UCI_LimitStrength") and not analysing
        probe = None if wanted or weak else self._probe()
        if probe is not None:
            result = self._search_known(probe, limits, report, stop)
        elif weak:
            elo = self.settings.number("UCI_Elo")
            result = search_weakly(self.searcher, position.root(), limits, elo, self._random, report, stop)
        else:
            result = self.searcher.search(position.root(), limits, report, stop)
        if self.settings.flag("VerboseMoveStats") and isinstance(self.searcher, MonteCarlo):
            for known in reversed(self.searcher.statistics()):
                self.say(statistics_line(self.game, position, known))
        return bestmove_line(self.game, position, result.move, result.ponder)

    def any_move(self) -> str:
        """A `bestmove` line with a legal move, for when a search has failed."""
        return bestmove_line(self.game, self.position, next(iter(self.position.legal()), NO_MOVE), NO_MOVE)

    def _wait(self, go: Go, stop: Stop) -> None:
        while (go.infinite or (go.ponder and stop.ponderhit_at is None)) and not stop.wait(0.01):
            pass

    def _book_move(self) -> int | None:
        if self.book is None or not self.settings.flag("OwnBook") or not isinstance(self.game, ChessGame):
            return None
        move = self.book.choose(self.game.board(self.position.state), self._random)
        return None if move is None else self.game.parse_move(self.position.state, move.uci())

    def _probe(self) -> RootProbe | None:
        if self.tablebase is None or not isinstance(self.game, ChessGame):
            return None
        return self.tablebase.probe_root(self.game.board(self.position.state))

    def _among(self, legal: list[int], texts: tuple[str, ...]) -> tuple[int, ...]:
        """The moves that these texts name; those that are not legal are told and left out."""
        moves = []
        for text in texts:
            try:
                moves.append(self.game.parse_move(self.position.state, text))
            except ValueError as error:
                self.say(f"info string {error}; it is left out")
        return tuple(move for move in legal if move in moves)

    def _search_known(self, probe: RootProbe, limits: Limits, report: OnInfo, stop: Stop) -> Result:
        """Search a position that the endgame tables know: among the moves that keep its value, and with that score."""
        moves, keeping = (
            tuple(self.game.parse_move(self.position.state, move.uci()) for move in known)
            for known in (probe.moves, probe.keeping)
        )
        self.say(f"info string the endgame tables leave {len(moves)} of the moves ({probe.hits} hits)")

        def known(line: Line) -> Line:
            if abs(line.score) >= MATE - MAX_PLY:
                return line
            return replace(line, score=probe.score, bound="exact", wdl=None)

        def tell(info: Info) -> None:
            report(replace(info, tbhits=probe.hits, line=None if info.line is None else known(info.line)))

        limits = replace(limits, moves=keeping if limits.multipv > 1 else moves)
        result = self.searcher.search(self.position.root(), limits, tell, stop)
        lines = tuple(known(line) for line in result.lines)
        if result.move in moves:
            return replace(result, lines=lines, score=lines[0].score if lines else probe.score)
        # Several lines were asked for, and the first of them keeps the value without coming nearer to the end.
        return replace(result, lines=lines, score=probe.score, move=moves[0], ponder=NO_MOVE)

    def _limits(self, go: Go, moves: tuple[int, ...], asked: float) -> Limits:
        late = time.monotonic() - asked
        overhead = self.settings.number("Move Overhead") / 1000
        seconds = soft = None
        clock, increment = (go.wtime, go.winc) if self.position.side == 0 else (go.btime, go.binc)
        if go.movetime is not None:
            seconds = max(go.movetime / 1000 - overhead / 2 - late, 0.001)
        elif clock is not None and not go.infinite:
            budget = allot(
                clock / 1000, (increment or 0) / 1000, go.movestogo if go.movestogo else None, overhead=overhead + late
            )
            seconds, soft = budget.hard, budget.soft
        return Limits(
            depth=go.depth,
            nodes=go.nodes,
            seconds=seconds,
            soft_seconds=soft,
            mate=go.mate,
            moves=moves,
            multipv=self.settings.number("MultiPV"),
            infinite=go.endless and not go.ponder,
            ponder=go.ponder,
        )
