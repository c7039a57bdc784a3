"""Whether this machine multiplies matrices of bfloat16 faster than those of float32.

Found out by multiplying, not by asking for the processor's abilities: without instructions of its
own for it, a processor goes through bfloat16 by detours that take longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch

from alignment_core.machine.matmul import REPEATS, SHAPE

EXACT, HALF = "float32", "bfloat16"
SMALLEST_GAIN = 1.3  # below it, what else a step does eats up what products gain
SMALL = (64, 256, 256)  # tokens, width in, width out
HOPELESS = 4.0  # times as long: no larger product makes up for that


def time_products(device: torch.device, *, clock: Callable[[], float]) -> dict[str, float]:
    """Least seconds of a product by type, in turns, at the float32 precision now in force.

    A detour may take seconds for a product of a layer, so that a small one is tried before.
    """
    small = _time(SMALL, 2, device, clock=clock)
    if small[HALF] > HOPELESS * small[EXACT]:
        return small
    return _time(SHAPE, REPEATS, device, clock=clock)


def _time(
    shape: tuple[int, int, int], repeats: int, device: torch.device, *, clock: Callable[[], float]
) -> dict[str, float]:
    generator = torch.Generator().manual_seed(0)
    tokens, width_in, width_out = shape
    left = torch.randn(tokens, width_in, generator=generator).to(device)
    right = torch.randn(width_in, width_out, generator=generator).to(device)
    factors = {EXACT: (left, right), HALF: (left.bfloat16(), right.bfloat16())}
    seconds = dict.fromkeys(factors, math.inf)
    for _ in range(repeats):
        for dtype, (one, other) in factors.items():
            started = clock()
            one @ other
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            seconds[dtype] = min(seconds[dtype], clock() - started)
    return seconds


def has_fast_half(seconds: Mapping[str, float]) -> bool:
    """Whether products of bfloat16 are clearly faster."""
    return seconds[HALF] * SMALLEST_GAIN < seconds[EXACT]
