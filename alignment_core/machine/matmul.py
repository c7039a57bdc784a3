"""Which library multiplies float32 matrices, chosen by a short trial.

On the processor torch hands products to one library under "highest" and may hand them to another
under "medium". Which is faster depends on the machine; what "medium" may round depends on it too,
so a choice counts only if its error against float64 is that of float32.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import torch

LARGEST_ERROR = 1e-5  # relative, of the product's norm
SMALLEST_GAIN = 1.1  # below it the two count as equally fast, so that luck does not decide
SHAPE = (512, 512, 1408)  # tokens, width in, width out: a layer of a small model
REPEATS = 12


def choose_matmul(wanted: str, device: torch.device) -> dict[str, Any]:
    """Set torch's float32 precision for this process, and say why.

    Args:
        wanted: "highest", "medium", or "auto" for the faster of the two that is exact enough.
    Returns: `precision`, and for "auto" the seconds and errors it was chosen by.
    """
    if wanted != "auto":
        torch.set_float32_matmul_precision(wanted)
        return {"precision": wanted}
    trial = try_matmul(device, clock=time.perf_counter)
    chosen = faster_precision(**trial)
    torch.set_float32_matmul_precision(chosen)
    return {"precision": chosen, **trial}


def try_matmul(device: torch.device, *, clock: Callable[[], float]) -> dict[str, dict[str, float]]:
    """Least seconds of a product, and its relative error, by precision.

    Takes turns, so that a machine that is busy for a moment slows both.
    """
    generator = torch.Generator().manual_seed(0)
    tokens, width_in, width_out = SHAPE
    left = torch.randn(tokens, width_in, generator=generator).to(device)
    right = torch.randn(width_in, width_out, generator=generator).to(device)
    exact = left.double() @ right.double()
    seconds = {"highest": math.inf, "medium": math.inf}
    errors: dict[str, float] = {}
    for _ in range(REPEATS):
        for precision in seconds:
            torch.set_float32_matmul_precision(precision)
            started = clock()
            product = left @ right
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            seconds[precision] = min(seconds[precision], clock() - started)
            if precision not in errors:
                errors[precision] = float((product.double() - exact).norm() / exact.norm())
    return {"seconds": seconds, "errors": errors}


def faster_precision(*, seconds: dict[str, float], errors: dict[str, float]) -> str:
    """ "medium" where it is clearly faster and as exact as float32, else "highest"."""
    is_faster = seconds["medium"] * SMALLEST_GAIN < seconds["highest"]
    return "medium" if is_faster and errors["medium"] < LARGEST_ERROR else "highest"
