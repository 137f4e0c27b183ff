"""Options by their names: every one can be set, and what makes no sense is one sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from selfplay.zero.config import ZeroConfig
from selfplay.zero.settings import setting_names, with_settings

TRAINING = Path(__file__).parents[3] / "docs" / "training.md"


def test_settings_reach_every_part() -> None:
    config = with_settings(
        ZeroConfig(),
        ["batch=64", "play.full_share=0.5", "play.options.selection=puct", "play.resignation.enabled=true",
         "learner.learning_rate=5e-4", "moves_left=true"],
    )  # fmt: skip
    assert (config.batch, config.play.full_share, config.play.options.selection) == (64, 0.5, "puct")
    assert config.play.resignation.enabled
    assert config.moves_left
    assert config.learner.learning_rate == 5e-4
    assert with_settings(config, []) == config


def test_settings_that_make_sense_only_together_are_taken_together() -> None:
    settings = ["play.resignation.kept=4", "play.resignation.least=3"]
    for order in (settings, settings[::-1]):
        assert with_settings(ZeroConfig(), order).play.resignation.kept == 4


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (["batch"], "'batch' is no setting; play.full_share=0.5 is one"),
        (["bath=3"], "there is no setting 'bath'; there are seed, iterations, "),
        (["play.share=1"], "there is no setting 'play.share'; play has options, simulations, "),
        (["batch.size=1"], "there is no setting 'batch.size'; batch has no parts"),
        (["play.resignation=1"], "play.resignation is a part with settings of its own: play.resignation.enabled, "),
        (["batch=many"], "batch is a whole number, not 'many'"),
        (["batch=2.5"], "batch is a whole number, not '2.5'"),
        (["passes=nan"], "passes is a number, not 'nan'"),
        (["learner.mirror=1"], "learner.mirror is true or false, not '1'"),
        (["gate.gate=some"], "gate.gate is one of none, win, best, not 'some'"),
        (["play.full_share=2"], "full_share is 2.0; it must be above 0 and at most 1"),
        (["batch=3", "batch=4"], "batch is set twice, to 3 and to 4"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(settings: list[str], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        with_settings(ZeroConfig(), settings)


def test_the_documentation_names_every_setting() -> None:
    listed = set(re.findall(r"`([a-z_.]+)`", TRAINING.read_text("utf-8").partition("## Settings")[2]))
    assert set(setting_names(ZeroConfig())) <= listed
