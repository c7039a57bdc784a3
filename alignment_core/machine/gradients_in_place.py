"""Large gradients of a step's later micro-batches, added where the earlier ones' lie.

A vocabulary's gradient is tens of megabytes. Made apart and then added, it takes that memory a
second time and moves it three times, for each micro-batch after the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

_adds_in_place = False


@contextmanager
def adding_in_place() -> Iterator[None]:
    """Within it, a backward pass may add to the weights' `grad`; not for `torch.autograd.grad`."""
    global _adds_in_place
    before, _adds_in_place = _adds_in_place, True
    try:
        yield
    finally:
        _adds_in_place = before


def standing_gradient(weight: Tensor) -> Tensor | None:
    """What a backward pass adds to, to return nothing; None where it returns a gradient."""
    if not (_adds_in_place and weight.is_leaf and type(weight.grad) is Tensor):
        return None
    return weight.grad
