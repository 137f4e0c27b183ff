"""Gymnasium environments: importing this package registers `matchbox/Hexapawn-v0` and `matchbox/Chess-v0`.

`gymnasium.make("engine.environments:matchbox/Chess-v0")` does both at once.
"""

from __future__ import annotations

import gymnasium

#: Entry points by id; they are imported when the first environment is made.
_ENVIRONMENTS = {
    "matchbox/Hexapawn-v0": "engine.environments.hexapawn:HexapawnEnvironment",
    "matchbox/Chess-v0": "engine.environments.chess:ChessEnvironment",
}


def register() -> None:
    """Register the environments with Gymnasium; those that are registered already stay as they are."""
    for name, entry_point in _ENVIRONMENTS.items():
        if name not in gymnasium.registry:
            gymnasium.register(id=name, entry_point=entry_point)


register()

__all__ = ["register"]
