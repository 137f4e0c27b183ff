"""The network as a torch module: what the kernels of `nets.nnue.gradient` compute, for devices that torch knows."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from nets.nnue.config import NnueConfig
from nets.nnue.gradient import PAIR_SCALE, Layers
from nets.nnue.parameters import ARRAYS, Floats, fresh_parameters


class NnueNetwork(nn.Module):
    """Sparse features of both perspectives to one output, the logit of the mover's expected points."""

    outputs: Tensor
    output_biases: Tensor
    hidden_rows: Tensor
    hidden_biases: Tensor
    hidden_outputs: Tensor
    last_rows: Tensor
    last_biases: Tensor
    last_outputs: Tensor

    def __init__(self, config: NnueConfig, *, seed: int = 1) -> None:
        super().__init__()
        self.config = config
        features = config.feature_set
        # The last row is that of no feature. Buckets of the king share rows, as in `nets.nnue.kernel_steps`.
        self.rows = nn.EmbeddingBag(features.count + 1, config.width, mode="sum", padding_idx=features.count)
        self.shared = nn.EmbeddingBag(
            features.planes * 64 + 1, config.width, mode="sum", padding_idx=features.planes * 64
        )
        self.biases = nn.Parameter(torch.zeros(config.width))
        for name in Layers._fields:
            self.register_parameter(name, nn.Parameter(torch.zeros(config.shapes[name])))
        self.load(fresh_parameters(config, seed))

    def load(self, parameters: dict[str, Floats]) -> None:
        """Take parameters, by the names of `nets.nnue.parameters.ARRAYS`."""
        with torch.no_grad():
            self.shared.weight.zero_()
            self.rows.weight.zero_()
            self.rows.weight[:-1] = torch.from_numpy(parameters["rows"])
            for name in ARRAYS[1:]:
                getattr(self, name).copy_(torch.from_numpy(parameters[name]))

    def _sums(self, features: Tensor) -> Tensor:
        """The first layer, [n, width]; `features` int64 [n, MOST_MEN], the number of features where there is none."""
        shared_count = self.shared.num_embeddings - 1
        none = self.rows.num_embeddings - 1
        folded = torch.where(features == none, shared_count, features % shared_count)
        total: Tensor = self.rows(features) + self.shared(folded) + self.biases
        return total

    def forward(self, features: Tensor, buckets: Tensor) -> Tensor:
        """Logits [n] of the mover's and the other's features, int64 [n, 2, MOST_MEN], and of the outputs to use [n]."""
        active = self._sums(features.flatten(0, 1)).clamp(0, 1).view(len(features), 2, self.config.width)
        if self.config.activation == "squared":
            active = active * active
        elif self.config.activation == "pairs":
            active = active[..., : self.config.inputs] * active[..., self.config.inputs :] * PAIR_SCALE
        answer: Tensor = (active * self.outputs[buckets]).sum((1, 2)) + self.output_biases[buckets]
        if self.config.hidden:
            values = torch.einsum("npi,nhpi->nh", active, self.hidden_rows[buckets]) + self.hidden_biases[buckets]
            answer = answer + (values.clamp(0, 1) * self.hidden_outputs[buckets]).sum(1)
        if self.config.last:
            both = torch.cat([values.clamp(0, 1), (values * values).clamp(max=1)], 1)
            lasts = torch.einsum("nh,nlh->nl", both, self.last_rows[buckets]) + self.last_biases[buckets]
            answer = answer + (lasts.clamp(0, 1) * self.last_outputs[buckets]).sum(1)
        return answer

    def parameters_by_name(self) -> dict[str, Floats]:
        """The parameters, by the names of `nets.nnue.parameters.ARRAYS`."""
        with torch.no_grad():
            buckets = self.config.feature_set.bucket_count
            rows = self.rows.weight[:-1] + self.shared.weight[:-1].repeat(buckets, 1)
            arrays = {"rows": rows} | {name: getattr(self, name) for name in ARRAYS[1:]}
            return {name: array.detach().float().cpu().numpy() for name, array in arrays.items()}
