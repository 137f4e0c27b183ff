"""Networks as ONNX: files that other programs read, and ONNX Runtime as another way to compute them.

Needs the extra `onnx` (the packages onnx, onnxscript and onnxruntime). Input `planes`; outputs `policy`, `wdl` (logits
both) and, where there is that head, `moves_left` (plies). The number of states is free.
"""

from __future__ import annotations

import contextlib
import io
import logging
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nets.inference import Answers, Backend, as_tensors, folded, softmax
from nets.residual import ResidualNetwork
from search.whole_file import whole_file

#: What is said where a package is missing.
_MISSING = "this needs the packages of the extra 'onnx': pip install 'matchbox-ai[onnx]'"


def onnx_bytes(network: ResidualNetwork, metadata: Mapping[str, str] | None = None) -> bytes:
    """The network as the content of an ONNX file, its normalisation folded in; ValueError if a package is missing."""
    try:
        import onnx
        import onnxscript  # noqa: F401 (torch asks for it)
    except ImportError:
        raise ValueError(_MISSING) from None
    names = ["policy", "wdl", *(["moves_left"] if network.config.moves_left else [])]
    with tempfile.TemporaryDirectory() as folder, _quiet():
        file = Path(folder) / "network.onnx"
        torch.onnx.export(
            folded(network),
            (as_tensors(network, 2),),
            str(file),
            dynamo=True,
            input_names=["planes"],
            output_names=names,
            dynamic_shapes=({0: torch.export.Dim("states")},),
            external_data=False,
            verbose=False,
        )
        model = onnx.load(str(file))
    model.producer_name = "matchbox"
    onnx.helper.set_model_props(model, dict(metadata or {}))
    content: bytes = model.SerializeToString()
    return content


def export_onnx(network: ResidualNetwork, path: Path, metadata: Mapping[str, str] | None = None) -> None:
    """Write the network to an ONNX file, whole or not at all."""
    content = onnx_bytes(network, metadata)
    with whole_file(path, "wb") as file:
        file.write(content)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the exporter tells of its own steps."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


class OnnxNetwork(Backend):
    """A copy of a network as it is now, computed by ONNX Runtime on the processor."""

    def __init__(self, network: ResidualNetwork, *, threads: int = 1) -> None:
        """ValueError if a package is missing."""
        try:
            import onnxruntime
        except ImportError:
            raise ValueError(_MISSING) from None
        self.name = "onnx float32 on cpu"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            onnx_bytes(network), options, providers=["CPUExecutionProvider"]
        )

    def answer(self, planes: npt.NDArray[np.float32], actions: npt.NDArray[np.int32]) -> Answers:
        policy, wdl, *left = self._session.run(None, {"planes": planes})
        return Answers(np.take_along_axis(policy, actions.astype(np.int64), 1), softmax(wdl), left[0] if left else None)
