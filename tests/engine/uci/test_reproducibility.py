"""Equal searches print equal bytes, whether kernels come from the cache, are compiled, or run as plain Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.uci.conversation import Conversation, fields

POSITIONS = (
    "startpos moves e2e4 c7c5 g1f3",
    "fen r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "fen 8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
)


def said(nodes: int, **environment: str) -> list[str]:
    """All that the engine says about the positions, without time."""
    with Conversation(**environment) as talk:
        talk.ask("setoption name Reproducible Output value true", "setoption name Hash value 2", "ucinewgame")
        lines: list[str] = []
        for position in POSITIONS:
            lines += talk.go(f"position {position}", f"go nodes {nodes}")
    return lines


def test_the_same_search_says_the_same_twice() -> None:
    first = said(30_000)
    assert first == said(30_000)
    assert max(int(fields(line, "depth")[0]) for line in first if " pv " in line) > 7
    assert not any(" nps " in line or " time " in line for line in first)


@pytest.mark.slow
def test_freshly_compiled_kernels_say_what_cached_ones_say(tmp_path: Path) -> None:
    assert said(30_000, MATCHBOX_CACHE=str(tmp_path)) == said(30_000)


@pytest.mark.slow
def test_plain_python_visits_the_same_nodes() -> None:
    assert said(300, NUMBA_DISABLE_JIT="1") == said(300)
