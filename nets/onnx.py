"""Networks in ONNX Runtime: files for other programs, and what computes small batches the fastest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch

from nets.inference import Answers, Backend, softmax
from nets.onnx_graph import NetworkGraph, Range
from nets.residual import ResidualNetwork
from search.whole_file import whole_file

#: States that ranges are measured on at a time.
_AT_A_TIME = 256


def export_onnx(network: ResidualNetwork, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write the network to an ONNX file, whole or not at all."""
    content = NetworkGraph(network).content(metadata)
    with whole_file(path, "wb") as file:
        file.write(content)


class OnnxNetwork(Backend):
    """A copy of a network as it is now, computed by ONNX Runtime on the processor."""

    def __init__(
        self, network: ResidualNetwork, *, threads: int = 1, ranges: Mapping[str, Range] | None = None
    ) -> None:
        """With 8-bit integers where there are `ranges`; see `value_ranges`."""
        self.name = f"onnx {'int8' if ranges else 'float32'} on cpu"
        self._session = _session(NetworkGraph(network, ranges).content(), threads)

    def answer(self, planes: npt.NDArray[np.float32], actions: npt.NDArray[np.int32]) -> Answers:
        policy, wdl, *left = self._session.run(None, {"planes": planes})
        return Answers(np.take_along_axis(policy, actions.astype(np.int64), 1), softmax(wdl), left[0] if left else None)


def value_ranges(network: ResidualNetwork, planes: npt.NDArray[np.float32]) -> dict[str, Range]:
    """The range of each value that is rounded to 8 bits, over `planes` [n, planes, ranks, files], n at least 1, which
    should be typical of what the network will be asked.
    """
    graph = NetworkGraph(network)
    session = _session(graph.content(told=graph.roundable[1:]), 1)
    ranges: dict[str, Range] = {"planes": (float(planes.min()), float(planes.max()))}
    for first in range(0, len(planes), _AT_A_TIME):
        values = session.run(graph.roundable[1:], {"planes": planes[first : first + _AT_A_TIME]})
        for name, value in zip(graph.roundable[1:], values, strict=True):
            least, greatest = ranges.get(name, (0.0, 0.0))
            ranges[name] = min(least, float(value.min())), max(greatest, float(value.max()))
    return ranges


def fast_bytes() -> bool:
    """Whether this processor multiplies bytes and sums up with 32 bits in one instruction. Where it does not, sums of
    16 bits may overflow."""
    return bool(torch.cpu._is_vnni_supported())


def _session(content: bytes, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
