"""The command `matchbox latplan`: from pairs to a model, from two pictures to a plan, and every way to fail."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cli.exit_status import BAD_FILE, MISTAKE, NO_PLAN, OUT_OF_LIMITS, UNKNOWN_PICTURE
from cli.main import run
from latplan.domains import ImageDomain, Picture, domain
from latplan.strip import save_picture

PUZZLE = domain("8-puzzle")
SOLVED = (0, 1, 2, 3, 4, 5, 6, 7, 8)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def latplan(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `matchbox latplan` in a folder of its own; gives the exit status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run_latplan(*arguments: str) -> tuple[int, str, str]:
        status = run(["latplan", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_latplan


@pytest.fixture
def two_pictures(tmp_path: Path) -> tuple[str, str]:
    """A start and a goal of the 8-puzzle, 14 moves apart."""
    instance = PUZZLE.instance(14, np.random.default_rng(1))
    for name, state in (("init.png", instance.start), ("goal.png", instance.goal)):
        save_picture(PUZZLE.render(state), tmp_path / name)
    return "init.png", "goal.png"


def test_a_plan_in_pictures(latplan: Run, two_pictures: tuple[str, str], tmp_path: Path) -> None:
    status, told, _ = latplan("plan", "--model", "8-puzzle", *two_pictures, "--out", "a/plan")
    assert status == 0
    assert told.startswith("14 moves, the fewest by the learnt actions (bidirectional, ")
    folder = tmp_path / "a" / "plan"
    written = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    frames = [f"frames/{number:03}.png" for number in range(15)]
    others = ["domain.pddl", "plan.gif", "plan.txt", "problem.pddl", "result.json", "strip.png"]
    assert written == sorted(frames + others)
    result = json.loads((folder / "result.json").read_text())
    assert result["status"] == "SOLVED_OPTIMALLY"
    assert result["length"] == len(result["plan"]) == 14
    assert result["expanded"] > 0
    assert result["seconds"].keys() == {"load", "encode", "plan", "draw", "write"}
    states = [PUZZLE.parse(np.asarray(Image.open(folder / frame))) for frame in frames]
    assert all(one is not None and other in PUZZLE.successors(one) for one, other in itertools.pairwise(states))


def test_a_plan_replaces_an_earlier_one_and_nothing_else(
    latplan: Run, two_pictures: tuple[str, str], tmp_path: Path
) -> None:
    start, _ = two_pictures
    assert latplan("plan", "--model", "8-puzzle", *two_pictures)[0] == 0
    (tmp_path / "plan" / "notes.txt").write_text("mine")
    status, told, _ = latplan("plan", "--model", "8-puzzle", start, start)
    assert status == 0
    assert told.startswith("0 moves (")
    assert [file.name for file in (tmp_path / "plan" / "frames").iterdir()] == ["000.png"]
    assert (tmp_path / "plan" / "notes.txt").read_text() == "mine"


def test_nothing_of_an_earlier_plan_is_left_beside_one_that_failed(
    latplan: Run, two_pictures: tuple[str, str], tmp_path: Path
) -> None:
    start, _ = two_pictures
    save_picture(np.random.default_rng(1).integers(0, 256, PUZZLE.shape).astype(np.uint8), tmp_path / "noise.png")
    for arguments, expected in (
        (("noise.png", start), UNKNOWN_PICTURE),
        ((*two_pictures, "--planner", "astar-pdb", "--seconds", "0.001"), OUT_OF_LIMITS),
    ):
        assert latplan("plan", "--model", "8-puzzle", start, start)[0] == 0
        folder = tmp_path / "plan"
        for name in ("frames/1000.png", "frames/01.png"):
            save_picture(PUZZLE.render(SOLVED), folder / name)
        assert latplan("plan", "--model", "8-puzzle", *arguments)[0] == expected
        left = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
        # A frame's number has three digits or more.
        assert left - {"domain.pddl", "problem.pddl", "result.json"} == {"frames/01.png"}
        assert ("result.json" in left) == (expected == OUT_OF_LIMITS)


@pytest.mark.parametrize("planner", ["fd-lmcut", "fd-lama", "astar-pdb"])
def test_other_planners(planner: str, latplan: Run, two_pictures: tuple[str, str], tmp_path: Path) -> None:
    status, _, error = latplan("plan", "--model", "8-puzzle", *two_pictures, "--planner", planner)
    assert status == 0, error
    result = json.loads((tmp_path / "plan" / "result.json").read_text())
    assert result["planner"] == planner
    assert result["length"] >= 14


def test_a_goal_that_cannot_be_reached(latplan: Run, two_pictures: tuple[str, str], tmp_path: Path) -> None:
    """Two tiles of the 8-puzzle exchanged: the other half of all arrangements."""
    swapped = (0, 2, 1, *SOLVED[3:])
    for name, state in (("init.png", SOLVED), ("goal.png", swapped)):
        save_picture(PUZZLE.render(state), tmp_path / name)
    status, told, error = latplan("plan", "--model", "8-puzzle", *two_pictures)
    assert (status, told) == (NO_PLAN, "")
    assert "no plan by the learnt actions" in error
    assert json.loads((tmp_path / "plan" / "result.json").read_text())["status"] == "UNSOLVABLE"
    assert not (tmp_path / "plan" / "strip.png").exists()


def test_time_that_runs_out(latplan: Run, two_pictures: tuple[str, str], tmp_path: Path) -> None:
    status, _, error = latplan(
        "plan", "--model", "8-puzzle", *two_pictures, "--planner", "fd-lmcut", "--seconds", "0.001"
    )
    assert status == OUT_OF_LIMITS
    assert "no plan was found within 0.001 s" in error


def test_a_picture_of_something_else(latplan: Run, two_pictures: tuple[str, str], tmp_path: Path) -> None:
    start, goal = two_pictures
    noise = np.random.default_rng(1).integers(0, 256, PUZZLE.shape).astype(np.uint8)
    others: list[tuple[Picture, str]] = [
        (noise, "is not of this puzzle: its reconstruction is off by"),
        (noise[:20], "is 42x20 pixels in grey, and those of this puzzle are 42x42"),
        (domain("hanoi").render((0, 0, 0, 0)), "is 66x30 pixels"),
    ]
    for picture, sentence in others:
        save_picture(picture, tmp_path / "other.png")
        for ends in (("other.png", goal), (start, "other.png")):
            status, told, error = latplan("plan", "--model", "8-puzzle", *ends)
            assert (status, told) == (UNKNOWN_PICTURE, "")
            assert sentence in error
            # Force helps with noise, and not with another size.
            assert ("--force" in error) == (picture.shape == PUZZLE.shape)
            assert error.count("\n") == 1


def test_a_noisy_picture_is_planned_with_by_force(latplan: Run, tmp_path: Path) -> None:
    status, told, _ = latplan("task", "8-puzzle", "--steps", "6", "--gaussian", "0.2")
    assert (status, told) == (0, "init.png and goal.png are 6 moves apart\n")
    assert latplan("plan", "--model", "8-puzzle", "init.png", "goal.png")[0] == UNKNOWN_PICTURE
    status, told, _ = latplan("plan", "--model", "8-puzzle", "init.png", "goal.png", "--force")
    assert status == 0
    assert told.startswith("6 moves")


def test_files_that_cannot_be_used(latplan: Run, two_pictures: tuple[str, str], tmp_path: Path) -> None:
    from latplan.shipped import model_file

    whole = model_file("8-puzzle").read_bytes()
    (tmp_path / "short.safetensors").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.png").write_text("no picture")
    start, goal = two_pictures
    for arguments, sentence in (
        (
            ("--model", "short.safetensors", start, goal),
            "short.safetensors is no model of a puzzle, or a part",
        ),
        (("--model", "nothing.safetensors", start, goal), "'nothing.safetensors' is no file and no model that comes"),
        (("--model", "8-puzzle", "nothing.png", goal), "nothing.png does not exist"),
        (("--model", "8-puzzle", start, "empty.png"), "empty.png is not a picture that can be read"),
        (("--model", "8-puzzle", "text.png", goal), "text.png is not a picture that can be read"),
        (("--model", "8-puzzle", start, goal, "--out", "init.png"), "init.png"),
    ):
        status, told, error = latplan("plan", *arguments)
        assert (status, told) == (BAD_FILE, ""), error
        assert sentence in error
        assert error.count("\n") == 1


def test_mistakes_in_what_was_typed(latplan: Run, two_pictures: tuple[str, str]) -> None:
    for arguments, sentence in (
        (("plan", "--model", "8-puzzle", *two_pictures, "--planner", "dijkstra"), "there is no planner 'dijkstra'"),
        (("plan", "--model", "8-puzzle", *two_pictures, "--planner", "fd-lama", "--optimal"), "not always shortest"),
        (("plan", *two_pictures), "--model"),
        (("train",), "say what to learn from"),
        (("train", "8-puzzle", "--pairs", "pairs.npz"), "say what to learn from"),
        (("train", "9-puzzle"), "there is no puzzle '9-puzzle'; there are 8-puzzle, "),
        (("train", "--pairs", "nothing.npz"), "nothing.npz does not exist"),
        (("train", "8-puzzle", "--out", "no/such/folder.safetensors"), "does not exist"),
        (("train", "8-puzzle", "--out", "model.html"), "model.html is what the page about the model is called"),
        (("train", "8-puzzle", "--count", "10000000"), "10,000,000 moves of 8-puzzle: the pictures take 32.9 GiB"),
        (("pairs", "blocksworld", "--count", "1000000"), "1,000,000 moves of blocksworld: the pictures take 16.1 GiB"),
        (("evaluate", "9-puzzle"), "there is no puzzle '9-puzzle'"),
        (("evaluate", "hanoi", "--model", "8-puzzle"), "the model's pictures are [42, 42] and those of hanoi [30, 66]"),
        (("pairs", "8-puzzle", "--count", "10", "--out", "."), "is not empty"),
        (("solve",), "No such command 'solve'"),
    ):
        status, told, error = latplan(*arguments)
        assert (status, told) == (MISTAKE, ""), error
        assert sentence in error
        assert error.count("\n") == 1


def test_an_evaluation_counts_by_the_rules(latplan: Run, tmp_path: Path) -> None:
    arguments = ("evaluate", "8-puzzle", "--instances", "4", "--steps", "5", "--steps", "9", "--planner", "blind")
    status, told, _ = latplan(*arguments, "--json", "result.json")
    assert status == 0
    assert "blind" in told
    facts = json.loads((tmp_path / "result.json").read_text())
    assert [(row["planner"], row["asked"], row["steps"]) for row in facts["rows"]] == [
        ("blind", 5, 5.0),
        ("blind", 9, 9.0),
    ]
    for row in facts["rows"]:
        assert row["instances"] == row["solved"] == row["valid"] == row["optimal"] == 4


def test_a_task_that_is_too_far_is_refused(latplan: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[ImageDomain.__module__], "MOST_STATES", 1_000)
    for verb in ("task", "evaluate"):
        status, _, error = latplan(verb, "15-puzzle", "--steps", "30")
        assert status == MISTAKE
        assert "moves of one, and the search for any that is 30 away ends there; ask for fewer steps" in error
        assert "\n" not in error.strip()


def test_pairs_in_a_folder_are_those_in_a_file(latplan: Run, tmp_path: Path) -> None:
    assert latplan("pairs", "lightsout", "--count", "12", "--out", "pairs.npz")[0] == 0
    assert latplan("pairs", "lightsout", "--count", "12", "--out", "folder")[0] == 0
    pairs = np.load(tmp_path / "pairs.npz")
    for number in range(12):
        for kind in ("pre", "suc"):
            picture = np.asarray(Image.open(tmp_path / "folder" / f"{number:02}-{kind}.png"))
            assert np.array_equal(picture, pairs[kind][number])


class Frogs:
    """Frogs on a row of stones leap to a free neighbour or over one frog: a puzzle that the house does not know.

    Brown frogs and green frogs, seen from above, in colours: 6 stones, and one is free.
    """

    stones = 6
    frogs = ("brown", "green", "brown", "green", "green")
    colours = {"": (90, 130, 200), "brown": (120, 70, 20), "green": (40, 160, 40)}  # noqa: RUF012

    @classmethod
    def moves(cls, row: tuple[str, ...]) -> list[tuple[str, ...]]:
        """Rows after one leap."""
        free = row.index("")
        after = []
        for stone in range(free - 2, free + 3):
            if stone != free and 0 <= stone < cls.stones:
                leapt = list(row)
                leapt[free], leapt[stone] = leapt[stone], ""
                after.append(tuple(leapt))
        return after

    @classmethod
    def draw(cls, row: tuple[str, ...]) -> Picture:
        """9 x 54 pixels, red, green and blue."""
        picture = np.zeros((9, 9 * cls.stones, 3), np.uint8)
        for stone, frog in enumerate(row):
            picture[1:8, 9 * stone + 1 : 9 * stone + 8] = cls.colours[""]
            picture[2:7, 9 * stone + 2 : 9 * stone + 7] = cls.colours[frog]
        return picture

    @classmethod
    def read(cls, picture: Picture) -> tuple[str, ...]:
        """The row that a picture shows."""
        names = list(cls.colours)
        middles = picture[4, 4::9].astype(int)
        nearest = [[sum((middle - np.array(cls.colours[name])) ** 2) for name in names] for middle in middles]
        return tuple(names[int(np.argmin(row))] for row in nearest)


def test_a_model_is_called_like_the_folder_of_its_pairs(
    latplan: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that is the current one, which has no name as it is typed."""
    from latplan.model import load_model
    from latplan.pairs import Pairs
    from latplan.shipped import model_file

    hanoi = domain("hanoi")
    before, after = hanoi.sample_transitions(2_000, np.random.default_rng(1))
    model = load_model(model_file("hanoi"))
    monkeypatch.setattr("latplan.learning.learn", lambda *_: model)
    monkeypatch.setattr("latplan.pairs.load_pairs", lambda path: Pairs(before, after))
    (tmp_path / "towers").mkdir()
    monkeypatch.chdir(tmp_path / "towers")
    for folder in (".", "../towers"):
        status, _, error = latplan("train", "--pairs", folder)
        assert status == 0, error
        assert sorted(file.name for file in Path.cwd().iterdir()) == ["towers.html", "towers.safetensors"]


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_a_puzzle_that_the_house_does_not_know(latplan: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    folder = tmp_path / "frogs"
    folder.mkdir()
    for number in range(2_500):
        row = tuple(rng.permutation([*Frogs.frogs, ""]).tolist())
        following = Frogs.moves(row)
        save_picture(Frogs.draw(row), folder / f"{number}-pre.png")
        save_picture(Frogs.draw(following[rng.integers(len(following))]), folder / f"{number}-suc.png")
    status, told, error = latplan("train", "--pairs", "frogs", "--json", "facts.json")
    assert status == 0, error
    assert "Next: matchbox latplan plan --model frogs.safetensors" in told
    assert json.loads((tmp_path / "facts.json").read_text())["explained"] > 0.97
    page = (tmp_path / "frogs.html").read_text()
    assert page.count("<img") > 50
    start, goal = ("brown", "green", "brown", "green", "green", ""), ("green", "green", "green", "", "brown", "brown")
    for name, row in (("init.png", start), ("goal.png", goal)):
        save_picture(Frogs.draw(row), tmp_path / name)
    status, _, error = latplan("plan", "--model", "frogs.safetensors", "init.png", "goal.png")
    assert status == 0, error
    rows = [Frogs.read(np.asarray(Image.open(frame))) for frame in sorted((tmp_path / "plan" / "frames").iterdir())]
    assert (rows[0], rows[-1]) == (start, goal)
    assert all(other in Frogs.moves(row) for row, other in itertools.pairwise(rows))
