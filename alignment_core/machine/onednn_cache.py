"""How many compiled matrix products the processor's library keeps.

oneDNN compiles a product for each new shape, and packed rows bring new shapes with every step. It
and its wrapper in torch each keep the last 1,024, at a quarter of a megabyte a piece. They lie
scattered among the activations, whose memory can then not be joined again: the process grows for
dozens of steps, and each step waits for fresh pages.
"""

from __future__ import annotations

import os

CAPACITIES = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")  # the latter is torch's
LEAST = 64  # products of the layers and the head, forwards and backwards, and some to spare
PER_SEQUENCE = 4  # products of its attention that have shapes of their own in every layer


def bound_kernel_cache(*, sequences: int) -> None:
    """Keep about what the layers of one micro-batch share; what the environment says goes first.

    The libraries read it at the first product of the process; later calls change nothing.

    Args:
        sequences: of different lengths, that go through the model together at most.
    """
    capacity = LEAST + PER_SEQUENCE * sequences
    for name in CAPACITIES:
        os.environ.setdefault(name, str(capacity))
