"""`matchbox net`: networks in files."""

from __future__ import annotations

from cli.verbs import group

TEXT = """List, inspect, measure and export networks.

\b
Examples:
  matchbox net list
  matchbox net inspect network.safetensors
"""

#: In the order of the help.
VERBS = {
    "list": "List the networks that come with Matchbox, and others.",
    "inspect": "Say what is in the file of a network.",
    "benchmark": "Measure how many states a second a network evaluates.",
    "export": "Write a network as ONNX, for other programs.",
}

app = group(__name__, TEXT, VERBS)
