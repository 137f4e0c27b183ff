"""What every UCI program relies on, checked in a conversation with the engine in a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.engine.uci.conversation import Conversation, bestmove, fields

KIWIPETE = "r3k2r/p1ppqpb1/bn2pnp1/3PN3/1p2P3/2N2Q1p/PPPBBPPP/R3K2R w KQkq - 0 1"


@pytest.fixture(scope="module")
def engine() -> Iterator[Conversation]:
    """One engine for the tests that leave it as they found it."""
    with Conversation() as talk:
        talk.send("uci")
        talk.until("uciok")
        talk.ready()
        yield talk


@pytest.fixture
def talk(engine: Conversation) -> Conversation:
    """The engine at the initial position, with nothing remembered."""
    assert engine.ask("ucinewgame", "position startpos") == []
    return engine


def test_it_names_itself_and_its_options_before_uciok() -> None:
    with Conversation() as talk:
        talk.send("uci")
        lines = talk.until("uciok")
    assert re.fullmatch(r"id name Matchbox \S+.*", lines[0])
    assert re.fullmatch(r"id author .+", lines[1])
    names = []
    for line in lines[2:-1]:
        found = re.fullmatch(
            r"option name ([^ ].*?) type (?:button|check default (?:true|false)|string default .+"
            r"|spin default (-?\d+) min (-?\d+) max (-?\d+)|combo default (.+?)((?: var .+?)+))",
            line,
        )
        assert found, line
        names.append(found[1])
        if found[2]:
            assert int(found[3]) <= int(found[2]) <= int(found[4])
        if found[5]:
            assert found[5] in found[6].split(" var ")
    wanted = "Hash,Clear Hash,Threads,MultiPV,Ponder,Move Overhead,UCI_Chess960,UCI_LimitStrength,UCI_Elo,UCI_ShowWDL"
    wanted += ",UCI_AnalyseMode,UCI_Opponent,OwnBook,BookFile,SyzygyPath,SyzygyProbeDepth,Evaluation,EvalFile,Log File"
    assert set(wanted.split(",")) <= set(names)
    assert len(set(names)) == len(names)


def test_lines_before_quit_are_answered() -> None:
    with Conversation() as talk:
        talk.send("isready", "bench 3", "go infinite", "position startpos moves e2e4", "d", "quit")
        lines = talk.end()
    assert lines[0] == "readyok" or lines[1] == "readyok"  # before it, that kernels are being compiled
    assert sum(re.fullmatch(r"\d+ nodes \d+ nps", line) is not None for line in lines) == 1
    assert sum(line.startswith("bestmove") for line in lines) == 1
    assert "Fen: rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq - 0 1" in lines


def test_the_end_of_the_input_lets_searches_end_that_end_by_themselves() -> None:
    with Conversation() as talk:
        assert talk.process.stdin is not None
        talk.send("go depth 3")
        talk.process.stdin.close()
        talk.until("bestmove")
        assert talk.end() == []


def test_every_info_line_holds_what_programs_show(talk: Conversation) -> None:
    lines = talk.go("setoption name UCI_ShowWDL value true", f"position fen {KIWIPETE}", "go depth 7")
    talk.send("setoption name UCI_ShowWDL value false")
    exact = [line for line in lines if " pv " in line and "bound" not in line]
    assert [int(fields(line, "depth")[0]) for line in exact] == sorted(range(1, 8))
    for line in exact:
        depth, seldepth, multipv = map(int, fields(line, "depth", "seldepth", "multipv"))
        assert depth >= 1
        assert seldepth >= 1
        assert multipv == 1
        assert re.search(r" score (cp -?\d+|mate -?\d+) wdl \d+ \d+ \d+ ", line)
        win, draw, loss = map(int, re.search(r" wdl (\d+) (\d+) (\d+) ", line).groups())  # type: ignore[union-attr]
        assert win + draw + loss == 1000
        for name in ("nodes", "nps", "hashfull", "tbhits", "time"):
            assert int(fields(line, name)[0]) >= 0
    assert fields(exact[-1], "pv")[0] == bestmove(lines)


def test_infinite_says_no_bestmove_before_stop_though_it_is_asked_if_it_is_ready(talk: Conversation) -> None:
    talk.send("position fen 8/8/8/8/8/8/4K3/7k w - - 0 1", "go infinite depth 2", "isready")
    before = talk.until("readyok")
    talk.send("isready")
    before += talk.until("readyok")
    assert not any(line.startswith("bestmove") for line in before)
    talk.send("stop")
    assert talk.until("bestmove")[-1].startswith("bestmove")
    assert talk.silent()


def test_a_search_that_is_stopped_at_once_has_looked_at_the_moves(talk: Conversation) -> None:
    lines = talk.go("position fen 6k1/5ppp/8/8/8/8/8/R3K3 w Q - 0 1", "go infinite", "stop")
    assert bestmove(lines) == "a1a8"


def test_stop_without_a_search_is_silent(talk: Conversation) -> None:
    assert talk.ask("stop", "ponderhit", "stop") == []


def test_pondering_waits_for_the_move_or_for_stop(talk: Conversation) -> None:
    talk.send("position startpos moves e2e4 e7e5", "go ponder wtime 1000 btime 1000", "isready")
    assert not any(line.startswith("bestmove") for line in talk.until("readyok"))
    talk.send("ponderhit")
    talk.until("bestmove")
    assert talk.silent()
    talk.send("go ponder movetime 10", "stop")
    talk.until("bestmove")
    assert talk.silent()


def test_searchmoves_leaves_only_those(talk: Conversation) -> None:
    assert bestmove(talk.go("go depth 5 searchmoves a2a3 h2h4")) in ("a2a3", "h2h4")
    assert bestmove(talk.go("go searchmoves a2a3 depth 2")) == "a2a3"


def test_multipv_tells_different_lines_best_first(talk: Conversation) -> None:
    lines = talk.go("setoption name MultiPV value 3", f"position fen {KIWIPETE}", "go depth 5")
    talk.send("setoption name MultiPV value 1")
    last = [line for line in lines if " pv " in line and "bound" not in line and fields(line, "depth") == ["5"]][-3:]
    assert [fields(line, "multipv")[0] for line in last] == ["1", "2", "3"]
    assert len({fields(line, "pv")[0] for line in last}) == 3
    scores = [int(fields(line, "cp")[0]) for line in last]
    assert scores == sorted(scores, reverse=True)
    assert fields(last[0], "pv")[0] == bestmove(lines)


def test_more_lines_than_moves_are_as_many_as_moves(talk: Conversation) -> None:
    talk.send("setoption name MultiPV value 200")
    lines = talk.go("position fen k7/8/8/8/8/8/8/1K6 b - - 0 1", "go depth 3")
    talk.send("setoption name MultiPV value 1")
    assert max(int(fields(line, "multipv")[0]) for line in lines if " multipv " in line) == 3


def test_a_mate_is_counted_in_moves_and_from_either_side(talk: Conversation) -> None:
    lines = talk.go("position fen r5rk/5p1p/5R2/4B3/8/8/7P/7K w - - 0 1", "go mate 3")
    assert any(" score mate 3 " in line for line in lines)
    assert bestmove(lines) == "f6a6"
    lines = talk.go("position fen 7k/8/6K1/8/8/8/8/R7 b - - 0 1", "go depth 5")
    assert " score mate -1 " in lines[-2]


@pytest.mark.parametrize(
    ("fen", "score"),
    [("R5k1/5ppp/8/8/8/8/8/4K3 b - - 0 1", "mate 0"), ("k7/2Q5/8/8/8/8/8/4K3 b - - 0 1", "cp 0")],
)
def test_a_position_without_moves_is_answered(fen: str, score: str, talk: Conversation) -> None:
    assert talk.go(f"position fen {fen}", "go depth 3") == [f"info depth 0 score {score}", "bestmove (none)"]


def test_a_limit_of_nodes_is_kept(talk: Conversation) -> None:
    lines = talk.go("go nodes 5000")
    assert 4000 < int(fields(lines[-2], "nodes")[0]) <= 5001


def test_perft_tells_each_move_and_the_total(talk: Conversation) -> None:
    lines = talk.ask(f"position fen {KIWIPETE}", "go perft 3")
    assert lines[-1] == "Nodes searched: 97862"
    counts = dict(line.split(": ") for line in lines if re.fullmatch(r"[a-h]\d[a-h]\d: \d+", line))
    assert len(counts) == 48
    assert sum(map(int, counts.values())) == 97862
    assert counts["e1g1"] == "2059"


def test_d_and_eval_tell_the_position_and_its_score(talk: Conversation) -> None:
    lines = talk.ask("position startpos moves e2e4", "d")
    assert "Fen: rnbqkbnr/pppppppp/8/8/4P3/8/PPPP1PPP/RNBQKBNR b KQkq - 0 1" in lines
    assert "Key: 823C9B50FD114196" in lines
    assert re.fullmatch(r"Score: [+-]\d+ centipawns, the side to move's view", talk.ask("eval")[-1])


def test_a_long_game_is_taken_and_its_repetition_is_known(talk: Conversation) -> None:
    shuffle = ["g1f3", "g8f6", "f3g1", "f6g8"]
    lines = talk.go(f"position startpos moves {' '.join(shuffle * 150)}", "go depth 4")
    assert bestmove(lines) != "(none)"
    # The third time is a draw.
    lines = talk.go(f"position startpos moves {' '.join(shuffle * 2)}", "go depth 1 searchmoves g1f3")
    assert abs(int(fields(lines[-2], "cp")[0])) <= 1


def test_chess960_writes_castling_as_the_king_taking_its_rook(talk: Conversation) -> None:
    talk.send("setoption name UCI_Chess960 value true")
    lines = talk.ask("position fen 4k3/8/8/8/8/8/8/1R2K1R1 w GB - 0 1 moves e1g1", "d")
    talk.send("setoption name UCI_Chess960 value false")
    assert "Fen: 4k3/8/8/8/8/8/8/1R3RK1 b - - 1 1" in lines


def test_hexapawn_is_another_variant(talk: Conversation) -> None:
    talk.send("setoption name UCI_Variant value hexapawn3x3")
    lines = talk.go("position startpos", "go depth 10")
    talk.send("setoption name UCI_Variant value chess")
    assert " score mate -3 " in lines[-2]
    assert re.fullmatch(r"[abc]1[abc]2", bestmove(lines))


def test_weaker_play_is_asked_for_and_kept(talk: Conversation) -> None:
    talk.send("setoption name UCI_LimitStrength value true", "setoption name UCI_Elo value 1000")
    moves = {bestmove(talk.go(f"position fen {KIWIPETE}", "go movetime 10000")) for _ in range(12)}
    talk.send("setoption name UCI_LimitStrength value false")
    assert len(moves) > 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("hello", "unknown command 'hello'"),
        ("position", "'position' is followed by"),
        ("position fen 8/8/8/8/8/8/8/8 w - - 0 1", "the board is empty"),
        ("position fen nonsense", "nonsense"),
        ("position startpos moves e2e5", "e2e5"),
        ("position startpos moves e2e4 e2e4", "e2e4"),
        ("setoption name Hash value 0", "Hash"),
        ("setoption name Hash value many", "Hash"),
        ("setoption name Threads value 1000000", "Threads"),
        ("setoption name Nothing value 1", "Nothing"),
        ("setoption Hash", "setoption name NAME"),
        ("setoption name EvalFile value network.nn", "EvalFile"),
        ("setoption name BookFile value /no/such/book.bin", "/no/such/book.bin"),
        ("setoption name SyzygyPath value /no/such/folder", "/no/such/folder"),
        ("go depth", "'go depth' needs a number"),
        ("go depth zero", "'go depth' needs a whole number"),
        ("go sideways", "'sideways'"),
        ("debug maybe", "'debug'"),
        ("bench deep", "'bench'"),
        ("bench 0", "a depth from 1 to 127"),
        ("bench 128", "a depth from 1 to 127"),
    ],
)
def test_bad_input_gets_one_sentence_and_changes_nothing(line: str, sentence: str, talk: Conversation) -> None:
    before = talk.ask("position startpos moves d2d4", "d")
    talk.send(line)
    answer = talk.until("info string")
    assert len(answer) == 1
    assert sentence in answer[0]
    assert talk.ask("d") == before


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("go foo depth 1", "'go' knows no 'foo', which is left out"),
        ("go searchmoves e2e5 e2e4 depth 1", "'e2e5'"),
        ("go depth 0", None),
        ("go nodes 0", None),
        ("go nodes 18446744073709551615 depth 1", None),
    ],
)
def test_whoever_asks_for_a_move_gets_one(line: str, sentence: str | None, talk: Conversation) -> None:
    lines = talk.go("position startpos", line)
    assert re.fullmatch(r"[a-h][1-8][a-h][1-8]", bestmove(lines))
    told = [said for said in lines if said.startswith("info string")]
    assert len(told) == (sentence is not None)
    assert sentence is None or sentence in told[0]


def test_the_position_stays_when_the_evaluation_changes(talk: Conversation) -> None:
    before = talk.ask("position startpos moves d2d4", "d")
    talk.send("setoption name Evaluation value classical")
    assert talk.ask("d") == before
    talk.send("setoption name Evaluation value nnue")


def test_limited_strength_tells_as_many_lines_as_were_asked_for(talk: Conversation) -> None:
    talk.send("setoption name UCI_LimitStrength value true", "setoption name UCI_Elo value 1000")
    lines = talk.go("position startpos", "go nodes 500")
    talk.send("setoption name UCI_LimitStrength value false")
    assert any(" multipv 1 " in line for line in lines)
    assert not any(" multipv 2 " in line for line in lines)


def test_binary_junk_and_a_line_without_end_are_survived(talk: Conversation) -> None:
    talk.send_bytes(b"\x00\xff\xfe\x80 \x1b[2J\r\n")
    assert len(talk.until("info string")) == 1
    talk.send_bytes(b"x" * (1 << 21) + b"\n")
    assert "was left out" in talk.until("info string")[-1]
    assert talk.ready() == []
