"""The static evaluations of chess, the default first."""

from __future__ import annotations

from collections.abc import Mapping

from engine.chess.classical import CLASSICAL
from engine.chess.material import MATERIAL
from engine.chess.nnue import NNUE
from search.evaluation import Evaluation

EVALUATIONS: Mapping[str, Evaluation] = {"nnue": NNUE, "classical": CLASSICAL, "material": MATERIAL}
