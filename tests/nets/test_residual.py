"""Residual networks: shapes, files, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from nets.checkpoint import Checkpoint, all_finite, load_checkpoint, save_checkpoint
from nets.residual import ResidualConfig, ResidualNetwork

SMALL = ResidualConfig(planes=4, ranks=3, files=5, action_planes=3, blocks=2, channels=8, squeeze=4, moves_left=True)


def network(config: ResidualConfig = SMALL) -> ResidualNetwork:
    torch.manual_seed(1)
    return ResidualNetwork(config).eval()


def test_outputs_have_the_shapes_that_are_promised() -> None:
    planes = torch.rand(6, 4, 3, 5)
    output = network()(planes)
    assert output.policy.shape == (6, 45)
    assert output.wdl.shape == (6, 3)
    assert output.moves_left is not None
    assert output.moves_left.shape == (6,)
    assert (output.moves_left >= 0).all()
    assert network(replace(SMALL, moves_left=False))(planes).moves_left is None
    assert all_finite(network())


def test_actions_are_numbered_by_plane_rank_and_file() -> None:
    """The policy of a plane is a picture of the board: what it says of a square depends on what is near it."""
    net = network(replace(SMALL, squeeze=0, blocks=0))
    planes = torch.zeros(2, 4, 3, 5)
    planes[1, 0, 0, 0] = 1.0
    before, after = net(planes).policy.detach().reshape(2, 3, 3, 5)
    changed = (before - after).abs().amax(0) > 1e-7
    # Two convolutions of 3x3 reach two squares far.
    assert changed[:, :3].any()
    assert not changed[:, 3:].any()


def test_every_parameter_learns() -> None:
    net = network().train()
    output = net(torch.rand(8, 4, 3, 5))
    assert output.moves_left is not None
    (output.policy.square().sum() + output.wdl.square().sum() + output.moves_left.sum()).backward()  # type: ignore[no-untyped-call]
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_a_file_gives_back_the_network(tmp_path: Path) -> None:
    net = network()
    known = Checkpoint(net, "game-planes-1", {"steps": 3}, {"games": 5}, "abc")
    path = save_checkpoint(known, tmp_path, "small", half=False)
    assert path.stem.startswith("small-")
    again = load_checkpoint(path, "game-planes-1")
    assert (again.encoding, again.recipe, again.provenance, again.parent) == (
        "game-planes-1",
        {"steps": 3},
        {"games": 5},
        "abc",
    )
    planes = torch.rand(3, 4, 3, 5)
    assert torch.equal(net(planes).policy, again.network(planes).policy)
    halved = load_checkpoint(save_checkpoint(known, tmp_path, "half"))
    assert torch.allclose(net(planes).policy, halved.network(planes).policy, atol=0.01)


def test_files_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    path = save_checkpoint(Checkpoint(network(), "game-planes-1"), tmp_path, "small")
    with pytest.raises(ValueError, match="is a network for 'game-planes-1', not for 'chess-planes-1'"):
        load_checkpoint(path, "chess-planes-1")
    whole = path.read_bytes()
    other = tmp_path / "other.safetensors"
    with pytest.raises(ValueError, match="does not exist"):
        load_checkpoint(other)
    for length in (0, 20, len(whole) // 2, len(whole) - 1):
        other.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="is no network, or a part of it is missing"):
            load_checkpoint(other)
    other.write_bytes(whole.replace(b'\\"channels\\": 8', b'\\"channels\\": 9'))
    with pytest.raises(ValueError, match="does not fit together"):
        load_checkpoint(other)
    other.write_bytes(whole.replace(b'\\"blocks\\"', b'\\"blicks\\"'))
    with pytest.raises(ValueError, match="its architecture has 'blicks'"):
        load_checkpoint(other)
    save_file({"a": torch.zeros(1)}, other)
    with pytest.raises(ValueError, match="it says 'nothing'"):
        load_checkpoint(other)


def test_sizes_that_are_none_are_refused() -> None:
    for wrong in ({"channels": 0}, {"blocks": -1}, {"planes": 0}):
        with pytest.raises(ValueError, match="not a network"):
            replace(SMALL, **wrong)
