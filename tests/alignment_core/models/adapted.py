"""A policy under adapters, ours or as others train them."""

import torch
from peft import LoraConfig, get_peft_model

from alignment_core.configs import DPOConfig
from alignment_core.models.adapters import (
    add_adapters,
    trained_weights,
)
from alignment_core.models.loading import load_policy

CPU = torch.device("cpu")
IDS = torch.arange(10, 20)[None]


def adapted(tiny_base, **settings):
    """A policy under fresh adapters."""
    policy = load_policy(tiny_base, device=CPU)
    add_adapters(policy, DPOConfig(**{"lora_rank": 4, **settings}), base=str(tiny_base))
    return policy


def foreign_adapter(base, directory, **settings):
    """An adapter as others train it, with weights that have moved."""
    module = get_peft_model(load_policy(base, device=CPU), LoraConfig(r=2, **settings))
    with torch.no_grad():
        for _, weight in trained_weights(module):
            weight.add_(torch.randn_like(weight), alpha=0.3)
    module.save_pretrained(directory)
    return module.eval()
