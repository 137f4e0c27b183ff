"""Devices of torch, such as `cpu` and `cuda`."""

from __future__ import annotations

import torch


def torch_device(name: str) -> torch.device:
    """The device of this name; ValueError, in a sentence, if there is none or it cannot be used here."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"the device {name!r} cannot be used: {str(error).splitlines()[0]}") from None
    return device
