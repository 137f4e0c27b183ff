"""Whole matches: schedules, records that survive a kill, decisions, and failing players."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path

import chess.pgn
import pytest

from selfplay.matches.arena import Match, MatchConfig, default_folder
from selfplay.matches.record import GameRecord
from selfplay.matches.referee import Adjudication, Patience
from selfplay.matches.schedule import Format, pair_points, pairings, schedule
from selfplay.matches.spec import Limit, PlayerSpec
from selfplay.matches.sprt import Sprt

MakePlayer = Callable[..., PlayerSpec]


def config(players: list[PlayerSpec], games: int = 4, **changes: object) -> MatchConfig:
    settings: dict[str, object] = {
        "players": tuple(players),
        "limit": Limit(nodes=1),
        "games": games,
        "opening_seed": None,
        "adjudication": Adjudication(max_moves=3),
        "patience": Patience(silence=0.5, start=10.0),
    }
    return MatchConfig(**(settings | changes))  # type: ignore[arg-type]


def pgn_games(folder: Path) -> list[chess.pgn.Game]:
    stream = io.StringIO((folder / "games.pgn").read_text())
    return list(iter(lambda: chess.pgn.read_game(stream), None))


def test_every_opening_is_played_twice_with_colours_swapped() -> None:
    games = schedule(2, "round-robin", 5)
    assert [game.number for game in games] == [0, 1, 2, 3, 4, 5]
    for one, other in zip(games[::2], games[1::2], strict=True):
        assert (one.white, one.black, one.opening) == (other.black, other.white, other.opening)


@pytest.mark.parametrize(("form", "met"), [("round-robin", [(0, 1), (0, 2), (1, 2)]), ("gauntlet", [(0, 1), (0, 2)])])
def test_who_meets_whom(form: Format, met: list[tuple[int, int]]) -> None:
    assert pairings(3, form) == met
    assert {(game.white, game.black) for game in schedule(3, form, 2)} == set(met) | {(b, a) for a, b in met}


def test_a_longer_schedule_begins_with_the_shorter() -> None:
    assert schedule(3, "round-robin", 10)[: len(schedule(3, "round-robin", 4))] == schedule(3, "round-robin", 4)


def test_pairs_are_placed_by_their_points() -> None:
    assert [pair_points(pair) for pair in ((0, 0), (0, 0.5), (1, 0), (0.5, 1), (1, 1))] == [0, 1, 2, 3, 4]


def test_a_match_is_recorded_in_full(tmp_path: Path, fake: MakePlayer) -> None:
    match = Match(config([fake(name="a"), fake(name="b")]), tmp_path)
    assert match.check_players() == {"a": "Fake good", "b": "Fake good"}
    heard: list[int] = []
    match.run(lambda record: heard.append(record.game))
    assert heard == [0, 1, 2, 3]
    assert [(record.white.name, record.result) for record in match.records] == [(n, "1/2-1/2") for n in "abab"]
    games = pgn_games(tmp_path)
    assert [game.headers["Round"] for game in games] == ["1.1", "1.2", "2.1", "2.2"]
    assert games[0].headers["Termination"] == "adjudication"
    assert games[0].headers["FEN"] == games[1].headers["FEN"] != games[2].headers["FEN"]
    first = games[0].next()
    assert first is not None
    assert first.comment.startswith("+0.12/3 ")
    assert first.comment.endswith("s n=100")
    summary = match.json()
    assert summary["finished"]
    assert summary["duels"][0]["pentanomial"] == [0, 0, 2, 0, 0]
    assert {player["mean_depth"] for player in summary["players"]} == {3.0}
    json.dumps(summary, allow_nan=False)


def test_failures_are_counted_and_the_match_goes_on(tmp_path: Path, fake: MakePlayer) -> None:
    players = [fake(name="good"), *(fake(name, 2) for name in ("crash", "illegal", "hang", "refuse"))]
    match = Match(config(players, games=2, form="gauntlet", concurrency=2), tmp_path)
    match.run()
    assert len(match.records) == 8
    by_name = {player["name"]: player for player in match.json()["players"]}
    assert by_name["good"]["points"] == 8
    for name, key in (
        ("crash", "crashes"),
        ("illegal", "illegal_moves"),
        ("hang", "silences"),
        ("refuse", "failed_starts"),
    ):
        keys = ("time_losses", "illegal_moves", "crashes", "silences", "failed_starts")
        assert {k: by_name[name][k] for k in keys} == {k: 2 if k == key else 0 for k in keys}


def test_a_killed_match_goes_on_where_it_was(tmp_path: Path, fake: MakePlayer) -> None:
    setting = config([fake(name="a"), fake(name="b")])
    Match(dataclasses.replace(setting, games=2), tmp_path).run()
    before = (tmp_path / "games.pgn").read_bytes()
    # Killed while game 3 was being written: its PGN in part or whole, its line half.
    with (tmp_path / "games.pgn").open("ab") as file:
        file.write(b'[Event "torn"]\n\n1. e4')
    with (tmp_path / "results.jsonl").open("ab") as file:
        file.write(b'{"game": 2, "whi')
    match = Match(setting, tmp_path)
    assert [record.game for record in match.records] == [0, 1]
    match.run()
    assert [record.game for record in match.records] == [0, 1, 2, 3]
    assert (tmp_path / "games.pgn").read_bytes().startswith(before)
    assert len(pgn_games(tmp_path)) == 4
    assert "torn" not in (tmp_path / "games.pgn").read_text()
    assert Match(setting, tmp_path).finished


@pytest.mark.parametrize("cut", range(1, 600, 83))
def test_a_results_file_cut_anywhere_keeps_its_whole_lines(tmp_path: Path, fake: MakePlayer, cut: int) -> None:
    folder = Match(config([fake(name="a"), fake(name="b")]), tmp_path).folder
    side = {"moves": 1, "seconds": 0.1, "nodes": 1, "nodes_seconds": 0.1, "depth": 1, "depth_moves": 1}
    line = json.dumps(
        {"game": 0, "white": {"name": "a", **side}, "black": {"name": "b", **side}, "fen": "", "opening": ""}
        | {"result": "1-0", "reason": "checkmate", "detail": "", "plies": 2, "seconds": 1.0, "overrun": 0.0}
        | {"pgn_end": 0}
    )
    (folder.path / "results.jsonl").write_text(f"{line}\n{line}"[:-cut])
    expected = 1 if cut <= len(line) else 0
    assert len(Match(config([fake(name="a"), fake(name="b")]), tmp_path).records) == expected


def test_another_match_does_not_fit_the_folder(tmp_path: Path, fake: MakePlayer) -> None:
    Match(config([fake(name="a"), fake(name="b")]), tmp_path)
    with pytest.raises(ValueError, match=r"holds another match .*players"):
        Match(config([fake(name="a"), fake(name="c")]), tmp_path)


def test_more_games_and_other_concurrency_fit_the_folder(tmp_path: Path, fake: MakePlayer) -> None:
    Match(config([fake(name="a"), fake(name="b")]), tmp_path)
    Match(config([fake(name="a"), fake(name="b")], games=8, concurrency=3), tmp_path)


def test_a_decided_test_ends_the_match(tmp_path: Path, fake: MakePlayer) -> None:
    match = Match(config([fake(name="good"), fake("illegal")], games=1000, sprt=Sprt(elo0=0, elo1=400)), tmp_path)
    match.run()
    assert match.decided
    assert len(match.records) < 100
    assert match.json()["duels"][0]["sprt"]["verdict"] == "H1"
    assert Match(match.config, tmp_path).finished


def test_what_a_listener_raises_ends_the_match_and_closes_its_programs(tmp_path: Path, fake: MakePlayer) -> None:
    def interrupt(record: GameRecord) -> None:
        raise RuntimeError("listener")

    match = Match(config([fake(name="a"), fake(name="b")], games=100), tmp_path)
    with pytest.raises(RuntimeError, match="listener"):
        match.run(interrupt)
    assert [record.game for record in match.records] == [0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"limit": None}, "player a has no limit"),
        ({"games": 0}, "at least 1"),
        ({"concurrency": 0}, "at least 1"),
    ],
)
def test_impossible_matches_are_refused(fake: MakePlayer, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        config([fake(name="a"), fake(name="b")], **changes)


def test_one_player_is_no_match(fake: MakePlayer) -> None:
    with pytest.raises(ValueError, match="at least two players"):
        config([fake(name="a")])


def test_players_need_names_of_their_own(fake: MakePlayer) -> None:
    with pytest.raises(ValueError, match="different names"):
        config([fake(name="a"), fake(name="a")])


def test_default_folders_are_named_after_the_players() -> None:
    folder = default_folder(["new", "a/b c"], 0.0)
    assert folder.parent == Path("runs")
    assert folder.name.endswith("-new-abc")
