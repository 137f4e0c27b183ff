"""Settings and fixtures for the whole suite."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

# For `from examples import …`. At the end of the path, so that the packages themselves are those installed.
sys.path.append(str(Path(__file__).resolve().parent.parent))

# The first example of a test may compile kernels, so examples have no deadline; derandomised, so CI is repeatable.
settings.register_profile("matchbox", deadline=None, derandomize=True)
settings.load_profile("matchbox")
