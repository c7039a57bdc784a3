"""Memory for tensors of tens of megabytes that every step makes anew: logits, large gradients.

The C library keeps freed blocks, but puts a step's small tensors into the large ones, so that the
next step maps and zeroes fresh pages again and the process grows. A few large blocks are therefore
kept here and lent out whole. A block is free again once no tensor shares its storage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

SMALLEST = 16 * 2**20  # bytes; below it the C library does well


@dataclass(eq=False)
class _Block:
    memory: Tensor
    written: int = 0  # bytes from its beginning; beyond them the system has given no pages yet

    def is_free(self) -> bool:
        """Whether only this module holds it: the block itself and the handle asked for here."""
        return torch._C._storage_Use_Count(self.memory.untyped_storage()._cdata) == 2


_blocks: list[_Block] = []


def scratch(
    shape: Sequence[int], *, dtype: torch.dtype, device: torch.device, up_to: int = 0
) -> Tensor:
    """An uninitialised tensor; large ones on the processor come from the kept blocks.

    Args:
        up_to: bytes that later calls may want of the same; a new block has room for them, and the
            system gives memory only where it is written.
    """
    n_bytes = math.prod(shape) * dtype.itemsize
    size = max(n_bytes, up_to)
    if device.type != "cpu" or n_bytes < SMALLEST:
        return torch.empty(tuple(shape), dtype=dtype, device=device)
    free = [block for block in _blocks if block.memory.nbytes == size and block.is_free()]
    if free:
        block = max(free, key=lambda block: block.written)
    else:
        block = _Block(torch.empty(size, dtype=torch.uint8))
        _blocks.append(block)
    block.written = max(n_bytes, block.written)
    return block.memory[:n_bytes].view(dtype).view(tuple(shape))


def release() -> None:
    """Give the blocks back, whether lent or not; those lent live on with their tensors."""
    _blocks.clear()
