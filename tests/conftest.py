"""Settings and fixtures for the whole suite."""

from __future__ import annotations

from hypothesis import settings

# The first example of a test may compile kernels, so examples have no deadline; derandomised, so CI is repeatable.
settings.register_profile("matchbox", deadline=None, derandomize=True)
settings.load_profile("matchbox")
