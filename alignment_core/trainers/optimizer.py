"""The optimizer of every method, and how its learning rate goes."""

from __future__ import annotations

import math

import torch
from torch.distributed.tensor import DTensor

from alignment_core.configs import TrainingConfig
from alignment_core.models.sharding import alike
from alignment_core.trainers.objective import Objective, companions_of, trained_modules

BETAS, EPSILON = (0.9, 0.999), 1e-8  # Kingma & Ba 2015


def make_optimizer(objective: Objective, config: TrainingConfig) -> torch.optim.Optimizer:
    """AdamW over the trained weights; `factor` is a group's share of the learning rate."""
    rates = {name: one.learning_rate for name, one in companions_of(objective).items()}
    optimizer = torch.optim.AdamW(
        [
            {
                "params": weights,
                "factor": rates[name] / config.learning_rate if name else 1.0,
            }
            for name, module in trained_modules(objective).items()
            for weights in alike(weight for weight in module.parameters() if weight.requires_grad)
        ],
        lr=config.learning_rate,
        betas=BETAS,
        eps=EPSILON,
        weight_decay=config.weight_decay,
        fused=True,
    )
    _make_moments(optimizer)
    return optimizer


def learning_rate_at(step: int, *, total_steps: int, config: TrainingConfig) -> float:
    """Linear warm-up, then a cosine towards 0 or no change; no step is wasted on a rate of 0.

    Args:
        step: from 0.
    """
    n_warmup = math.ceil(config.warmup_ratio * total_steps)
    if step < n_warmup:
        return config.learning_rate * (step + 1) / (n_warmup + 1)
    if config.lr_schedule == "constant":
        return config.learning_rate
    progress = (step - n_warmup) / max(1, total_steps - n_warmup)
    return config.learning_rate * 0.5 * (1 + math.cos(math.pi * progress))


def _make_moments(optimizer: torch.optim.Optimizer) -> None:
    """On the processor, as the first step would, but before its activations have a place.

    Made in the memory that they leave, the moments would stay scattered over it: the next step
    would find no room as large and take fresh memory.
    """
    for group in optimizer.param_groups:
        for weight in group["params"]:
            if weight.device.type == "cpu" and not isinstance(weight, DTensor):
                optimizer.state[weight] = {
                    "step": torch.zeros((), dtype=torch.float32),
                    "exp_avg": torch.zeros_like(weight),
                    "exp_avg_sq": torch.zeros_like(weight),
                }
