"""Players for match tests: the fake program with a behaviour."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from selfplay.matches.spec import PlayerSpec

FAKE = Path(__file__).with_name("fake_engine.py")


@pytest.fixture
def fake() -> Callable[..., PlayerSpec]:
    """Makes a player: `fake("crash", 3, name="a")` crashes at its third move."""

    def make(behaviour: str = "good", after: int = 1, *, name: str | None = None) -> PlayerSpec:
        command = shlex.join([sys.executable, str(FAKE), behaviour, str(after)])
        return PlayerSpec(name=name or behaviour, command=command)

    return make
