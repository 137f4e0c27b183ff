"""Random lines on the protocol: whatever comes, the engine serves on, says nothing on stderr, and leaves well."""

from __future__ import annotations

import random

import pytest

from tests.engine.uci.conversation import Conversation

# fmt: off
WORDS = [
    "uci", "isready", "ucinewgame", "position", "startpos", "fen", "moves", "go", "depth", "nodes", "mate", "movetime",
    "infinite", "ponder", "wtime", "btime", "winc", "binc", "movestogo", "searchmoves", "perft", "stop", "ponderhit",
    "setoption", "name", "value", "debug", "on", "off", "register", "later", "d", "eval", "quit!", "Hash", "Threads",
    "MultiPV", "Ponder", "UCI_Chess960", "UCI_Variant", "UCI_LimitStrength", "UCI_Elo", "UCI_ShowWDL", "OwnBook",
    "BookFile", "SyzygyPath", "Evaluation", "EvalFile", "true", "false", "chess", "hexapawn3x3", "material",
    "classical", "e2e4", "e7e5", "e1g1", "a7a8q", "0000", "bestmove", "info", "-", "-1", "0", "1", "2", "3", "64",
    "1e9", "0x10", "99999999999999999999", "NaN", "None", "∞", "é", "🂡", "%s", "%n", "../..", "/", "\\", "'", ";", '"',
    "{", "}", "\t",
]
# fmt: on
FENS = (
    "rnbqkbnr/pppppppp/8/8/8/8/PPPPPPPP/RNBQKBNR w KQkq - 0 1",
    "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1",
    "8/2p5/3p4/KP5r/1R3p1k/8/4P1P1/8 w - - 0 1",
    "4k3/8/8/8/8/8/8/1R2K1R1 w GB - 0 1",
    "ppp/3/PPP w",
)
GOOD = (
    "position startpos moves e2e4 e7e5 g1f3",
    "position startpos",
    "go depth 2",
    "go nodes 200",
    "go movetime 1",
    "go wtime 1 btime 1",
    "go wtime 50 btime 50 winc 1 binc 1 movestogo 2",
    "go perft 2",
    "go mate 1",
    "go infinite",
    "go ponder wtime 10 btime 10",
    "stop",
    "ponderhit",
    "d",
    "eval",
    "ucinewgame",
    "setoption name Hash value 1",
    "setoption name Threads value 2",
    "setoption name MultiPV value 3",
    "setoption name MultiPV value 1",
    "setoption name UCI_Chess960 value true",
    "setoption name UCI_Chess960 value false",
    "setoption name UCI_Variant value hexapawn4x4",
    "setoption name UCI_Variant value chess",
    "setoption name UCI_LimitStrength value true",
    "setoption name UCI_LimitStrength value false",
    "setoption name Clear Hash",
)
#: Legal for the protocol, and slower or larger than a test can bear.
TOO_MUCH = ("bench", "perft", "log file", "quit")


def broken(text: str, generator: random.Random) -> str:
    """`text` with a few characters taken out, doubled or replaced."""
    letters = list(text)
    for _ in range(generator.randint(1, 4)):
        place = generator.randrange(len(letters) or 1)
        kind = generator.randrange(3)
        if kind == 0:
            letters[place : place + 1] = []
        elif kind == 1:
            letters[place:place] = letters[place : place + 1]
        else:
            letters[place : place + 1] = generator.choice("pPkK/81 -wbqQxé9")
    return "".join(letters)


def random_line(generator: random.Random) -> bytes:
    """A line of one of many kinds, without its end."""
    kind = generator.randrange(8)
    if kind == 0:
        return bytes(generator.randrange(256) for _ in range(generator.randrange(60))).replace(b"\n", b"")
    if kind == 1:
        line = " ".join(generator.choices(WORDS, k=generator.randint(1, 12)))
    elif kind == 2:
        line = f"position fen {broken(generator.choice(FENS), generator)}"
    elif kind == 3:
        line = f"position fen {generator.choice(FENS)} moves " + " ".join(generator.choices(WORDS, k=3))
    elif kind == 4:
        line = broken(generator.choice(GOOD), generator)
    else:
        line = generator.choice(GOOD)
    if line != "go perft 2" and any(word in line.lower() for word in TOO_MUCH):
        return b"isready"
    return line.encode()


def fuzz(lines: int, seed: int) -> int:
    """Send so many lines in batches, checking after each that the engine serves; return how many complaints came."""
    generator = random.Random(seed)
    complaints = 0
    with Conversation() as talk:
        talk.ready()
        for number in range(lines // 50):
            batch = [random_line(generator) for _ in range(50)]
            talk.send_bytes(b"\n".join(batch) + b"\n")
            mark = f"8/8/8/8/8/4k3/8/4K3 w - - 0 {number + 1}"
            # What `d` says comes behind everything else: `isready` would be answered during a search.
            talk.send("stop", "setoption name UCI_Variant value chess", "setoption name UCI_Chess960 value false")
            talk.send("setoption name Threads value 1", f"position fen {mark}", "d")
            for line in talk.until(f"Fen: {mark}"):
                complaints += line.startswith("info string")
                assert "internal error" not in line, (line, batch)
            assert len(talk.ready()) == 1  # the key
    return complaints


def test_ten_thousand_random_lines_are_survived() -> None:
    assert fuzz(10_000, seed=1) > 2000


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_a_hundred_thousand_random_lines_are_survived(seed: int) -> None:
    assert fuzz(25_000, seed=seed) > 5000
