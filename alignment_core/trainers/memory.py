"""What a run keeps in memory before a token goes through it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from alignment_core.models.adapters import HEAD
from alignment_core.trainers.objective import KeepsModels, Objective, trained_modules

MIB = 1 << 20
N_MOMENTS = 2  # of AdamW, for each trained weight


def memory_plan(objective: Objective) -> dict[str, Any]:
    """MiB of every model of a run in this process, by name, and their sum.

    Activations come on top; `tokens_per_micro_batch` bounds them.
    """
    result = "reward_model" if hasattr(objective.module, HEAD) else "policy"
    sizes = {
        name or result: _sizes(module.parameters())
        for name, module in trained_modules(objective).items()
    }
    if isinstance(objective, KeepsModels):
        for name, module in objective.kept_modules().items():
            sizes[f"kept {name}"] = {"frozen_mib": _size(module.parameters())}
    total = sum(sum(parts.values()) for parts in sizes.values())
    return {
        "models": {
            name: {part: round(size / MIB, 1) for part, size in parts.items()}
            for name, parts in sizes.items()
        },
        "total_mib": round(total / MIB, 1),
    }


def _sizes(parameters: Iterable[nn.Parameter]) -> dict[str, int]:
    weights = list(parameters)
    trained = _size(weight for weight in weights if weight.requires_grad)
    return {
        "frozen_mib": _size(weights) - trained,
        "trained_mib": trained,
        "gradients_mib": trained,
        "optimizer_mib": N_MOMENTS * trained,
    }


def _size(weights: Iterable[Tensor]) -> int:
    """Bytes in this process, which holds but a share of a shared weight."""
    return sum(
        (weight.to_local() if isinstance(weight, DTensor) else weight).nbytes for weight in weights
    )
