"""Learning a puzzle from its pictures alone, saving it, and planning with it."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from latplan.action_model import ActionModel, learn_actions
from latplan.autoencoder import (
    Architecture,
    EncoderKind,
    bernoulli_divergence,
    binary_concrete,
)
from latplan.domains import Picture, domain
from latplan.learning import learn, split
from latplan.measure import Measure, find_subspace
from latplan.model import Model, load_model, save_model
from latplan.pairs import Pairs
from latplan.planners import Outcome, SearchLimits, planner
from latplan.planning import UnknownPictureError, as_learnt, plan_pictures
from latplan.problem import Task
from latplan.quality import UNEXPLAINED, Quality, judge
from latplan.report import verdict, write_report
from latplan.strip import save_plan, strip
from latplan.training import Recipe, seeded, train
from latplan.trial import Attempt, Settings, Trial

ROOT = Path(__file__).parents[2]
HANOI = domain("hanoi")
QUICK = Settings(attempts=(Attempt(1500.0),), retries=0, recipe=Recipe(steps=900, decoder_steps=300))


@pytest.fixture(scope="module")
def model() -> Model:
    return learn(Pairs(*HANOI.sample_transitions(6_000, np.random.default_rng(1))), QUICK)


def test_the_towers_of_hanoi_are_learnt_in_seconds(model: Model) -> None:
    assert model.facts["explained"] > 0.95
    assert model.facts["restored"] > 0.99
    assert 2.5 < model.facts["branching"] < 3.5


def test_no_more_attempts_are_made_than_are_needed(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = Pairs(*HANOI.sample_transitions(300, np.random.default_rng(1)))
    settings = Settings(attempts=tuple(Attempt(weight) for weight in (5.0, 4.0, 3.0, 2.0, 1.0)))
    actions = ActionModel(task=model.task, effects=1, dropped=0, coverage=1.0, unchanged=0.0)

    monkeypatch.setattr("latplan.learning.find_subspace", lambda *_: model.subspace)

    def made(explained: dict[float, float], restored: float = 0.995, overdue: tuple[float, ...] = ()) -> list[float]:
        weights: list[float] = []

        def trained(attempt: Attempt, seed: int, *_: object) -> Trial:
            weights.append(attempt.weight)
            quality = Quality(explained.get(attempt.weight, 0.5), 3.0, restored, attempt.weight)
            share = 0.004 * (attempt.weight in overdue)
            return Trial(attempt, attempt.weight, seed, model.coder, actions, quality, 1.0, share)

        monkeypatch.setattr("latplan.learning.make_trial", trained)
        assert learn(pairs, replace(settings, processes=1)).facts["weight"] == min(weights)
        return weights

    assert made({4.0: 0.999}) == [5.0, 4.0]
    assert made({5.0: 0.997, 3.0: 1.0}) == [5.0, 4.0, 3.0, 2.0]
    assert made({5.0: 1.0}, restored=0.98) == [5.0, 4.0, 3.0, 2.0, 1.0]
    assert made({5.0: 0.999}, restored=0.98) == [5.0, 4.0, 3.0, 2.0, 1.0, 1.0, 1.0]
    # The best is tried twice more, from other beginnings, if none explains all.
    assert made({5.0: 0.997}) == [5.0, 4.0, 3.0, 2.0, 1.0, 1.0, 1.0]
    # And if states look alike to the actions of those that do.
    assert made({5.0: 0.999}, overdue=(5.0,)) == [5.0, 4.0, 5.0, 5.0]
    assert made({5.0: 0.999, 4.0: 0.999}, overdue=(5.0,)) == [5.0, 4.0]


def test_moves_that_are_overdue_cost_a_model_and_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = Pairs(*HANOI.sample_transitions(6_000, np.random.default_rng(1)))
    settings = replace(QUICK, processes=1, retries=0)
    nats = {}
    for share in (0.0, 0.1):
        monkeypatch.setattr("latplan.trial.overdue", lambda *_, share=share: share)
        watcher = Trials()
        assert learn(pairs, settings, watcher).facts["overdue"] == share
        nats[share] = watcher.trials[0].quality.nats
    assert nats[0.1] == pytest.approx(nats[0.0] + 0.1 * UNEXPLAINED)


class Trials:
    """A watcher that keeps what was tried."""

    def __init__(self) -> None:
        self.trials: list[Trial] = []

    def progress(self, share: float) -> None:
        pass

    def tried(self, trial: Trial) -> None:
        self.trials.append(trial)


def hanoi_pairs(moves: int, still: int) -> Pairs:
    """Pairs of pictures of moves, and then pairs that show none."""
    before, after = HANOI.sample_transitions(moves + still, np.random.default_rng(1))
    return Pairs(before, np.concatenate([after[:moves], before[moves:]]))


def test_pairs_of_equal_pictures_are_left_out_and_told_about(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pairs = hanoi_pairs(300, 100)
    parts = split(pairs, seed=1)
    assert sorted(np.concatenate(parts)) == list(range(300))
    assert [len(part) for part in parts] == [15, 15, 270]
    actions = ActionModel(task=model.task, effects=1, dropped=0, coverage=1.0, unchanged=0.0)
    # What the choice was made by is not what is told.
    trial = Trial(Attempt(1.0), 1.0, 1, model.coder, actions, Quality(0.125, 9.0, 0.5, 1.0), 1.0)
    monkeypatch.setattr("latplan.learning.find_subspace", lambda *_: model.subspace)
    monkeypatch.setattr("latplan.learning.make_trial", lambda *_: trial)
    made = learn(pairs, replace(QUICK, processes=1))
    facts = made.facts
    assert (facts["pairs"], facts["pairs of equal pictures"]) == (300, 0.25)
    assert (facts["chosen by"], facts["held out"]) == (15, 15)
    before, after = (model.bits(pictures[parts.reporting]) for pictures in pairs)
    assert facts["explained"] == judge(model.task, before, after, restored=1.0).explained > 0.8
    assert "25.0% of the pairs were left out: their pictures are equal" in verdict(made)
    write_report(made, pairs, "towers", tmp_path / "page.html")
    assert verdict(made) in (tmp_path / "page.html").read_text()
    with pytest.raises(ValueError, match="no picture differs from its partner"):
        learn(hanoi_pairs(0, 300), QUICK)


class Ended:
    """Watches two trainings side by side until it may end them."""

    def __init__(self, end: Callable[[], None]) -> None:
        self.end = end

    def progress(self, done: float) -> None:
        self.end()

    def tried(self, trial: Trial) -> None: ...


def test_trainings_that_are_ended_leave_other_processes_alone() -> None:
    """Ctrl-C ends them, and a training that the system kills ends learning with one sentence."""
    other = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,))
    other.start()

    def interrupt() -> None:
        raise KeyboardInterrupt

    def kill() -> None:
        for process in set(multiprocessing.active_children()) - {other}:
            process.kill()

    pairs = hanoi_pairs(300, 0)
    two = replace(QUICK, attempts=(Attempt(1.0), Attempt(2.0)), processes=2)
    try:
        with pytest.raises(KeyboardInterrupt):
            learn(pairs, two, Ended(interrupt))
        with pytest.raises(MemoryError, match="a training was ended from outside, most often for want of memory"):
            learn(pairs, two, Ended(kill))
        assert multiprocessing.active_children() == [other]
        assert other.is_alive()
    finally:
        other.kill()
        other.join()


def test_plans_are_valid_by_the_puzzles_own_rules(model: Model) -> None:
    rng = np.random.default_rng(2)
    solved = 0
    for _ in range(20):
        instance = HANOI.instance(5, rng)
        answer = plan_pictures(
            model, HANOI.render(instance.start), HANOI.render(instance.goal), planner("bidirectional"), SearchLimits()
        )
        states = [HANOI.parse(frame) for frame in answer.frames]
        solved += (
            len(states) == 6
            and states[0] == instance.start
            and states[-1] == instance.goal
            and all(one and other in HANOI.successors(one) for one, other in itertools.pairwise(states))
        )
        assert answer.seconds.keys() == {"encode", "plan", "draw"}
    assert solved >= 18


def test_a_model_file_gives_back_the_model(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "hanoi.safetensors"
    save_model(model, path)
    assert path.stat().st_size < 1_000_000
    again = load_model(path)
    pictures = HANOI.draw(HANOI.sample(100, np.random.default_rng(3)))
    bits = model.bits(pictures)
    assert np.array_equal(again.bits(pictures), bits)
    assert np.array_equal(again.pictures(bits), model.pictures(bits))
    assert again.task == model.task
    assert again.facts["bits"] == model.facts["bits"]


def test_files_that_are_no_models_are_refused(model: Model, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "model.safetensors"
    with pytest.raises(ValueError, match="does not exist"):
        load_model(path)
    path.write_text("nothing")
    with pytest.raises(ValueError, match="is no model of a puzzle"):
        load_model(path)
    save_file({"a": np.zeros(3)}, path)
    with pytest.raises(ValueError, match="is no model of a puzzle of this kind: it says 'nothing'"):
        load_model(path)
    save_model(model, path)
    whole = path.read_bytes()
    for length in (10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="is no model of a puzzle, or a part of it is missing"):
            load_model(path)
    path.write_bytes(whole.replace(b"encoder.first_bias", b"encoder.first_bios"))
    with pytest.raises(ValueError, match="does not fit together"):
        load_model(path)


def test_pictures_of_something_else_are_refused(model: Model) -> None:
    rng = np.random.default_rng(4)
    right = HANOI.render(HANOI.sample(1, rng)[0])
    solver = planner("bidirectional")

    def refused(start: Picture, goal: Picture, message: str) -> None:
        with pytest.raises(UnknownPictureError, match=message):
            plan_pictures(model, start, goal, solver, SearchLimits())

    refused(right[:-1], right, "the start picture is 66x29 pixels in grey, and those of this puzzle are 66x30")
    refused(right, np.repeat(right[..., None], 3, -1), "the goal picture is 66x30 pixels in colours")
    refused(right, rng.integers(0, 256, right.shape).astype(np.uint8), "the goal picture is not of this puzzle")
    refused(255 - right, right, "the start picture is not of this puzzle")


def test_an_unreachable_goal_is_said_to_be_so(model: Model) -> None:
    """With every action gone there is no way."""
    from dataclasses import replace

    from latplan.problem import Task

    still = replace(model, task=Task(model.task.bits, ()))
    start, goal = HANOI.draw([(0, 0, 0, 0), (2, 2, 2, 2)])
    answer = plan_pictures(still, start, goal, planner("bidirectional"), SearchLimits())
    assert answer.result.status is Outcome.UNSOLVABLE
    assert len(answer.frames) == 0


def test_a_plan_is_written_as_pictures(model: Model, tmp_path: Path) -> None:
    from PIL import Image

    start, goal = HANOI.draw([(0, 0, 0, 0), (1, 2, 0, 0)])
    answer = plan_pictures(model, start, goal, planner("bidirectional"), SearchLimits())
    save_plan(answer.frames, tmp_path / "plan")
    frames = sorted((tmp_path / "plan" / "frames").iterdir())
    assert [frame.name for frame in frames] == [f"{number:03}.png" for number in range(len(answer.frames))]
    assert np.array_equal(np.asarray(Image.open(frames[1])), answer.frames[1])
    assert np.asarray(Image.open(tmp_path / "plan" / "strip.png")).shape == strip(answer.frames).shape
    with Image.open(tmp_path / "plan" / "plan.gif") as animation:
        assert getattr(animation, "n_frames", 1) == len(answer.frames)
    assert strip(np.repeat(answer.frames[:1], 10, 0)).shape == (2 * 34 + 4, 8 * 70 + 4)


def test_grey_and_colours_are_turned_into_what_was_learnt(model: Model) -> None:
    picture = HANOI.render((0, 0, 0, 0))
    colours = np.repeat(picture[..., None], 3, -1)
    assert np.array_equal(as_learnt(model, colours), picture)
    assert as_learnt(model, picture) is picture


@pytest.mark.slow
def test_the_learner_gets_pictures_and_nothing_else(tmp_path: Path) -> None:
    """Pairs come from another process; in the one that learns, no puzzle is ever imported."""
    path = tmp_path / "pairs.npz"
    make = (
        "import numpy as np; from latplan.domains import domain\n"
        "before, after = domain('hanoi').sample_transitions(3000, np.random.default_rng(1))\n"
        f"np.savez({str(path)!r}, pre=before, suc=after)"
    )
    learn_it = (
        "import sys; from pathlib import Path\n"
        "from latplan.learning import learn; from latplan.pairs import load_pairs\n"
        "from latplan.training import Recipe; from latplan.trial import Attempt, Settings, Trial\n"
        "settings = Settings(attempts=(Attempt(1500.0),), retries=0, recipe=Recipe(steps=500))\n"
        f"made = learn(load_pairs(Path({str(path)!r})), settings)\n"
        "print(made.facts['explained'])\n"
        "print([name for name in sys.modules if name.startswith('latplan.domains')])"
    )
    for code in (make, learn_it):
        done = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
    explained, imported = done.stdout.splitlines()
    assert float(explained) > 0.8
    assert imported == "[]"


def test_a_training_leaves_the_arithmetic_of_the_process_as_it_was() -> None:
    least = np.nextafter(0.0, 1.0)  # a denormal number
    with seeded(1):
        assert least * 1.0 == 0
    assert least * 1.0 > 0


@pytest.mark.parametrize("encoder", ["full", "convolutional", "patch"])
def test_what_is_used_is_what_was_trained(encoder: EncoderKind, tmp_path: Path) -> None:
    """The layers in NumPy, normalisation folded in, give the numbers of torch, and so does a file of them."""
    pairs = Pairs(*HANOI.sample_transitions(300, np.random.default_rng(1)))
    subspace = find_subspace(pairs, Measure(), seed=1).times(20)
    components = [subspace.project(pictures) for pictures in pairs]
    recipe = Recipe(steps=5, decoder_steps=2, architecture=Architecture(bits=30, encoder=encoder, patch=11))
    network = train(components[0], components[1], subspace, recipe)
    coder = network.coder()
    with torch.inference_mode():
        logits = network.encode(torch.from_numpy(components[0])).numpy()
        back = network.decode((torch.from_numpy(logits) > 0).float()).numpy()
    assert logits.shape == (300, network.bits)
    assert network.bits == (30 if encoder != "patch" else 36)  # 6 x 3 patches of 2 bits
    assert np.allclose(coder.encoder(components[0]), logits, atol=1e-4)
    bits = coder.encoder(components[0]) > 0
    assert np.allclose(coder.decode(bits), back, atol=1e-4)
    # A picture's bits are those of what its first bits give back.
    assert np.array_equal(coder.encode(components[0]), coder.encoder(coder.decode(bits)) > 0)
    # Bits that never change go, and nothing else does.
    used = np.flatnonzero((bits != bits[0]).any(0))
    narrow = coder.narrowed(used, bits[0])
    assert np.array_equal(narrow.encoder(components[0]) > 0, bits[:, used])
    assert np.allclose(narrow.decode(bits[:, used]), coder.decode(bits), atol=1e-4)
    model = Model(subspace, narrow, Task(len(used), ()), farthest=1.0, facts={})
    save_model(model, tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors")
    assert (again.bits(pairs.before) == model.bits(pairs.before)).mean() > 0.99  # numbers of half the digits


def test_samples_of_bits_are_between_none_and_all_and_have_a_gradient() -> None:
    torch.manual_seed(1)
    logits = torch.full((20_000, 1), 1.0, requires_grad=True)
    for sampling in ("soft", "straight-through", "hard"):
        sample = binary_concrete(logits, 0.5, sampling)
        assert 0 <= sample.min() <= sample.max() <= 1
        if sampling != "soft":
            assert torch.allclose(sample, sample.round(), atol=1e-6)
        gradient = torch.autograd.grad(sample.sum(), logits)[0]
        assert gradient.abs().sum() > 0
    # The chance that a bit is set is the sigmoid of its logit, whatever the temperature.
    chance = binary_concrete(logits, 0.5, "straight-through").mean()
    assert float(chance.detach()) == pytest.approx(torch.sigmoid(torch.tensor(1.0)).item(), abs=0.01)


def test_the_divergence_is_that_of_the_textbook() -> None:
    chance, prior = torch.tensor([[0.3, 0.9]]), 0.1
    expected = (chance * (chance / prior).log() + (1 - chance) * ((1 - chance) / (1 - prior)).log()).sum(1)
    assert torch.allclose(bernoulli_divergence(torch.logit(chance), prior), expected, atol=1e-5)
    assert torch.allclose(
        bernoulli_divergence(torch.logit(torch.full((1, 4), prior)), prior), torch.zeros(1), atol=1e-6
    )


def test_quality_counts_what_is_explained_and_by_how_many_successors() -> None:
    before = np.array([[0, 0], [0, 0], [0, 1], [1, 1]] * 10, bool)
    after = np.array([[1, 0], [0, 1], [1, 1], [0, 1]] * 10, bool)
    task = learn_actions(before, after).task
    perfect = judge(task, before, after, restored=1.0)
    assert perfect.explained == 1.0
    assert perfect.nats == pytest.approx(np.log(perfect.branching))
    worse = judge(task, before, before, restored=0.9)
    assert worse.explained == 0.0
    assert worse.nats == pytest.approx(60)


def test_pairs_from_which_nothing_is_learnt_are_refused() -> None:
    rng = np.random.default_rng(6)
    noise = rng.integers(0, 256, (2, 400, 12, 12)).astype(np.uint8)
    with pytest.raises(ValueError, match="no action was learnt"):
        learn(Pairs(*noise), Settings(attempts=(Attempt(500.0),), retries=0, recipe=Recipe(steps=30, decoder_steps=5)))


def test_a_page_shows_what_was_learnt(model: Model, tmp_path: Path) -> None:
    pairs = Pairs(*HANOI.sample_transitions(6_000, np.random.default_rng(1)))
    write_report(model, pairs, "towers & discs", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert "<h1>towers &amp; discs</h1>" in page
    assert verdict(model) in page
    assert f"{model.task.bits} bits" in page
    # Pictures, actions with three each, and a picture for each bit.
    figures = page.split("<figure>")[1:]
    assert sum("changed," in figure and figure.count("<img") == 3 for figure in figures) == min(
        40, len(model.task.actions)
    )
    assert sum("set in" in figure for figure in figures) == model.task.bits


def test_the_verdict_depends_on_what_is_explained(model: Model) -> None:
    from dataclasses import replace

    for explained, words in ((0.99, "nearly always"), (0.95, "Most plans"), (0.5, "Many plans will be wrong")):
        assert words in verdict(replace(model, facts={**model.facts, "explained": explained}))
    alike = replace(model, facts={**model.facts, "explained": 0.99, "overdue": 0.004})
    assert "0.4% of the moves that should have come never did" in verdict(alike)
