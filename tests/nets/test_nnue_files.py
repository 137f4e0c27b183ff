"""Networks in integers and in files: nothing is clipped, nothing is guessed, and what does not fit is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load, save

from nets.nnue.config import ACTIVATIONS, FEATURE_SETS, NnueConfig, config_of
from nets.nnue.file import load_network, save_network
from nets.nnue.quantise import KINDS, quantise
from tests.nets.nnue_examples import random_network, random_real


@pytest.mark.parametrize(("hidden", "last", "count"), [(0, 0, 4), (8, 0, 7), (8, 5, 10)])
def test_a_file_gives_back_the_network(tmp_path: Path, hidden: int, last: int, count: int) -> None:
    network = replace(
        random_network(width=128, activation="pairs", hidden=hidden, last=last),
        recipe={"passes": 3}, provenance={"teacher": "nobody"}, parent="ab",
    )  # fmt: skip
    path = save_network(network, tmp_path, "net")
    found = load_network(path)
    for name in KINDS:
        assert np.array_equal(getattr(found, name), getattr(network, name))
    assert len(load(path.read_bytes())) == count
    assert (found.config, found.recipe, found.provenance, found.parent, found.name) == (
        network.config, network.recipe, network.provenance, network.parent, path.name,
    )  # fmt: skip


def rewritten(path: Path, **metadata: str) -> Path:
    """The file with other metadata, under a name without a hash."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    old = json.loads(content[8 : 8 + length])["__metadata__"]
    changed = path.with_name(f"changed-{len(list(path.parent.iterdir()))}.safetensors")
    changed.write_bytes(save(load(content), {**old, **metadata}))
    return changed


def test_files_that_do_not_fit_are_refused_in_a_sentence(tmp_path: Path) -> None:
    path = save_network(random_network(), tmp_path, "net")
    content = path.read_bytes()
    text = tmp_path / "text"
    text.write_text("this is no network")
    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(content[:-100])
    flipped = tmp_path / path.name.replace("net", "flipped")
    flipped.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    foreign = tmp_path / "foreign.safetensors"
    foreign.write_bytes(save({"x": np.zeros(3)}))
    for file, sentence in (
        (tmp_path / "nothing", "does not exist"),
        (tmp_path, "cannot be read"),
        (text, "is no network"),
        (cut, "is no network, or a part of it is missing"),
        (flipped, "is damaged"),
        (foreign, "no network of this kind"),
        (rewritten(path, format="matchbox nnue 999"), "no network of this kind"),
        (rewritten(path, architecture_hash="0"), "architecture hash"),
        (rewritten(path, architecture='{"width": 128}'), "does not fit together"),
        (rewritten(path, architecture='{"breadth": 128}'), "'breadth', which is unknown"),
        (rewritten(path, architecture="[]"), "does not fit together"),
        (rewritten(path, recipe="{"), "does not fit together"),
    ):
        with pytest.raises(ValueError, match=sentence) as refusal:
            load_network(file)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "place", "value", "sentence"),
    [
        ("rows", (0, 0), 200.0, "weights of the first layer reach 200"),
        ("rows", (0, 0), 120.0, "first layer can reach"),
        ("biases", 3, -129.0, "biases of the first layer"),
        ("outputs", (0, 0, 0), 2.1, "output weights one is 134 steps"),
        ("outputs", (0, 0, 0), 600.0, "output weights reach"),
        ("output_biases", 0, 600.0, "output biases"),
        ("rows", (5, 5), np.nan, "not all finite"),
    ],
)
def test_what_would_be_clipped_is_refused(name: str, place: object, value: float, sentence: str) -> None:
    network = random_real()
    network.biases[0] = 10.0
    getattr(network, name)[place] = value
    with pytest.raises(ValueError, match=sentence):
        quantise(network)


@pytest.mark.parametrize(("layer", "called"), [("hidden", "second"), ("last", "third")])
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("rows", 40.0, "weights of the {} layer reach 40"),
        ("biases", 9000.0, "biases of the {} layer"),
        ("outputs", 40.0, "output weights of the {} layer"),
    ],
)
def test_what_would_be_clipped_in_later_layers_is_refused(
    layer: str, called: str, name: str, value: float, sentence: str
) -> None:
    network = random_real(width=128, activation="pairs", hidden=8, last=2)
    getattr(network, f"{layer}_{name}").flat[0] = value
    with pytest.raises(ValueError, match=sentence.format(called)):
        quantise(network)


def test_output_weights_whose_sum_leaves_32_bits_are_refused() -> None:
    network = random_real(width=512)
    network.outputs[0, 0] = 1.5
    with pytest.raises(ValueError, match="output weights are so large that their sum"):
        quantise(network)
    network = random_real(width=2048, activation="pairs", hidden=8)
    network.hidden_rows[0, 3] = 31.0
    with pytest.raises(ValueError, match="weights of the second layer are so large that their sum"):
        quantise(network)
    network = random_network(width=128, activation="pairs", hidden=8)
    biases = network.hidden_biases.copy()
    biases[0, 3] = -(2**31)
    with pytest.raises(ValueError, match="weights of the second layer are so large that their sum"):
        replace(network, hidden_biases=biases)


@pytest.mark.parametrize(
    "wrong",
    [
        {"features": "halfking"},
        {"width": 100},
        {"width": 0},
        {"activation": "tanh"},
        {"output_buckets": 0},
        {"width": 192, "activation": "pairs"},
        {"hidden": 40, "activation": "pairs"},
        {"hidden": 12, "activation": "pairs"},
        {"hidden": 8, "activation": "squared"},
        {"last": 33, "hidden": 8, "activation": "pairs"},
        {"last": 4, "activation": "pairs", "hidden": 0},
        {"scale": 0},
    ],
)
def test_a_network_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        config_of(wrong)


def test_every_configuration_has_a_hash_of_its_own() -> None:
    configs = [NnueConfig(features=name, activation=kind) for name in FEATURE_SETS for kind in ACTIVATIONS]
    assert len({config.digest for config in configs}) == len(configs)


def test_without_a_second_layer_files_are_what_they_were_before_there_was_one(tmp_path: Path) -> None:
    architecture = json.dumps(
        {"features": "768", "width": 64, "activation": "squared", "output_buckets": 8, "scale": 140}
    )
    path = save_network(random_network(features="768"), tmp_path, "net")
    assert json.dumps(architecture).encode() in path.read_bytes()
    assert NnueConfig(activation="pairs", hidden=8).digest != NnueConfig(activation="pairs").digest
    assert NnueConfig().digest == "859d9001ed285329"


def test_outputs_are_chosen_by_the_number_of_men() -> None:
    config = NnueConfig(output_buckets=8)
    chosen = [config.output_bucket(men) for men in range(2, 33)]
    assert chosen == sorted(chosen)
    assert set(chosen) == set(range(8))


def test_a_network_is_loaded_without_torch(tmp_path: Path) -> None:
    path = save_network(random_network(), tmp_path, "net")
    code = f"""
import sys
from pathlib import Path
from nets.nnue.file import load_network
load_network(Path({str(path)!r}))
import engine.chess.nnue
assert not any(name.split(".")[0] == "torch" for name in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
