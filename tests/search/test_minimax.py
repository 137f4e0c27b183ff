"""Minimax: the known facts about Hexapawn and tic-tac-toe, an independent twin, the file, and the player."""

from __future__ import annotations

import threading
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.hexapawn import HexapawnGame
from engine.hexapawn.packing import PACKING
from examples import tictactoe
from search.minimax import Entry, Minimax, Packing, Solution, register_packing, solve
from search.rules import DRAW, LOSS, WIN, Rules, register
from search.searcher import MATE, Info, Limits, Root, Stop


def solved(game: HexapawnGame, text: str | None = None) -> Solution:
    solution = solve(PACKING, game.parse(text or game.start))
    assert solution is not None
    return solution


def children(packing: Packing, state: Any) -> dict[int, Any]:
    """The states that the legal moves lead to."""
    buffer = np.zeros(packing.rules.max_moves, np.int32)
    found = {}
    for move in sorted(int(move) for move in buffer[: int(packing.rules.legal(state, buffer))]):
        found[move] = state.copy()
        packing.rules.play(state, found[move], move)
    return found


THREE = HexapawnGame(3, 3)


@pytest.fixture(scope="module")
def three() -> Solution:
    return solved(THREE)


# Facts, found by independent enumeration.


@pytest.mark.bounds
@pytest.mark.interpreted
def test_the_second_player_wins_3x3_in_6_plies(three: Solution) -> None:
    root = three[three.root]
    assert (root.value, root.distance) == (LOSS, 6)


def test_3x3_has_70_positions_that_go_on_and_65_that_have_ended(three: Solution) -> None:
    assert Counter((three.distance == 0).tolist()) == {False: 70, True: 65}


def test_the_paths_through_the_solution_of_3x3_are_those_of_the_full_tree(three: Solution) -> None:
    """252 nodes and 134 games."""
    paths = [Counter([int(PACKING.pack(three.root))])]
    games = 0
    while paths[-1]:
        below: Counter[int] = Counter()
        for packed, times in paths[-1].items():
            after = children(PACKING, three.state(packed))
            games += 0 if after else times
            for child in after.values():
                below[int(PACKING.pack(child))] += times
        paths.append(below)
    totals = [counter.total() for counter in paths[:-1]]
    assert totals == [1, 3, 10, 28, 56, 70, 64, 20]
    assert (sum(totals), games) == (252, 134)


WINNERS = {
    (3, 4): 2, (3, 5): 1, (3, 6): 2, (3, 7): 1, (4, 3): 1, (4, 4): 1, (4, 5): 2, (4, 6): 1,
    (5, 3): 1, (5, 4): 2, (5, 5): 1, (6, 3): 2, (6, 4): 2,
}  # fmt: skip


@pytest.mark.parametrize(("size", "player"), WINNERS.items(), ids=str)
def test_the_winner_by_files_and_ranks(size: tuple[int, int], player: int) -> None:
    solution = solved(HexapawnGame(*size))
    assert solution[solution.root].value == (WIN if player == 1 else LOSS)


@pytest.mark.parametrize(("perfect", "share"), [(0, Fraction(7, 8)), (1, Fraction(1))])
def test_a_perfect_player_against_a_random_mover(three: Solution, perfect: int, share: Fraction) -> None:
    """On 3x3 the second player always wins, the first 87.5 %, whichever optimal moves they choose."""

    def wins(state: Any) -> set[Fraction]:
        """What the perfect player can expect, by all ways of choosing among its optimal moves."""
        after = children(PACKING, state)
        if not after:
            return {Fraction(int(state.side != perfect))}
        if state.side == perfect:
            return {share for move in three[state].optimal for share in wins(after[move])}
        below = [wins(child) for child in after.values()]
        assert all(len(shares) == 1 for shares in below)
        return {sum((min(shares) for shares in below), Fraction(0)) / len(below)}

    assert wins(three.root) == {share}


def test_tictactoe_is_a_draw_with_5478_states() -> None:
    solution = solve(tictactoe.PACKING, tictactoe.new_game())
    assert solution is not None
    assert len(solution) == 5478
    root = solution[solution.root]
    assert (root.value, root.distance, len(root.optimal)) == (DRAW, 9, 9)
    assert Counter(solution.value[solution.distance == 0].tolist()) == {LOSS: 626 + 316, DRAW: 16}


# The slow twin: the definition, without memory, without packing.


def by_definition(packing: Packing, state: Any) -> Entry:
    """Value, distance and optimal moves, straight from their definitions."""
    after = children(packing, state)
    if not after:
        ended = int(packing.rules.ended(state))
        return Entry(int(packing.rules.stuck(state)) if ended > WIN else ended, 0, ())
    below = {move: by_definition(packing, child) for move, child in after.items()}
    value = max(-entry.value for entry in below.values())
    distances = {move: entry.distance + 1 for move, entry in below.items() if -entry.value == value}
    distance = min(distances.values()) if value == WIN else max(distances.values())
    optimal = tuple(move for move in distances if value == DRAW or distances[move] == distance)
    return Entry(value, distance, optimal)


@pytest.mark.bounds
@pytest.mark.interpreted
def test_every_entry_of_3x3_is_as_defined(three: Solution) -> None:
    for packed in three.packed:
        state = three.state(packed)
        assert three[state] == by_definition(PACKING, state)


def test_draws_are_as_defined() -> None:
    solution = solve(tictactoe.PACKING, tictactoe.new_game())
    assert solution is not None
    few = [packed for packed in solution.packed if int(packed).bit_count() >= 4]
    for packed in few[::7]:
        state = solution.state(packed)
        assert solution[state] == by_definition(tictactoe.PACKING, state)


def test_every_value_of_4x4_follows_from_those_below_it() -> None:
    solution = solved(HexapawnGame(4, 4))
    for packed in solution.packed[::5]:
        state = solution.state(packed)
        entry = solution[state]
        below = {move: solution[child] for move, child in children(PACKING, state).items()}
        if below:
            best = max((-child.value, child.value * (child.distance + 1)) for child in below.values())
            assert (entry.value, entry.distance) == (best[0], abs(best[1]))
            assert set(entry.optimal) == {
                move for move, child in below.items() if (-child.value, child.distance + 1) == (best[0], abs(best[1]))
            }


def test_a_table_that_grows_in_the_middle_of_the_search_gives_the_same_solution(
    monkeypatch: pytest.MonkeyPatch, three: Solution
) -> None:
    monkeypatch.setattr("search.minimax.solution._FIRST_SLOTS", 2)
    monkeypatch.setattr("search.minimax.solution._BUDGET", 1)
    reports: list[int] = []
    again = solve(PACKING, THREE.parse(THREE.start), on_progress=reports.append)
    assert again is not None
    assert reports == sorted(reports)
    assert len(reports) > 100
    for name in ("packed", "value", "distance", "optimal"):
        assert np.array_equal(getattr(again, name), getattr(three, name))


# What is refused.


def test_a_state_that_the_root_does_not_lead_to_is_no_key(three: Solution) -> None:
    elsewhere = THREE.parse("ppp/PPP/3 b")
    assert elsewhere not in three
    with pytest.raises(KeyError, match="cannot be reached from the one that was solved"):
        three[elsewhere]


def test_a_state_of_another_board_with_the_same_word_is_no_key() -> None:
    """Words are exact within one board: 4x3 and 3x4 have words in common that mean different positions."""
    small, wide = HexapawnGame(3, 4), HexapawnGame(4, 3)
    solution = solved(small)
    words = {int(word) for word in solution.packed} & {int(word) for word in solved(wide).packed}
    assert words
    stranger = solved(wide).state(words.pop())
    assert stranger not in solution


def test_boards_that_do_not_fit_a_word_are_refused() -> None:
    game = HexapawnGame(8, 8)
    with pytest.raises(ValueError, match="Hexapawn 8x8 do not fit 64 bits; up to 7x7 they do"):
        solve(PACKING, game.parse(game.start))


def test_a_ceiling_of_positions_ends_the_search() -> None:
    game = HexapawnGame(4, 4)
    assert solve(PACKING, game.parse(game.start), max_positions=20_285) is None
    assert solve(PACKING, game.parse(game.start), max_positions=20_286) is not None


CIRCLE = np.dtype([("circle_place", np.int64), ("side", np.int64)])


def circle_legal(state: Any, moves: Any) -> int:
    moves[0] = 1
    return 1


def circle_play(parent: Any, child: Any, move: Any) -> None:
    child.circle_place = (parent.circle_place + 1) % 6
    child.side = 1 - parent.side


def circle_unpack(state: Any, packed: Any) -> None:
    state.circle_place, state.side = packed, packed % 2


@pytest.mark.interpreted
def test_a_game_whose_states_recur_is_refused() -> None:
    from search.kernel import kernel

    rules = register(
        Rules(
            name="circle",
            dtype=CIRCLE,
            max_moves=1,
            legal=kernel(circle_legal),
            play=kernel(circle_play),
            ended=kernel(lambda state: 2),
            stuck=kernel(lambda state: 0),
            key=kernel(lambda state: np.uint64(state.circle_place)),
            side=kernel(lambda state: state.side),
        )
    )
    packing = Packing(
        rules=rules, pack=kernel(lambda state: np.uint64(state.circle_place)), unpack=kernel(circle_unpack)
    )
    register_packing(packing)
    with pytest.raises(ValueError, match="circle is not solved by minimax alone: a state recurs in a line of play"):
        solve(packing, np.zeros(1, CIRCLE).view(np.recarray)[0])


# The file.


@pytest.mark.interpreted
def test_a_solution_survives_its_file(three: Solution, tmp_path: Path) -> None:
    path = tmp_path / "three.npz"
    three.save(path, game=THREE.name, start=THREE.start)
    assert [file.name for file in tmp_path.iterdir()] == ["three.npz"]
    again = Solution.load(path, PACKING, THREE.parse(THREE.start))
    for name in ("packed", "value", "distance", "optimal"):
        assert np.array_equal(getattr(again, name), getattr(three, name))
        assert getattr(again, name).dtype == getattr(three, name).dtype
    with np.load(path, allow_pickle=False) as archive:
        assert (str(archive["game"]), str(archive["start"])) == ("hexapawn3x3", "ppp/3/PPP w")
        assert str(archive["format"]) == "matchbox solution 1"
        assert archive["packed"].tolist() == sorted(archive["packed"].tolist())


def test_a_file_that_is_no_solution_of_this_root_is_refused(three: Solution, tmp_path: Path) -> None:
    path = tmp_path / "file.npz"
    path.write_bytes(b"no archive at all")
    with pytest.raises(ValueError, match="is not a NumPy archive"):
        Solution.load(path, PACKING, three.root)
    np.savez(path, packed=np.zeros(1))
    with pytest.raises(ValueError, match="is not a solution in the format 'matchbox solution 1'"):
        Solution.load(path, PACKING, three.root)
    three.save(path, game=THREE.name, start=THREE.start)
    with pytest.raises(ValueError, match="solves 'ppp/3/PPP w' of hexapawn3x3, not the position that is asked"):
        Solution.load(path, PACKING, HexapawnGame(3, 4).parse("ppp/3/3/PPP w"))


def test_a_solution_that_cannot_be_written_leaves_nothing_behind(
    three: Solution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="disk full"):
        three.save(tmp_path / "three.npz", game=THREE.name, start=THREE.start)
    assert list(tmp_path.iterdir()) == []


# The player.


@pytest.mark.bounds
@pytest.mark.interpreted
def test_the_player_gives_proven_scores_and_whole_lines() -> None:
    result = Minimax(PACKING).search(Root(state=THREE.parse(THREE.start)), Limits(multipv=3))
    assert result.score == -(MATE - 6)
    assert [line.rank for line in result.lines] == [1, 2, 3]
    assert [line.score for line in result.lines] == [-(MATE - 6), -(MATE - 4), -(MATE - 4)]
    assert len(result.lines[0].pv) == 6
    assert (result.move, result.ponder) == result.lines[0].pv[:2]
    assert result.nodes == 135


def test_the_player_plays_a_whole_game_from_one_solution() -> None:
    player = Minimax(PACKING)
    state = THREE.parse(THREE.start)
    nodes = []
    while (result := player.search(Root(state=state), Limits())).move:
        nodes.append(result.nodes)
        state = children(PACKING, state)[result.move]
    assert nodes == [135, 0, 0, 0, 0, 0]
    assert state.side == 0
    assert (result.score, result.lines) == (0, ())


def test_root_moves_can_be_limited() -> None:
    state = THREE.parse(THREE.start)
    worst = THREE.parse_move(state, "a1a2")
    result = Minimax(PACKING).search(Root(state=state), Limits(moves=(worst,)))
    assert (result.move, result.score) == (worst, -(MATE - 4))


def test_with_a_seed_optimal_moves_vary_and_come_again_in_a_new_game() -> None:
    game = HexapawnGame(5, 4)
    player = Minimax(PACKING, seed=3)
    root = Root(state=game.parse(game.start))

    def choices() -> list[int]:
        return [player.search(root, Limits()).move for _ in range(12)]

    player.new_game()
    first = choices()
    assert len(set(first)) > 1
    player.new_game()
    assert choices() == first


@pytest.mark.parametrize("limits", [Limits(nodes=1000), Limits(seconds=0.0)], ids=["nodes", "seconds"])
def test_an_unsolved_game_is_played_without_claims(limits: Limits) -> None:
    game = HexapawnGame(4, 5)
    state = game.parse(game.start)
    result = Minimax(PACKING).search(Root(state=state), limits)
    assert (result.move, result.score, result.lines) == (game.parse_move(state, "a1a2"), 0, ())
    assert 0 < result.nodes < 118_133


def test_a_player_that_may_not_solve_so_much_says_nothing() -> None:
    result = Minimax(PACKING, max_positions=10).search(Root(state=THREE.parse(THREE.start)), Limits())
    assert (result.score, result.lines, result.depth, result.nodes) == (0, (), 0, 10)


def test_a_stop_from_another_thread_ends_an_infinite_search() -> None:
    stop = Stop()
    infos: list[Info] = []

    def hear(info: Info) -> None:
        infos.append(info)
        if info.line is not None:
            threading.Thread(target=stop.set).start()

    result = Minimax(PACKING).search(Root(state=THREE.parse(THREE.start)), Limits(infinite=True), hear, stop)
    assert stop.is_set()
    assert infos[-1].line == result.lines[0]
