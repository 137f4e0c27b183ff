"""What was learnt about a puzzle, as one object and one file: pictures to bits, bits to pictures, and the actions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from latplan.action_model import Bits
from latplan.autoencoder import Architecture, StateAutoencoder
from latplan.pddl import domain_text, read_domain
from latplan.picture import Picture
from latplan.problem import Problem, Task
from latplan.subspace import Floats, Subspace
from latplan.training import decode, encode
from search.whole_file import whole_file

#: What the metadata of a model's file says it is; the number rises when the format changes.
FORMAT = "matchbox latplan model 1"


@dataclass(frozen=True)
class Model:
    """A learnt puzzle."""

    subspace: Subspace
    network: StateAutoencoder
    used: npt.NDArray[np.int64]
    """[task.bits]: which of the network's bits are bits of a state; the others never change."""
    constants: Bits
    """[the network's bits]: what those others are."""
    task: Task
    farthest: float
    """Error of a picture, as `error` gives it, beyond which it is not of this puzzle."""
    facts: dict[str, Any]
    """How it was learnt, and how well: numbers and texts for people."""

    def bits(self, pictures: Picture) -> Bits:
        """States, [n, task.bits], of pictures uint8 [n, *shape]."""
        return encode(self.network, self.subspace.project(pictures))[:, self.used]

    def pictures(self, bits: Bits) -> Picture:
        """Pictures, uint8 [n, *shape], of states [n, task.bits]."""
        return self.subspace.restore(self._components(bits))

    def _components(self, bits: Bits) -> Floats:
        every = np.repeat(self.constants[None], len(bits), 0)
        every[:, self.used] = bits
        return decode(self.network, every)

    def error(self, pictures: Picture) -> Floats:
        """How far, [n], each picture is from the picture of its state: root mean square on a scale of 0 to 1."""
        seen = self.pictures(self.bits(pictures)).astype(np.float32)
        off: Floats = np.sqrt((((pictures - seen) / 255) ** 2).reshape(len(pictures), -1).mean(1))
        return off

    def problem(self, start: Picture, goal: Picture) -> Problem:
        """From one picture to another."""
        initial, final = self.bits(np.stack([start, goal]))
        return Problem(self.task, _numbers(initial), _numbers(final))

    def frames(self, states: Iterable[frozenset[int]]) -> Picture:
        """Pictures, uint8 [n, *shape], of a plan's states."""
        listed = list(states)
        bits = np.zeros((len(listed), self.task.bits), bool)
        for row, state in zip(bits, listed, strict=True):
            row[list(state)] = True
        return self.pictures(bits)


def _numbers(bits: Bits) -> frozenset[int]:
    """Which bits are set."""
    return frozenset(np.flatnonzero(bits).tolist())


def save_model(model: Model, path: Path) -> None:
    """Write one file, whole or not at all; OSError if it cannot be written."""
    with whole_file(path, "wb") as file:
        file.write(_bytes(model))


def _bytes(model: Model) -> bytes:
    subspace = model.subspace
    tensors = {
        "subspace.mean": torch.from_numpy(subspace.mean).half(),
        "subspace.active": torch.from_numpy(subspace.active.astype(np.int32)),
        "subspace.basis": torch.from_numpy(subspace.basis).half(),
        "subspace.weigh": torch.from_numpy(subspace.weigh),
        "subspace.unweigh": torch.from_numpy(subspace.unweigh),
        "used": torch.from_numpy(model.used.astype(np.int32)),
        "constants": torch.from_numpy(model.constants),
    }
    for name, tensor in model.network.state_dict().items():
        tensors[f"network.{name}"] = tensor.half() if tensor.is_floating_point() else tensor
    header = {
        "format": FORMAT,
        "shape": json.dumps(subspace.shape),
        "architecture": json.dumps(asdict(model.network.architecture)),
        "farthest": repr(model.farthest),
        "facts": json.dumps(model.facts),
        "domain.pddl": domain_text(model.task),
    }
    return save({name: tensor.contiguous() for name, tensor in tensors.items()}, header)


def load_model(path: Path) -> Model:
    """The model in a file; ValueError, in one sentence, if there is none that fits."""
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no dictionary)
    except FileNotFoundError:
        raise ValueError(f"{path} does not exist") from None
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} is no model, or a part of it is missing: {error}") from None
    return _assembled(metadata, tensors, str(path))


def _assembled(metadata: dict[str, str], tensors: dict[str, torch.Tensor], what: str) -> Model:
    """The model of a file's contents; ValueError, which begins with `what`."""
    if metadata.get("format") != FORMAT:
        raise ValueError(
            f"{what} is no model of a puzzle: it says {metadata.get('format', 'nothing')!r}, not {FORMAT!r}"
        )
    try:
        network = StateAutoencoder(Architecture(**json.loads(metadata["architecture"])))
        weights = {
            name.removeprefix("network."): tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in tensors.items()
            if name.startswith("network.")
        }
        network.load_state_dict(weights)
        floats = {name: tensor.float().numpy() for name, tensor in tensors.items() if name.startswith("subspace.")}
        subspace = Subspace(
            shape=tuple(json.loads(metadata["shape"])),
            mean=floats["subspace.mean"],
            active=tensors["subspace.active"].long().numpy(),
            basis=floats["subspace.basis"],
            weigh=floats["subspace.weigh"],
            unweigh=floats["subspace.unweigh"],
        )
        task, _ = read_domain(metadata["domain.pddl"])
        return Model(
            subspace=subspace,
            network=network.eval(),
            used=tensors["used"].long().numpy(),
            constants=tensors["constants"].bool().numpy(),
            task=task,
            farthest=float(metadata["farthest"]),
            facts=json.loads(metadata["facts"]),
        )
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()
        raise ValueError(f"{what} is a model that does not fit together: {reason[0] if reason else error!r}") from None
