"""The type of pictures, which all of this package agrees on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
"""[height, width] (grey) or [height, width, 3] (red, green, blue), 0 black and 255 white; several have a first axis."""
