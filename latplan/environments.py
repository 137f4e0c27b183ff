"""Gymnasium environments of the puzzles: importing this module registers them.

`matchbox/SlidingTiles-v0`, `matchbox/LightsOut-v0`, `matchbox/Sokoban-v0`, `matchbox/Blocksworld-v0` and
`matchbox/Hanoi-v0`; `gymnasium.make("latplan.environments:matchbox/Sokoban-v0")` registers and makes at once.
"""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np

from latplan.domains import Picture, State, domain

#: The puzzle that each environment plays unless told another of its kind, and the steps after which an episode ends.
_ENVIRONMENTS = {
    "matchbox/SlidingTiles-v0": ("8-puzzle", 200),
    "matchbox/LightsOut-v0": ("lightsout", 100),
    "matchbox/Sokoban-v0": ("sokoban", 300),
    "matchbox/Blocksworld-v0": ("blocksworld", 100),
    "matchbox/Hanoi-v0": ("hanoi", 200),
}


class PuzzleEnvironment(gymnasium.Env[Picture, np.int64]):
    """A puzzle seen as pictures: reward 1 and the end of the episode when it is solved, 0 until then.

    An action that is not applicable changes nothing. `info` holds `action_mask`, int8 [actions], 1 for each applicable
    action, and `state`, the numbers that the picture shows, for those who would rather not look.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"], "render_fps": 4}  # noqa: RUF012 (declared so by Gymnasium)

    def __init__(self, puzzle: str, render_mode: str | None = None) -> None:
        """`puzzle`: a name in `latplan.domains.DOMAINS`. ValueError for an option that is not right."""
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode {render_mode!r}: it is 'rgb_array' or None")
        self.domain = domain(puzzle)
        self.render_mode = render_mode
        self.observation_space = gymnasium.spaces.Box(0, 255, self.domain.shape, np.uint8)
        self.action_space = gymnasium.spaces.Discrete(len(self.domain.actions))
        self._state: State | None = None
        self._over = False
        self._picture = np.zeros(self.domain.shape, np.uint8)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Picture, dict[str, Any]]:
        """Begin anew. `options`: `state`, the state to begin at; ValueError for any other option."""
        super().reset(seed=seed)
        unknown = sorted((options or {}).keys() - {"state"})
        if unknown:
            raise ValueError(f"option {unknown[0]!r} is not known; there is 'state'")
        begun: State | None = None if options is None else options.get("state")
        if begun is None:
            begun = self.domain.begin(self.np_random)
            while self.domain.solved(begun):
                begun = self.domain.begin(self.np_random)
        elif not self._is_state(begun):
            raise ValueError(f"{begun!r} is no state of {self.domain.name}; info['state'] shows what one looks like")
        self._state = begun
        self._over = False
        self._picture = self.domain.render(begun, self.np_random)
        return self._picture.copy(), self._info()

    def step(self, action: np.int64) -> tuple[Picture, float, bool, bool, dict[str, Any]]:
        """Apply an action."""
        if self._state is None or self._over:
            raise gymnasium.error.ResetNeeded("call reset before step")
        if not self.action_space.contains(action):
            raise ValueError(f"action {action!r} is none of 0 to {len(self.domain.actions) - 1}")
        after = self.domain.apply(self._state, int(action))
        if after is not None:
            self._state = after
            self._picture = self.domain.render(after, self.np_random)
        self._over = solved = self.domain.solved(self._state)
        return self._picture.copy(), float(solved), solved, False, self._info()

    def render(self) -> Any:
        """The picture in colours, uint8 [height, width, 3]; None without a mode."""
        if self.render_mode is None:
            return None
        return self._picture.copy() if self._picture.ndim == 3 else np.repeat(self._picture[..., None], 3, -1)

    def _is_state(self, state: Any) -> bool:
        try:
            return bool(self.domain.parse(self.domain.render(state, self.np_random)) == state)
        except (IndexError, KeyError, TypeError, ValueError):
            return False

    def _info(self) -> dict[str, Any]:
        assert self._state is not None
        after = [self.domain.apply(self._state, action) for action in range(len(self.domain.actions))]
        mask = np.array([state is not None for state in after], np.int8)
        return {"action_mask": mask, "state": self._state}


def register() -> None:
    """Register the environments with Gymnasium; those that are registered already stay as they are."""
    for name, (puzzle, steps) in _ENVIRONMENTS.items():
        if name not in gymnasium.registry:
            gymnasium.register(
                id=name,
                entry_point="latplan.environments:PuzzleEnvironment",
                kwargs={"puzzle": puzzle},
                max_episode_steps=steps,
            )


register()
