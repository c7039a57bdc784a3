"""Token embeddings whose gradient does not take fresh memory of the vocabulary's size each step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from alignment_core.machine.gradients_in_place import standing_gradient
from alignment_core.machine.kept_blocks import scratch


@contextmanager
def lean_embedding(module: PreTrainedModel) -> Iterator[None]:
    """Within it, a plain embedding layer on the processor makes its gradient in kept memory."""
    layer = module.get_input_embeddings()
    if not torch.is_grad_enabled() or not _is_plain(layer):
        yield
        return

    def embed(_layer: nn.Module, inputs: tuple[Tensor], _output: Tensor) -> Tensor:
        # What a hook returns stands in for the layer's output, and with it for its backward pass.
        embedded: Tensor = Embedded.apply(  # type: ignore[no-untyped-call]
            inputs[0], layer.weight, layer.padding_idx
        )
        return embedded

    handle = layer.register_forward_hook(embed)
    try:
        yield
    finally:
        handle.remove()


def _is_plain(layer: nn.Module) -> bool:
    return (
        type(layer) is nn.Embedding
        and layer.weight.requires_grad
        and layer.weight.device.type == "cpu"
        and not isinstance(layer.weight, DTensor)
        and layer.max_norm is None
        and not (layer.scale_grad_by_freq or layer.sparse)
    )


class Embedded(torch.autograd.Function):
    """weight[ids], shape (*ids.shape, width); the row `padding` is not learnt."""

    @staticmethod
    def forward(ctx: Any, ids: Tensor, weight: Tensor, padding: int | None) -> Tensor:
        ctx.save_for_backward(ids, weight)
        ctx.padding = padding
        return F.embedding(ids, weight)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, Tensor | None, None]:
        """Rows of tokens that do not occur are 0."""
        ids, weight = ctx.saved_tensors
        standing = standing_gradient(weight)
        total = standing
        if total is None:
            total = scratch(weight.shape, dtype=weight.dtype, device=gradient.device).zero_()
        if ctx.padding is not None:
            gradient = gradient.masked_fill((ids == ctx.padding)[..., None], 0)
        total.index_add_(0, ids.flatten(), gradient.flatten(0, -2).to(weight.dtype))
        # Added in place, it is in `weight.grad` already: returned, it would count twice.
        return None, total if standing is None else None, None
