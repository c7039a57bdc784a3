"""Memory for tensors of tens of megabytes that every step makes anew: logits, large gradients.

The C library keeps freed blocks, but a step's small tensors nibble at the large ones, so that the
next step maps and zeroes fresh pages again and the process grows. A few large blocks are therefore
kept here and lent out whole. A block is free again once no tensor shares its storage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

SMALLEST = 16 * 2**20  # bytes; below it the C library does well
GROWTH = 1.25  # a block is made a little larger than asked for, as the next step may want more

_blocks: list[Tensor] = []


def scratch(shape: Sequence[int], *, dtype: torch.dtype, device: torch.device) -> Tensor:
    """An uninitialised tensor; large ones on the processor come from the kept blocks."""
    n_values = math.prod(shape)
    n_bytes = n_values * dtype.itemsize
    if device.type != "cpu" or n_bytes < SMALLEST:
        return torch.empty(tuple(shape), dtype=dtype, device=device)
    free = [block for block in _blocks if _is_free(block)]
    large_enough = [block for block in free if n_bytes <= block.nbytes]
    if large_enough:
        block = min(large_enough, key=lambda block: block.nbytes)
    else:
        for outgrown in free[:1]:
            _blocks[:] = [block for block in _blocks if block is not outgrown]
        block = torch.empty(math.ceil(n_bytes * GROWTH), dtype=torch.uint8)
        _blocks.append(block)
    return block[:n_bytes].view(dtype).view(tuple(shape))


def release() -> None:
    """Give the blocks back, whether lent or not; those lent live on with their tensors."""
    _blocks.clear()


def _is_free(block: Tensor) -> bool:
    """Whether only this module holds it: the block itself and the handle asked for here."""
    return torch._C._storage_Use_Count(block.untyped_storage()._cdata) == 2
