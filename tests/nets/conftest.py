"""Settings for the tests of networks."""

from __future__ import annotations

import torch

# Networks as small as those of the tests are slower on several threads, and far slower beside other programs.
torch.set_num_threads(1)
