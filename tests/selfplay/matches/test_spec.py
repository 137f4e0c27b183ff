"""Players and limits from text, and what is said about text that is neither."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from selfplay.matches.spec import Limit, PlayerSpec, parse_clock, parse_player


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5+0.05", Limit(base=5, increment=0.05)),
        ("60", Limit(base=60)),
        ("40/60+0.5", Limit(base=60, increment=0.5, moves=40)),
    ],
)
def test_time_controls(text: str, expected: Limit) -> None:
    assert Limit(**parse_clock(text)) == expected  # type: ignore[arg-type]
    assert str(expected).removesuffix("+0") == text


def test_a_name_alone_is_its_own_program() -> None:
    assert parse_player("toga2") == PlayerSpec(name="toga2", command="toga2")


def test_a_player_with_everything(tmp_path: Path) -> None:
    text = f'gnu,cmd=gnuchess --uci,option.Hash=16,"option.BookFile=a, b",nodes=500,depth=9,dir={tmp_path}'
    assert parse_player(text) == PlayerSpec(
        name="gnu",
        command="gnuchess --uci",
        options={"Hash": "16", "BookFile": "a, b"},
        limit=Limit(nodes=500, depth=9),
        folder=str(tmp_path),
    )


def test_our_own_engine_is_run_by_this_python() -> None:
    assert parse_player("new,cmd=matchbox").argv() == [sys.executable, "-m", "cli.uci"]


def test_arguments_follow_the_program_found_on_path() -> None:
    program, *arguments = PlayerSpec(name="x", command="sh -c 'a b'").argv()
    assert Path(program).is_absolute()
    assert arguments == ["-c", "a b"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "begins with its name"),
        ("cmd=x", "begins with its name"),
        ("a,fast", "not of the form key=value"),
        ("a,node=5", "no key 'node'; keys are cmd"),
        ("a,nodes=many", "player a: nodes is a number"),
        ("a,nodes=0", "player a: .* above 0"),
        ("a,tc=5,movetime=1", "player a: .* exclude each other"),
        ("a,tc=5s", "looks like 5"),
        ("a,option.Ponder=true", "the match itself sets the option Ponder"),
        ("a,dir=/nowhere", "there is no folder /nowhere"),
    ],
)
def test_text_that_is_no_player(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_player(text)


@pytest.mark.parametrize("fields", [{}, {"increment": 1.0, "nodes": 5}, {"base": -1.0}, {"base": 1.0, "moves": 0}])
def test_limits_that_are_none(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"need|above"):
        Limit(**fields)  # type: ignore[arg-type]


def test_a_program_that_is_nowhere() -> None:
    with pytest.raises(ValueError, match="there is no program 'no-such-program'"):
        PlayerSpec(name="x", command="no-such-program").argv()


@pytest.mark.parametrize("search", ["mcts", "policy", "value"])
def test_our_own_engine_plays_with_another_search_by_its_name(search: str) -> None:
    program, *words = parse_player(f"matchbox-{search},nodes=1").argv()
    assert program == sys.executable
    assert words == ["-m", "cli.main", "uci", "--search", search]
