"""States compared by one number each: the sum of random keys of the bits that are set, as A. Zobrist's for boards."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def bit_keys(bits: int) -> npt.NDArray[np.int64]:
    """A key for each bit. The hashes of states [n, bits] are `states @ keys`; sums wrap around."""
    keys: npt.NDArray[np.int64] = np.random.default_rng(1).integers(0, 1 << 62, bits)
    return keys
