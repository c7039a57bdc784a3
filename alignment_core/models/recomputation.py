"""Layers whose inside is not kept but computed again in the backward pass."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint
from transformers.modeling_layers import GradientCheckpointingLayer

from alignment_core.errors import ConfigError


def recompute_layers(module: nn.Module) -> None:
    """Keep only what goes into each layer, and compute the layer again in the backward pass.

    Chen et al. 2016, arXiv:1604.06174. Not by the library's own switch, which needs training mode
    and with it the model's dropout.

    Raises: ConfigError if the model says of none of its layers that it can be computed again.
    """
    layers = [layer for layer in module.modules() if isinstance(layer, GradientCheckpointingLayer)]
    if not layers:
        raise ConfigError(
            "gradient_checkpointing",
            True,
            "gradient_checkpointing: no layer of a {model} can be recomputed",
            parts={"model": type(module).__name__},
        )
    for layer in layers:
        layer.forward = partial(_recomputed, layer.forward)


def recomputes_layers(module: nn.Module) -> bool:
    """Whether layers of it will be computed again, by this module's way or the library's switch."""
    return any(
        getattr(layer, "gradient_checkpointing", False)
        or getattr(layer.forward, "func", None) is _recomputed
        for layer in module.modules()
    )


def _recomputed(forward: Any, *inputs: Any, **options: Any) -> Any:
    if not torch.is_grad_enabled():
        return forward(*inputs, **options)
    return checkpoint(forward, *inputs, use_reentrant=False, **options)
