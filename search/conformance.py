"""Checkers of the contracts: they try the laws of a game, an evaluation or a packing along random lines of play.

For whoever adds one: call the checker in a test, from a few positions that between them have everything the game knows.
Each raises ConformanceError with a sentence that names the law that is broken and the state where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from search import rules as generic
from search.evaluation import SCORE_LIMIT, Evaluation
from search.memory import aligned_records
from search.minimax.packing import Packing
from search.rules import DRAW, LOSS, NO_MOVE, ONGOING, WIN, Rules, State, equal

#: Random games, and the longest of them in plies, that a checker plays by default.
GAMES, PLIES = 20, 200

#: Thresholds in centipawns at which `exchange` is asked; it must not say yes to one and no to a lower one.
_THRESHOLDS = (-2_000, -300, -1, 0, 1, 100, 300, 2_000)
#: Room behind a buffer of moves, to see whether a kernel writes past `max_moves`, and what lies there.
_SPARE, _UNTOUCHED = 64, -77

Describe = Callable[[State], str]


class ConformanceError(AssertionError):
    """A contract is broken; the message names the law."""


def check(
    rules: Rules,
    state: State,
    *,
    games: int = GAMES,
    plies: int = PLIES,
    seed: int = 0,
    describe: Describe | None = None,
) -> int:
    """Try the laws of `search.rules` along `games` random games from `state`; return the number of states tried.

    `describe` gives the text of a state for messages, which should tell states apart that have different keys.
    """
    checker = _RulesChecker(rules, describe or _bytes)
    for line in _random_lines(rules, state, games, plies, seed):
        checker.line(line)
    return checker.states


def check_evaluation(
    evaluation: Evaluation,
    state: State,
    *,
    games: int = GAMES,
    plies: int = PLIES,
    seed: int = 0,
    describe: Describe | None = None,
    mirror: Callable[[State], State] | None = None,
) -> int:
    """Try the laws of `search.evaluation` along random games from `state`; return the number of states tried.

    `mirror` gives the same state with the players exchanged, whose score must be the same if the evaluation treats
    the players alike.
    """
    checker = _EvaluationChecker(evaluation, describe or _bytes, mirror)
    for line in _random_lines(evaluation.rules, state, games, plies, seed):
        checker.line(line)
    return checker.states


def check_packing(packing: Packing, state: State, *, games: int = GAMES, plies: int = PLIES, seed: int = 0) -> int:
    """Try the laws of `search.minimax.packing` along random games from `state`; return the number of states tried."""
    states = 0
    for line in _random_lines(packing.rules, state, games, plies, seed):
        for reached, _ in line:
            states += 1
            back = state.copy()
            packing.unpack(back, np.uint64(packing.pack(reached)))
            if not equal(back, reached):
                raise ConformanceError(
                    f"{packing.rules.name}: unpack after pack gives another state than {_bytes(reached)}"
                )
    return states


def _bytes(state: State) -> str:
    return f"the state {state.tobytes().hex()}"


def _random_lines(
    rules: Rules, state: State, games: int, plies: int, seed: int
) -> Iterator[Iterator[tuple[State, int]]]:
    """Random games, each as its states with the move that led to each (NO_MOVE for the first)."""
    rng = np.random.default_rng(seed)
    for _ in range(games):
        yield _random_line(rules, state, plies, rng)


def _random_line(rules: Rules, state: State, plies: int, rng: np.random.Generator) -> Iterator[tuple[State, int]]:
    moves = np.zeros(rules.max_moves + _SPARE, np.int32)
    yield state, NO_MOVE
    for _ in range(plies):
        if int(rules.ended(state)) != ONGOING:
            return
        count = int(rules.legal(state, moves))
        if count == 0:
            return
        move = int(rng.choice(moves[:count]))
        child = _blank(rules, 0)
        rules.play(state, child, move)
        state = child
        yield state, move


def _blank(rules: Rules, fill: int) -> State:
    """A record whose bytes are all `fill`."""
    records = aligned_records(1, rules.dtype)
    records.view(np.uint8)[:] = fill
    record: State = records[0]
    return record


class _RulesChecker:
    """The laws of a game, state by state."""

    def __init__(self, rules: Rules, describe: Describe) -> None:
        self.rules = rules
        self.describe = describe
        self.states = 0
        self.keys: dict[bytes, int] = {}

    def line(self, line: Iterator[tuple[State, int]]) -> None:
        """Try every state of one game, and what their order must obey."""
        seen: dict[int, int] = {}
        for ply, (state, _) in enumerate(line):
            self.states += 1
            self.registered(state)
            legal = self.state(state)
            self.key(state)
            key = int(self.rules.key(state))
            back = ply - seen.get(key, ply)
            if back > int(self.rules.reversible(state)):
                self.fail(state, f"reversible says that no state with this key lies {back} plies back, but one does")
            seen[key] = ply
            self.transpositions(state, legal)

    def fail(self, state: State, law: str) -> None:
        raise ConformanceError(f"{self.rules.name}: {law} (in {self.describe(state)})")

    def registered(self, state: State) -> None:
        try:
            generic.implementation(generic.play, state)
        except TypeError:
            self.fail(state, "the searches do not know states of this type: call search.rules.register")

    def identity(self, state: State) -> bytes:
        """All fields but the key."""
        return b"".join(state[name].tobytes() for name in state.dtype.names or () if name != "key")

    def state(self, state: State) -> list[int]:
        """Try one state; its legal moves, none where the game has ended."""
        rules = self.rules
        if int(rules.side(state)) not in (0, 1):
            self.fail(state, f"side is {int(rules.side(state))}, not 0 or 1")
        verdict = self.unchanged(state, "ended", lambda: int(rules.ended(state)))
        if verdict not in (LOSS, DRAW, WIN, ONGOING):
            self.fail(state, f"ended gives {verdict}, which is no verdict")
        if verdict != ONGOING:
            return []
        legal = self.moves(state, "legal")
        if not legal:
            verdict = int(rules.stuck(state))
            if verdict not in (LOSS, DRAW, WIN):
                self.fail(state, f"no move is legal and stuck gives {verdict}, which is no final verdict")
            return []
        noisy, checks = self.moves(state, "noisy"), self.moves(state, "checks")
        for name, some in (("noisy", noisy), ("checks", checks)):
            for move in some:
                if move not in legal:
                    self.fail(state, f"{name} writes move {move}, which is not legal")
        if set(noisy) & set(checks):
            self.fail(state, f"noisy and checks both write move {min(set(noisy) & set(checks))}")
        for move in legal:
            self.child(state, move)
            self.facts(state, move, move in noisy)
        if not self.rules.in_check(state):
            self.passing(state)
        return legal

    def unchanged(self, state: State, name: str, call: Callable[[], Any]) -> Any:
        before = state.tobytes()
        result = call()
        if state.tobytes() != before:
            self.fail(state, f"{name} changes the state that it is given")
        return result

    def moves(self, state: State, name: str) -> list[int]:
        """The moves that a kernel writes."""
        limit = self.rules.max_moves
        buffer = np.full(limit + _SPARE, _UNTOUCHED, np.int32)
        count = self.unchanged(state, name, lambda: int(getattr(self.rules, name)(state, buffer)))
        if not 0 <= count <= limit or (buffer[limit:] != _UNTOUCHED).any():
            self.fail(state, f"{name} gives {count} moves or writes beyond them; max_moves is {limit}")
        moves = [int(move) for move in buffer[:count]]
        if len(set(moves)) != count:
            self.fail(state, f"{name} writes a move twice")
        for move in moves:
            if not 0 < move < 1 << 16:
                self.fail(state, f"{name} writes move {move}, which is not in 1..65535")
        return moves

    def child(self, state: State, move: int) -> None:
        """Play one move, once into zeros and once into ones."""
        children = [_blank(self.rules, fill) for fill in (0, 255)]
        for child in children:
            self.unchanged(state, "play", lambda child=child: self.rules.play(state, child, move))  # type: ignore[misc]
        self.written(state, "play", children)
        if int(self.rules.side(children[0])) != 1 - int(self.rules.side(state)):
            self.fail(state, f"after move {move} the same player is to move")
        self.key(children[0])

    def written(self, state: State, name: str, children: list[State]) -> None:
        for field in state.dtype.names or ():
            if not np.array_equal(children[0][field], children[1][field]):
                self.fail(state, f"{name} does not write the field '{field}' of the child")

    def facts(self, state: State, move: int, noisy: bool) -> None:
        """What the game says about a move."""
        victim, mover = int(self.rules.victim(state, move)), int(self.rules.mover(state, move))
        if not (0 <= victim <= 7 and 0 <= mover <= 7):
            self.fail(state, f"victim or mover of move {move} is {victim} or {mover}, not in 0..7")
        gain = int(self.rules.gain(state, move))
        # A promotion is either noisy or of a kind of its own.
        if gain and not victim and not noisy and move >> 12 == 0:
            self.fail(state, f"move {move} captures nothing and does not promote, but its gain is {gain}")
        answers = [bool(self.rules.exchange(state, move, threshold)) for threshold in _THRESHOLDS]
        if answers != sorted(answers, reverse=True):
            self.fail(state, f"exchange of move {move} reaches a threshold but not a lower one")

    def passing(self, state: State) -> None:
        children = [_blank(self.rules, fill) for fill in (0, 255)]
        passed = [
            bool(self.unchanged(state, "pass_turn", lambda child=child: self.rules.pass_turn(state, child)))  # type: ignore[misc]
            for child in children
        ]
        if all(passed):
            self.written(state, "pass_turn", children)
            if int(self.rules.side(children[0])) != 1 - int(self.rules.side(state)):
                self.fail(state, "pass_turn writes a state with the same player to move")
            threatened = self.unchanged(state, "threatened", lambda: int(self.rules.threatened(state)))
            for move in self.legal(children[0]) if threatened else []:
                square = int(generic.target(move))
                if int(self.rules.victim(children[0], move)) and not threatened >> square & 1:
                    self.fail(state, f"threatened leaves out square {square}, where the opponent could capture")

    def key(self, state: State) -> None:
        """Equal states have equal keys, whatever led to them."""
        key = int(self.rules.key(state))
        if self.keys.setdefault(self.identity(state), key) != key:
            self.fail(state, "equal states reached by different moves have different keys")

    def transpositions(self, state: State, legal: list[int]) -> None:
        """Try two moves in both orders, around a reply, which often leads to equal states."""
        rng = np.random.default_rng(self.states)
        for _ in range(4 if len(legal) > 1 else 0):
            first, second = (int(move) for move in rng.choice(legal, 2, replace=False))
            replies = self.after(state, first)
            reply = int(rng.choice(replies[1])) if replies[1] else NO_MOVE
            for order in ((first, reply, second), (second, reply, first)):
                line = state
                for move in order:
                    line, moves = (line, [move]) if line is state else (line, self.legal(line))
                    if move not in moves:
                        break
                    line = self.after(line, move)[0]
                else:
                    self.key(line)

    def legal(self, state: State) -> list[int]:
        return self.moves(state, "legal") if int(self.rules.ended(state)) == ONGOING else []

    def after(self, state: State, move: int) -> tuple[State, list[int]]:
        child = _blank(self.rules, 0)
        self.rules.play(state, child, move)
        return child, self.legal(child)


class _EvaluationChecker:
    """The laws of an evaluation, state by state."""

    def __init__(self, evaluation: Evaluation, describe: Describe, mirror: Callable[[State], State] | None) -> None:
        self.evaluation = evaluation
        self.describe = describe
        self.mirror = mirror
        self.states = 0
        self.scores: dict[bytes, int] = {}
        # One for each ply as in a search, so that each is written over what an earlier game left in it.
        self.accumulators = aligned_records(PLIES + 2, evaluation.dtype)
        self.kept = evaluation.prepare(self.accumulators)

    def line(self, line: Iterator[tuple[State, int]]) -> None:
        """Advance along one game and compare with what `refresh` gives."""
        evaluation = self.evaluation
        fresh, passed = self.accumulators[0], self.accumulators[1]
        parent: State | None = None
        for ply, (state, move) in enumerate(line):
            self.states += 1
            row = 2 + ply % PLIES
            if parent is None:
                evaluation.refresh(self.accumulators[row], state)
            else:
                evaluation.advance(
                    self.accumulators[row], self.accumulators[2 + (ply - 1) % PLIES], parent, state, move
                )
            self.agree(state, self.accumulators[row], fresh, f"advance by move {move}")
            child = _blank(evaluation.rules, 0)
            if not evaluation.rules.in_check(state) and bool(evaluation.rules.pass_turn(state, child)):
                evaluation.advance(passed, self.accumulators[row], state, child, NO_MOVE)
                self.agree(child, passed, fresh, "advance after pass_turn")
            parent = state

    def agree(self, state: State, advanced: Any, fresh: Any, name: str) -> None:
        """Compare the score of an accumulator that was advanced with that of a fresh one."""
        evaluation = self.evaluation
        before = state.tobytes()
        evaluation.refresh(fresh, state)
        score, other = int(evaluation.score(fresh, state)), int(evaluation.score(advanced, state))
        if state.tobytes() != before:
            self.fail(state, "refresh or score changes the state that it is given")
        if score != other:
            self.fail(state, f"{name} leads to a score of {other}, refresh to {score}")
        if abs(score) > SCORE_LIMIT:
            self.fail(state, f"a score of {score} is not within ±{SCORE_LIMIT}")
        if self.scores.setdefault(before, score) != score:
            self.fail(state, f"the score of one state is {score} now and was {self.scores[before]} before")
        if self.mirror is not None:
            mirrored = self.mirror(state)
            evaluation.refresh(fresh, mirrored)
            opposite = int(evaluation.score(fresh, mirrored))
            if opposite != score:
                self.fail(state, f"a score of {score} becomes {opposite} when the players are exchanged")

    def fail(self, state: State, law: str) -> None:
        raise ConformanceError(f"{self.evaluation.name}: {law} (in {self.describe(state)})")
