"""What computes a network, by name: torch or ONNX Runtime, with which precision, where."""

from __future__ import annotations

from typing import Literal

from engine.calibration import typical_planes
from engine.encoding import Encoding
from nets.inference import Backend, FrozenNetwork, LiveNetwork, Precision
from nets.residual import ResidualNetwork

BackendName = Literal["auto", "torch", "compiled", "onnx", "live"]
BACKENDS: tuple[BackendName, ...] = ("auto", "torch", "compiled", "onnx", "live")
BackendPrecision = Literal["auto", "float32", "bfloat16", "int8"]
BACKEND_PRECISIONS: tuple[BackendPrecision, ...] = ("auto", "float32", "bfloat16", "int8")


def new_backend(
    network: ResidualNetwork,
    name: BackendName = "auto",
    *,
    precision: BackendPrecision = "auto",
    device: str = "cpu",
    encoding: Encoding | None = None,
) -> Backend:
    """What computes a network: `live` the network itself; `onnx` ONNX Runtime, on a processor, the fastest for small
    batches; `torch` a frozen copy; `compiled` one that `torch.compile` makes faster. `auto` is `onnx` on a processor,
    unless bfloat16 is asked for, and else `torch`.

    With the network's `encoding`, ONNX Runtime can compute with 8-bit integers, whose ranges are measured on games:
    with the `precision` int8, and with auto where the processor is fast at it.

    Raises ValueError where that is not to be had here.
    """
    if name not in BACKENDS:
        raise ValueError(f"a network is computed by one of {', '.join(BACKENDS)}; {name!r} is not")
    if precision not in BACKEND_PRECISIONS:
        raise ValueError(f"the precision is one of {', '.join(BACKEND_PRECISIONS)}; {precision!r} is not")
    if name == "auto":
        name = "onnx" if device == "cpu" and precision != "bfloat16" else "torch"
    if name == "onnx":
        if device != "cpu" or precision == "bfloat16":
            raise ValueError("ONNX Runtime computes networks with float32 or int8, on the cpu")
        return _onnx(network, precision, encoding)
    if precision == "int8":
        raise ValueError("only ONNX Runtime, the backend onnx, computes networks with int8")
    if name == "live":
        return LiveNetwork(network, device=device)
    return FrozenNetwork(network, device=device, precision=precision, compiled=name == "compiled")


def _onnx(network: ResidualNetwork, precision: Precision | Literal["int8"], encoding: Encoding | None) -> Backend:
    # It takes time to load.
    from nets.onnx import OnnxNetwork, fast_bytes, value_ranges

    if precision == "int8" and not fast_bytes():
        raise ValueError("this processor is not made for int8; take float32")
    if precision == "int8" and encoding is None:
        raise ValueError("int8 needs the network's encoding, to play games with")
    if encoding is None or precision == "float32" or not fast_bytes():
        return OnnxNetwork(network)
    return OnnxNetwork(network, ranges=value_ranges(network, typical_planes(network, encoding)))
