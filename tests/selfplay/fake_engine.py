"""A tiny UCI program that misbehaves on request: `python fake_engine.py BEHAVIOUR [AFTER]`.

It plays the first legal move by name until its move number AFTER (from 1), then does as BEHAVIOUR says:

    good      goes on as before
    crash     leaves with exit status 3 and a line on standard error
    hang      answers nothing more, not even quit
    illegal   plays a1a1
    none      answers `bestmove (none)`
    late      answers after the time it has on the clock, and 0.05 s more
    nostart   never says uciok (AFTER is ignored)
    refuse    leaves at once (AFTER is ignored)
    resigned  reports a lost position (-900); `winner` reports +900, `level` 0
    strong    has the options that limit a strong program
"""

from __future__ import annotations

import sys
import time

import chess

SCORES = {"resigned": -900, "winner": 900, "level": 0}


def main() -> None:
    """Serve until quit."""
    behaviour = sys.argv[1]
    after = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    if behaviour == "refuse":
        print("no licence", file=sys.stderr)
        raise SystemExit(1)
    board, asked = chess.Board(), 0
    options: dict[str, str] = {}
    for line in sys.stdin:
        words = line.split()
        if words[0] == "uci" and behaviour != "nostart":
            print("id name Fake", behaviour)
            print("option name OwnBook type check default true")
            print("option name Threads type spin default 4 min 1 max 8")
            print("option name Style type string default calm")
            if behaviour == "strong":
                print("option name UCI_LimitStrength type check default false")
                print("option name UCI_Elo type spin default 1350 min 1350 max 2850")
            print("uciok", flush=True)
        elif words[0] == "setoption":
            options[words[2]] = words[4]
        elif words[0] == "ucinewgame":
            asked = 0
        elif words[0] == "isready":
            print("readyok", flush=True)
        elif words[0] == "position":
            moves = words.index("moves") if "moves" in words else len(words)
            chess960 = options.get("UCI_Chess960") == "true"
            start = chess.STARTING_FEN if words[1] == "startpos" else " ".join(words[2:moves])
            board = chess.Board(start, chess960=chess960)
            for move in words[moves + 1 :]:
                board.push_uci(move)
        elif words[0] == "go":
            asked += 1
            act = behaviour if asked >= after else "good"
            move = min(move.uci() for move in board.legal_moves)
            if act == "crash":
                print("out of matches", file=sys.stderr, flush=True)
                raise SystemExit(3)
            if act == "hang":
                while True:
                    time.sleep(60)
            if act == "late":
                clock = "wtime" if board.turn else "btime"
                time.sleep(int(words[words.index(clock) + 1]) / 1000 + 0.05)
            if act == "illegal":
                move = "a1a1"
            if act == "none":
                move = "(none)"
            told = " ".join(f"{name}={value}" for name, value in sorted(options.items()))
            print(f"info string {told}")
            print(f"info depth 3 nodes 100 score cp {SCORES.get(behaviour, 12)}")
            print(f"bestmove {move}", flush=True)
        elif words[0] == "quit":
            return


if __name__ == "__main__":
    main()
