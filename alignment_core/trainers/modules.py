"""What a run trains and what it is compared with: weights, adapters over them, shares of both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from alignment_core.configs import TrainingConfig
from alignment_core.models.adapter_files import WEIGHTS
from alignment_core.models.adapters import adapters_off, add_adapters, has_adapters, read_adapter
from alignment_core.models.half_weights import halve_frozen_weights
from alignment_core.models.loading import load_policy, load_reward_model
from alignment_core.models.recomputation import recompute_layers
from alignment_core.models.sharding import shard, wants_sharding
from alignment_core.runs.checkpoints import read_tensors
from alignment_core.trainers.objective import TrainingContext


def policy_to_train(context: TrainingContext[Any]) -> PreTrainedModel:
    """The policy as this run trains it, from its base or from the checkpoint that is resumed."""
    policy = load_policy(
        context.start, device=_loading_device(context), quantization=context.config.quantization
    )
    return _as_trained(policy, context)


def reward_model_to_train(context: TrainingContext[Any]) -> PreTrainedModel:
    """The reward model as this run trains it; see `load_reward_model` for its head."""
    config = context.config
    reward_model = load_reward_model(
        context.start,
        device=_loading_device(context),
        seed=config.seed,
        quantization=config.quantization,
    )
    return _as_trained(reward_model, context)


@contextmanager
def reference_of(
    policy: PreTrainedModel, context: TrainingContext[Any]
) -> Iterator[PreTrainedModel]:
    """The exact start checkpoint, for as long as it is needed.

    It is the policy itself with its adapters off, or else read again: keeping it would double the
    memory of training.
    """
    if has_adapters(policy):
        with adapters_off(policy):
            yield policy
    else:
        yield _shared(load_policy(context.base, device=_loading_device(context)), context)


def value_model_to_train(context: TrainingContext[Any], source: Path) -> PreTrainedModel:
    """A model of values as this run trains it beside the policy; never in shares.

    Args:
        source: a reward model, or a language model, which gets a fresh head.
    """
    config = context.config
    value_model = load_reward_model(
        source,
        device=torch.device("cpu") if _halves(context) else context.device,
        seed=config.seed,
        quantization=config.quantization,
    )
    _adapted(value_model, context, base=source)
    if _halves(context):
        nn.Module.to(value_model, context.device)
    return value_model


def _as_trained(module: PreTrainedModel, context: TrainingContext[Any]) -> PreTrainedModel:
    config = context.config
    _adapted(module, context, base=context.base)
    if config.lora_rank > 0 and context.resume is not None:
        read_adapter(module, read_tensors(context.resume / WEIGHTS), source=context.resume)
    return _shared(module, context)


def _adapted(
    module: PreTrainedModel, context: TrainingContext[Any], *, base: Path
) -> PreTrainedModel:
    """The model with what the settings put into it, in place: adapters, recomputed layers."""
    config = context.config
    if config.lora_rank > 0:
        add_adapters(module, config, base=str(base))
        if config.dtype == "bfloat16":
            halve_frozen_weights(module)
    if config.gradient_checkpointing:
        recompute_layers(module)
    return module


def _shared(module: PreTrainedModel, context: TrainingContext[Any]) -> PreTrainedModel:
    if wants_sharding(context.config, context.device):
        shard(module, context.device)
    elif _halves(context):
        nn.Module.to(module, context.device)
    return module


def _loading_device(context: TrainingContext[Any]) -> torch.device:
    """Weights that are to be shared, or halved, need not fit a GPU as they are."""
    is_shared = wants_sharding(context.config, context.device)
    return torch.device("cpu") if is_shared or _halves(context) else context.device


def _halves(context: TrainingContext[Any]) -> bool:
    """Whether whole weights are read to be kept in half precision."""
    config: TrainingConfig = context.config
    return config.lora_rank > 0 and config.dtype == "bfloat16" and config.quantization == "none"
