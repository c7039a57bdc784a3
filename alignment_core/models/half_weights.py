"""Frozen weights in half precision, where every pass rounds them to it anyway.

Under autocast a linear layer rounds its weights to bfloat16 each time. Where they are frozen they
can be kept that way: half the memory, and the same bits come out. Embeddings, norms and whatever
else is computed in float32 stay as they are, and so does everything that is trained.
"""

from __future__ import annotations

import torch
from torch import nn
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from alignment_core.models.adapters import HEAD

LAYERS = (nn.Linear, Conv1D)  # what autocast computes in bfloat16, weight and bias


def halve_frozen_weights(module: PreTrainedModel) -> None:
    """Keep the frozen weights of linear layers in bfloat16, in place.

    A weight that another kind of layer shares, as an embedding does with a tied head, stays, and
    so does the head of a reward model, which is computed in float32.
    """
    layers = [layer for layer in module.modules() if type(layer) in LAYERS]
    kept = {
        id(weight)
        for layer in module.modules()
        if type(layer) not in LAYERS or layer is getattr(module, HEAD, None)
        for weight in layer.parameters(recurse=False)
    }
    for layer in layers:
        for weight in layer.parameters(recurse=False):
            if not weight.requires_grad and id(weight) not in kept:
                weight.data = weight.data.to(torch.bfloat16)


def dtype_of_passes(module: nn.Module) -> str:
    """What passes through a model have to be in: "bfloat16" where it keeps such weights.

    For whoever calls a model that is not its own; a method knows by its settings.
    """
    is_half = any(weight.dtype == torch.bfloat16 for weight in module.parameters())
    return "bfloat16" if is_half else "float32"
