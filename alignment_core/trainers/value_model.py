"""Where PPO's value model begins: from the reward model where that reads the same tokens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.configs import PPOConfig
from alignment_core.configs.rewards import ModelReward
from alignment_core.errors import LoadingError
from alignment_core.models.adapters import trained_weights
from alignment_core.models.loading import (
    context_length,
    embedded_ids,
    load_config,
    load_tokenizer,
    resolve_base,
)
from alignment_core.trainers.modules import value_model_to_train
from alignment_core.trainers.objective import TrainingContext


def load_value_model(
    context: TrainingContext[PPOConfig], source: Path, saved: dict[str, Tensor]
) -> PreTrainedModel:
    """A model with one value for each hidden state, in eval mode so that dropout is off.

    A reward model brings its head; over a language model it is fresh, drawn small so that first
    values are near 0. Where the policy is trained by adapters, so is it; its head is always trained
    whole.

    Args:
        source: as `value_source` gives it.
        saved: the weights of the checkpoint that is resumed; empty in a fresh run.
    Raises: LoadingError if those are of another model.
    """
    value_model = value_model_to_train(context, source)
    if context.resume is not None:
        if not saved:
            raise LoadingError(
                "the checkpoint holds no value model", field="resume", value=str(context.resume)
            )
        if not _restore(value_model, saved):
            raise LoadingError(
                f"the checkpoint's value model is not one like {source}; start a new run to "
                "change the rewards",
                field="resume",
                value=str(context.resume),
            )
    return value_model


def value_tensors(value_model: PreTrainedModel) -> dict[str, Tensor]:
    """What of a value model a checkpoint must hold: all that is trained."""
    return {name: weight.detach().clone() for name, weight in trained_weights(value_model)}


def _restore(value_model: PreTrainedModel, saved: dict[str, Tensor]) -> bool:
    """Put trained weights back; False if they are of another model."""
    trained = dict(trained_weights(value_model))
    if {name: weight.shape for name, weight in trained.items()} != {
        name: tensor.shape for name, tensor in saved.items()
    }:
        return False
    with torch.no_grad():
        for name, weight in trained.items():
            weight.copy_(saved[name])
    return True


def value_source(context: TrainingContext[PPOConfig]) -> Path:
    """Where the values begin: at a reward model of the run, or at the policy's start checkpoint.

    The first reward model is taken that has the policy's tokenizer, an embedding for each id that
    the policy can draw, and room for the longest sequence.
    """
    for reward in context.config.rewards:
        if isinstance(reward, ModelReward):
            path = resolve_base(reward.path)
            if _matches(path, context):
                return path
    return context.base


def _matches(path: Path, context: TrainingContext[Any]) -> bool:
    """Whether this reward model's tokens are the policy's, and it can read as many.

    It must know every id that the policy can draw, those without a token included.
    """
    config = load_config(path)
    length, n_ids = context_length(config), embedded_ids(config)
    if length is not None and length < context.config.max_length:
        return False
    n_drawn = embedded_ids(load_config(context.base))
    if n_ids is not None and n_drawn is not None and n_ids < n_drawn:
        return False
    own: dict[str, int] = context.tokenizer.get_vocab()
    its: dict[str, int] = load_tokenizer(path)[0].get_vocab()
    return own.items() <= its.items()  # it may have a padding of its own
