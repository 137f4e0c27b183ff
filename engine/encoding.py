"""The contract of an encoding: states as planes of numbers and moves as actions, for networks and environments.

Planes and actions are the mover's view: the second player's board is turned upside down (files stay), so that whoever
moves moves up. Laws, checked by the tests of every encoding:

- `planes_of` is a function of the states, their repetitions, and the earlier states that the encoding looks at, alone,
  with values in 0..1;
- the legal moves of a state have different actions, each in 0..actions - 1, numbered by plane, then rank, then file;
- with `mirrored_actions`, reversed files are the planes of another state, of the same value, with the mirrored actions;
- `move_of(state, action_of(state, move)) == move` for every legal move, and NO_MOVE for every other action.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from search.memory import aligned_records
from search.rules import NO_MOVE, Rules, State


class Seen(Protocol):
    """States and what came before them: a `search.evaluator.Batch`, or samples to learn from."""

    @property
    def states(self) -> Any:
        """[n] records."""

    @property
    def repetitions(self) -> npt.NDArray[np.int32]:
        """[n]: how often each state occurred in its game before."""

    @property
    def past(self) -> Any:
        """[n, history] records: the states before each, the newest first."""

    @property
    def past_repetitions(self) -> npt.NDArray[np.int32]:
        """[n, history]: how often each of them occurred before itself."""

    @property
    def past_counts(self) -> npt.NDArray[np.int32]:
        """[n]: how many of them are known."""


class Encoding(ABC):
    """How the states and moves of a game look to a network."""

    name: str
    """Name and version, such as `chess-planes-1`; a network is of use with its own encoding only."""
    rules: Rules
    shape: tuple[int, int, int]
    """Planes, ranks, files."""
    actions: int
    """The number of actions."""
    mirrored_actions: npt.NDArray[np.int32] | None = None
    """[actions]: what each action becomes when the files of the planes are reversed; None where that is no longer a
    state of the game, or changes its value."""
    history: int = 0
    """Earlier states that it shows."""
    piece_planes: int = 0
    """So many planes, the first ones, show pieces: the first half the mover's, the second half the opponent's, in the
    same order. The planes of an earlier state are made of them (see `engine.history`)."""
    repetition_planes: tuple[int, int] = (0, 0)
    """First and end of the planes, uniform ones, that tell repetitions."""

    @abstractmethod
    def write(self, states: Any, repetitions: npt.NDArray[np.integer[Any]], planes: npt.NDArray[np.float32]) -> None:
        """Write the planes of `states` [n] to `planes`, float32 [n, *shape]; a kernel call.

        `repetitions` [n] says how often each state occurred in its game before.
        """

    @abstractmethod
    def write_actions(self, state: State, moves: npt.NDArray[np.int32], actions: npt.NDArray[np.int32]) -> int:
        """Write the legal moves of `state` and the action of each, return their number n; a kernel call."""

    @abstractmethod
    def write_all_actions(self, states: Any, actions: npt.NDArray[np.int32]) -> None:
        """Write the action of each legal move of `states` [n] to `actions` [n, max_moves], in the order of `legal`."""

    def write_batch(self, batch: Seen, planes: npt.NDArray[np.float32]) -> None:
        """Write the planes of some states to `planes`, float32 [n, *shape]; also of what came before them."""
        self.write(batch.states, batch.repetitions, planes)

    def planes_of(self, state: State, repetitions: int = 0) -> npt.NDArray[np.float32]:
        """The planes of one state, float32 [*shape]."""
        states = aligned_records(1, self.rules.dtype)
        states[0] = state
        planes = np.zeros(self.shape, np.float32)
        self.write(states, np.array([repetitions], np.int64), planes[np.newaxis])
        return planes

    def legal(self, state: State) -> dict[int, int]:
        """The legal moves of `state` by their actions."""
        buffers = np.zeros((2, self.rules.max_moves), np.int32)
        count = self.write_actions(state, buffers[0], buffers[1])
        return dict(zip(buffers[1, :count].tolist(), buffers[0, :count].tolist(), strict=True))

    def move_of(self, state: State, action: int) -> int:
        """The legal move that `action` stands for, or NO_MOVE."""
        return self.legal(state).get(action, NO_MOVE)

    def action_of(self, state: State, move: int) -> int:
        """The action of a legal move; ValueError if it is not legal."""
        for action, legal in self.legal(state).items():
            if legal == move:
                return action
        raise ValueError(f"move {move} is not legal")

    def mask(self, state: State) -> npt.NDArray[np.int8]:
        """1 for the action of each legal move and 0 for the others, int8 [actions]."""
        mask = np.zeros(self.actions, np.int8)
        mask[list(self.legal(state))] = 1
        return mask
