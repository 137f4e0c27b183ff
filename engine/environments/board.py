"""What the environments of all board games share: turns, opponents, rewards, illegal actions.

The reward of a step is the view of the player who acted: 1 for a win, -1 for a loss, 0 for a draw and while the game
goes on. With no opponent the caller acts for both players in turn; with one, for one player only, and a step plays the
opponent's reply, too. An illegal action ends the episode with the reward -1: the game is lost by it.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, TypedDict, Unpack

import gymnasium
import numpy as np
import numpy.typing as npt

from engine.encoding import Encoding
from engine.game import Game, Position
from search.rules import State
from search.searcher import Limits, Searcher

#: What a searcher that plays the opponent may use for a move unless told otherwise.
OPPONENT_LIMITS = Limits(nodes=1_000)

Observation = npt.NDArray[np.float32]


class Options(TypedDict, total=False):
    """What every board environment can be made with, all optional."""

    opponent: str | Searcher | None
    """None: the caller plays both players; `random`; or a searcher."""
    opponent_limits: Limits | None
    """What the searcher may use for a move; OPPONENT_LIMITS if None."""
    side: int | None
    """Whom the caller plays against an opponent: 0 the first player (the default), 1 the second, None by lot."""
    position: str | None
    """Text of the position where games begin; the game's own if None."""
    render_mode: str | None
    """`ansi`, `rgb_array` or None."""


class BoardEnvironment(gymnasium.Env[Observation, np.int64]):
    """One game of two players on a board; see `docs/environments.md`.

    `info` holds after `reset` and `step`: `action_mask`, int8 [actions], 1 for each legal action (all 0 when the game
    is over); `position`, the text of the position; `side`, who is to move. When the game is over also `reason`.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012 (declared so by Gymnasium)
        "render_modes": ["ansi", "rgb_array"],
        "render_fps": 2,
    }

    def __init__(self, game: Game, encoding: Encoding, **options: Unpack[Options]) -> None:
        """Raises ValueError for an option that is not right."""
        opponent, side = options.get("opponent"), options.get("side", 0)
        render_mode, position = options.get("render_mode"), options.get("position")
        unknown = sorted(options.keys() - Options.__annotations__)
        if unknown:
            raise ValueError(f"option {unknown[0]!r} is not known; there are {', '.join(Options.__annotations__)}")
        if render_mode is not None and render_mode not in self.metadata["render_modes"]:
            raise ValueError(f"render_mode {render_mode!r}: it is 'ansi', 'rgb_array' or None")
        if not (opponent is None or opponent == "random" or isinstance(opponent, Searcher)):
            raise ValueError(f"opponent {opponent!r}: it is None, 'random' or a search.searcher.Searcher")
        if side not in (None, 0, 1):
            raise ValueError(f"side {side!r}: it is 0 (the first player), 1 (the second), or None (drawn by lot)")
        self.game = game
        self.encoding = encoding
        self.opponent = opponent
        self.opponent_limits = options.get("opponent_limits") or OPPONENT_LIMITS
        self.render_mode = render_mode
        self.observation_space = gymnasium.spaces.Box(0.0, 1.0, encoding.shape, np.float32)
        self.action_space = gymnasium.spaces.Discrete(encoding.actions)
        self._side = side
        self._start = position
        self._position = Position(game, position)
        self._player: int | None = None
        self._over = True

    @property
    def state(self) -> State:
        """The current state; do not change it."""
        return self._position.state

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin a game. `options`: `position`, the text to begin at, and `side`, whom the caller plays (0 or 1).

        Raises ValueError for any other option, and for a position that is over before the caller has moved.
        """
        super().reset(seed=seed)
        wanted = {"position": self._start, "side": self._side, **(options or {})}
        unknown = sorted(wanted.keys() - {"position", "side"})
        if unknown:
            raise ValueError(f"option {unknown[0]!r} is not known; there are 'position' and 'side'")
        if wanted["side"] not in (None, 0, 1):
            raise ValueError(f"side {wanted['side']!r}: it is 0, 1 or None")
        self._position = Position(self.game, wanted["position"])
        self._over = True
        self._player = None
        if self.opponent is not None:
            self._player = int(self.np_random.integers(2)) if wanted["side"] is None else int(wanted["side"])
            if isinstance(self.opponent, Searcher):
                self.opponent.new_game()
            if self._position.outcome() is None and self._position.side != self._player:
                self._reply()
        if self._position.outcome() is not None:
            raise ValueError(f"the game is over at '{self._position.start}' before a move can be made")
        self._over = False
        return self._observe(), self._info()

    def step(self, action: np.int64) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Play `action` and, if there is an opponent, its reply."""
        if self._over:
            raise gymnasium.error.ResetNeeded("the game is over; call reset")
        actor = self._position.side
        move = self.encoding.move_of(self.state, int(action))
        if not move:
            self._over = True
            return self._observe(), -1.0, True, False, self._info() | {"reason": "illegal action"}
        self._position.push(move)
        outcome = self._position.outcome()
        if outcome is None and self.opponent is not None:
            self._reply()
            outcome = self._position.outcome()
        if outcome is None:
            return self._observe(), 0.0, False, False, self._info()
        self._over = True
        reward = 0.0 if outcome.winner is None else 1.0 if outcome.winner == actor else -1.0
        return self._observe(), reward, True, False, self._info() | {"reason": outcome.reason}

    def render(self) -> Any:
        """The board as text (`ansi`), or as a picture, uint8 [height, width, 3] (`rgb_array`); None without a mode."""
        if self.render_mode == "ansi":
            return self.game.draw(self.state) + "\n"
        return self.picture() if self.render_mode == "rgb_array" else None

    @abstractmethod
    def picture(self) -> npt.NDArray[np.uint8]:
        """The board as a picture, uint8 [height, width, 3]."""

    def _reply(self) -> None:
        """Let the opponent move."""
        if isinstance(self.opponent, Searcher):
            move = self.opponent.search(self._position.root(), self.opponent_limits).move
        else:
            move = int(self.np_random.choice(self._position.legal()))
        self._position.push(move)

    def _observe(self) -> Observation:
        keys = self._position.keys()
        return self.encoding.planes_of(self.state, int((keys[:-1] == keys[-1]).sum()))

    def _info(self) -> dict[str, Any]:
        nothing = np.zeros(self.encoding.actions, np.int8)
        return {
            "action_mask": nothing if self._over else self.encoding.mask(self.state),
            "position": self.game.text(self.state),
            "side": self._position.side,
        }
