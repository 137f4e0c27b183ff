"""What was learnt about a puzzle, as one object and one file: pictures to bits, bits to pictures, and the actions."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from latplan.coder import Coder, Perceptron, PictureEncoder
from latplan.pddl import domain_text, read_domain
from latplan.picture import Picture
from latplan.problem import Bits, Problem, Task
from latplan.subspace import Floats, Subspace, lost
from search.tensor_file import fitting, read_tensors, write_tensors

#: What the metadata of a model's file says it is; the number rises when the format changes.
FORMAT = "matchbox latplan model 1"


@dataclass(frozen=True)
class Model:
    """A learnt puzzle."""

    subspace: Subspace
    coder: Coder
    task: Task
    farthest: float
    """Error of a picture, as `error` gives it, beyond which it is unlike those that were learnt from."""
    facts: dict[str, Any]
    """How it was learnt, and how well: numbers and texts for people."""

    def bits(self, pictures: Picture) -> Bits:
        """States, [n, task.bits], of pictures uint8 [n, *shape]."""
        return self.coder.encode(self.subspace.project(pictures))

    def pictures(self, bits: Bits) -> Picture:
        """Pictures, uint8 [n, *shape], of states [n, task.bits]."""
        return self.subspace.restore(self.coder.decode(bits))

    def error(self, pictures: Picture) -> Floats:
        """How far, [n], each picture is from the picture of its state: root mean square on a scale of 0 to 1."""
        return lost(pictures, lambda block: self.pictures(self.bits(block)))

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
    subspace, coder = model.subspace, model.coder
    arrays: dict[str, npt.NDArray[Any]] = {
        "subspace.mean": subspace.mean.astype(np.float16),
        "subspace.active": subspace.active.astype(np.int32),
        "subspace.basis": subspace.basis.astype(np.float16),
        "subspace.weigh": subspace.weigh,
        "subspace.unweigh": subspace.unweigh,
    }
    encoder = coder.encoder.arrays() if isinstance(coder.encoder, PictureEncoder) else coder.encoder._asdict()
    for side, part in (("encoder", encoder), ("decoder", coder.decoder._asdict())):
        for name, array in part.items():
            arrays[f"{side}.{name}"] = array.astype(np.float16) if array.dtype == np.float32 else array
    metadata = {
        "format": FORMAT,
        "shape": json.dumps(subspace.shape),
        "farthest": repr(model.farthest),
        "facts": json.dumps(model.facts),
        "domain.pddl": domain_text(model.task),
    }
    write_tensors(path, arrays, metadata)


def load_model(path: Path) -> Model:
    """The model in a file; ValueError, in one sentence, if there is none that fits."""
    file = read_tensors(path, FORMAT, "model of a puzzle")
    metadata, arrays = file.metadata, file.arrays
    with fitting(path, "model of a puzzle"):
        floats = {name: array.astype(np.float32) for name, array in arrays.items() if name.startswith("subspace.")}
        subspace = Subspace(
            shape=tuple(json.loads(metadata["shape"])),
            mean=floats["subspace.mean"],
            active=arrays["subspace.active"].astype(np.int64),
            basis=floats["subspace.basis"],
            weigh=floats["subspace.weigh"],
            unweigh=floats["subspace.unweigh"],
        )
        _check_shapes(subspace)
        encoder, decoder = (
            {name.removeprefix(f"{side}."): array for name, array in arrays.items() if name.startswith(f"{side}.")}
            for side in ("encoder", "decoder")
        )
        coder = Coder(
            PictureEncoder.of_arrays(encoder, subspace) if "used" in encoder else Perceptron.of_arrays(encoder),
            Perceptron.of_arrays(decoder),
        )
        task, _ = read_domain(metadata["domain.pddl"])
        _check_fit(subspace, coder, task)
        return Model(
            subspace=subspace,
            coder=coder,
            task=task,
            farthest=float(metadata["farthest"]),
            facts=json.loads(metadata["facts"]),
        )


def _check_shapes(subspace: Subspace) -> None:
    """ValueError if parts were taken from different models."""
    components, pixels, active = subspace.components, math.prod(subspace.shape), len(subspace.active)
    wanted = {
        "mean": (subspace.mean, (pixels,)),
        "basis": (subspace.basis, (active, components)),
        "weigh": (subspace.weigh, (components, components)),
        "unweigh": (subspace.unweigh, (components, components)),
    }
    for name, (array, shape) in wanted.items():
        if array.shape != shape:
            raise ValueError(f"{name} has the shape {list(array.shape)}, not {list(shape)}")
    if active and not 0 <= subspace.active.min() <= subspace.active.max() < pixels:
        raise ValueError("a pixel that varies is outside the picture")


def _check_fit(subspace: Subspace, coder: Coder, task: Task) -> None:
    """ValueError if the coder takes other pictures, or other bits, than there are."""
    nothing = np.zeros((1, subspace.components), np.float32)
    for bits in (coder.encoder(nothing).shape[1], coder.decoder.first.shape[1]):
        if bits != task.bits:
            raise ValueError(f"the network has {bits} bits and the actions {task.bits}")
    if len(coder.decoder.second) != subspace.components:
        raise ValueError(f"the network gives {len(coder.decoder.second)} components, not {subspace.components}")
