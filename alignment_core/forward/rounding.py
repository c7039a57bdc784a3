"""How far two ways to the same numbers may differ."""

from __future__ import annotations

import math

import torch
from torch import Tensor

# Largest relative difference that is taken for rounding.
TOLERANCE = {torch.float64: 1e-5, torch.float32: 1e-4, torch.bfloat16: 5e-2, torch.float16: 1e-2}
HALF = min(TOLERANCE[torch.bfloat16], TOLERANCE[torch.float16])  # of half types: this or more


def tolerance_of(expected: Tensor) -> float:
    """Products are as exact as autocast lets them be, whatever type the last norm returns."""
    kind = expected.device.type
    return TOLERANCE[
        torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else expected.dtype
    ]


def relative(found: Tensor, expected: Tensor) -> float:
    """Difference of the norm; infinite where it is no number."""
    found, expected = found.detach().double(), expected.detach().double()
    difference = float((found - expected).norm() / expected.norm())
    return float("inf") if math.isnan(difference) else difference
