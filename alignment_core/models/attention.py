"""The name under which a model looks its attention up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

EAGER = "eager"  # the plainest, which every model has and the others are held against


def attention_of(module: PreTrainedModel) -> str | None:
    """The name; None where the model has no say in it."""
    name: str | None = module.config._attn_implementation
    return name


def set_attention(module: PreTrainedModel, name: str | None) -> bool:
    """Let the model look its attention up under this name. Returns: whether it does."""
    if name is not None and attention_of(module) != name:
        module.set_attn_implementation(name)
    return attention_of(module) == name


def load_to_be_tried(
    model_class: Any, directory: Path, options: dict[str, Any]
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """A model with its own default attention, or with eager attention where it cannot change over.

    The default of such a model could be held against nothing once it is loaded.

    Returns: the model, and what was found of its weights.
    """
    module, report = model_class.from_pretrained(directory, **options)
    own = attention_of(module)
    if set_attention(module, EAGER):
        set_attention(module, own)
        return module, report
    found: tuple[PreTrainedModel, dict[str, Any]] = model_class.from_pretrained(
        directory, attn_implementation=EAGER, **options
    )
    return found
