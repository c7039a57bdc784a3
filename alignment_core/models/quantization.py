"""Frozen weights in 4 bits under adapters (Dettmers et al. 2023, QLoRA, arXiv:2305.14314)."""

from __future__ import annotations

import importlib.util
from typing import Any

import torch
from transformers import BitsAndBytesConfig

from alignment_core.errors import ConfigError


def quantized_loading(
    quantization: str, device: torch.device, *, is_over_adapter: bool
) -> dict[str, Any]:
    """What `from_pretrained` needs to keep linear layers in 4 bits; nothing for "none".

    Args:
        is_over_adapter: whether an adapter must be merged into the weights first.
    Raises: ConfigError where that cannot be.
    """
    if quantization == "none":
        return {}
    refusal = None
    if device.type != "cuda":
        refusal = "quantization {value} needs a GPU"
    elif importlib.util.find_spec("bitsandbytes") is None:
        refusal = "quantization {value} needs the package bitsandbytes, which is not installed"
    elif is_over_adapter:
        refusal = (
            "quantization {value} cannot take weights with an adapter over them: merge the adapter "
            "first"
        )
    if refusal is not None:
        raise ConfigError("quantization", quantization, refusal, parts={"value": quantization})
    settings = BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type=quantization,
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": settings, "device_map": {"": device}}
