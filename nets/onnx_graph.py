"""A residual network as an ONNX graph, of 32-bit floating-point numbers or mostly of 8-bit integers.

Written down operator by operator, which takes milliseconds where an exporter that traces the network takes seconds.

With 8 bits, the convolutions of 3x3 take and give bytes, and sum up with 32 bits; their weights are rounded channel by
channel (B. Jacob and others, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018). Which number a byte stands for depends on the range of the value, which has to be measured. The
ends of the heads stay as they are: they cost little, and 256 steps would be few for a policy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from nets.inference import folded
from nets.residual import ResidualBlock, ResidualNetwork

#: The least and the greatest of a value.
Range: TypeAlias = tuple[float, float]
_Shape: TypeAlias = list[str | int | None]
#: Of the operators, and of the file: what ONNX Runtime reads from 1.14 on.
_OPERATORS, _FORMAT = 17, 8
#: Of the values between the layers.
_PLANES: _Shape = ["states", None, None, None]


class NetworkGraph:
    """The graph of a network, its normalisation folded in: input `planes`; outputs `policy`, `wdl` (logits both) and,
    where there is that head, `moves_left` (plies). Values are known by name.
    """

    def __init__(self, network: ResidualNetwork, ranges: Mapping[str, Range] | None = None) -> None:
        """With `ranges` of the values in `roundable` it is a graph of 8-bit integers."""
        frozen, config = folded(network), network.config
        self.roundable: list[str] = ["planes"]
        """The values that are bytes in a graph of 8-bit integers."""
        self._ranges = dict(ranges or {})
        self._scales: dict[str, float] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        hidden = self._add(frozen.tower, self._add(frozen.stem, "planes"))
        self._add(frozen.policy, hidden, "policy")
        self._add(frozen.value, hidden, "wdl")
        self._outputs: dict[str, _Shape] = {"policy": ["states", config.actions], "wdl": ["states", 3]}
        if frozen.moves_left is not None:
            plies = self._operator("Softplus", [self._add(frozen.moves_left, hidden)])
            self._operator("Squeeze", [plies, self._constant(np.array([1]))], "moves_left")
            self._outputs["moves_left"] = ["states"]
        self._inputs: dict[str, _Shape] = {"planes": ["states", config.planes, config.ranks, config.files]}

    def content(self, metadata: Mapping[str, str] | None = None, told: Sequence[str] = ()) -> bytes:
        """An ONNX file; the values `told` are outputs of it, too."""
        outputs = self._outputs | dict.fromkeys(told, _PLANES)
        inputs, results = (
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in values.items()]
            for values in (self._inputs, outputs)
        )
        model = helper.make_model(
            helper.make_graph(self._nodes, "residual network", inputs, results, self._constants),
            producer_name="matchbox",
            opset_imports=[helper.make_opsetid("", _OPERATORS)],
            ir_version=_FORMAT,
        )
        helper.set_model_props(model, dict(metadata or {}))
        onnx.checker.check_model(model, full_check=True)
        content: bytes = model.SerializeToString()
        return content

    def _add(self, module: nn.Module, value: str, output: str = "") -> str:
        """What `module` makes of `value`, perhaps with a name of its own."""
        match module:
            case nn.Sequential():
                *others, last = [part for part in module if not isinstance(part, nn.Identity)]
                for part in others:
                    value = self._add(part, value)
                value = self._add(last, value, output)
                if others and _has_bytes(others[0]):
                    self.roundable.append(value)
                return value
            case ResidualBlock():
                added = self._add(module.second, self._add(module.first, value))
                self.roundable.append(added)
                if module.excite is not None:
                    added = self._excited(module.excite, added)
                value = self._operator("Relu", [self._operator("Add", [value, added])])
                self.roundable.append(value)
                return value
            case nn.Conv2d():
                numbers = self._bytes(module, value) if self._ranges and _has_bytes(module) else self._floats(module)
                return self._operator("Conv", [value, *numbers], output, pads=[*module.padding, *module.padding])
            case nn.Linear():
                return self._operator("Gemm", [value, *self._floats(module)], output, transB=1)
            case nn.ReLU():
                return self._operator("Relu", [value], output)
            case nn.Flatten():
                return self._operator("Flatten", [value], output)
            case nn.AdaptiveAvgPool2d():
                return self._operator("GlobalAveragePool", [value], output)
        raise TypeError(f"there is no ONNX operator for {module}")

    def _excited(self, excite: nn.Module, added: str) -> str:
        """Squeeze-and-excitation of the planes `added`."""
        axes = self._constant(np.array([2, 3]))
        scale, shift = (f"{added}.{name}" for name in ("scale", "shift"))
        self._nodes.append(helper.make_node("Split", [self._add(excite, added)], [scale, shift], axis=1))
        weight = self._operator("Sigmoid", [self._operator("Unsqueeze", [scale, axes])])
        weighed = self._operator("Mul", [weight, added])
        return self._operator("Add", [weighed, self._operator("Unsqueeze", [shift, axes])])

    def _operator(self, kind: str, inputs: list[str], output: str = "", **attributes: Any) -> str:
        """The output of one more operator, perhaps with a name of its own."""
        inputs = [self._rounded(value) if value in self._ranges else value for value in inputs]
        name = output or f"value{sum(node.op_type not in _ROUNDING for node in self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def _constant(self, values: npt.NDArray[Any]) -> str:
        """The name of one more constant."""
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def _floats(self, module: nn.Conv2d | nn.Linear) -> list[str]:
        """Weights and biases."""
        parameters = [module.weight] if module.bias is None else [module.weight, module.bias]
        return [self._constant(parameter.detach().cpu().numpy()) for parameter in parameters]

    def _bytes(self, module: nn.Conv2d, value: str) -> list[str]:
        """Weights as bytes, and biases as what the sums of their products with the bytes of `value` are."""
        self._rounded(value)
        weights = module.weight.detach().cpu().numpy()
        scales = np.maximum(np.abs(weights).max((1, 2, 3)), 1e-12) / 127
        rounded = np.rint(weights / scales[:, None, None, None]).astype(np.int8)
        names = [self._restored(self._constant(rounded), scales, np.zeros(len(scales), np.int8), axis=0)]
        if module.bias is not None:
            sums = scales * self._scales[value]
            biases = np.rint(module.bias.detach().cpu().numpy().astype(np.float64) / sums)
            most = np.iinfo(np.int32).max // 2
            biases = np.clip(biases, -most, most).astype(np.int32)
            names.append(self._restored(self._constant(biases), sums, np.zeros(len(sums), np.int32), axis=0))
        return names

    def _rounded(self, value: str) -> str:
        """What the bytes of `value` stand for."""
        name = f"{value}.byte"
        if value not in self._scales:
            least, greatest = self._ranges[value]
            least, greatest = min(least, 0.0), max(greatest, 1e-6)  # zero is exact
            self._scales[value] = scale = (greatest - least) / 255
            zero = np.array(round(-least / scale), np.uint8)
            numbers = [self._constant(np.array(scale, np.float32)), self._constant(zero)]
            self._nodes.append(helper.make_node("QuantizeLinear", [value, *numbers], [name]))
            self._nodes.append(helper.make_node("DequantizeLinear", [name, *numbers], [f"{value}.rounded"]))
        return f"{value}.rounded"

    def _restored(self, name: str, scales: npt.NDArray[Any], zeros: npt.NDArray[Any], *, axis: int) -> str:
        """What the integers of a constant stand for."""
        inputs = [name, self._constant(scales.astype(np.float32)), self._constant(zeros)]
        self._nodes.append(helper.make_node("DequantizeLinear", inputs, [f"{name}.restored"], axis=axis))
        return f"{name}.restored"


_ROUNDING = ("QuantizeLinear", "DequantizeLinear")


def _has_bytes(module: nn.Module) -> bool:
    """Whether this is a layer that has bytes in a graph of 8-bit integers."""
    return isinstance(module, nn.Conv2d) and module.kernel_size != (1, 1)
