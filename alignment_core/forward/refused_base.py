"""Why a base is refused by what its model does."""

from __future__ import annotations

import torch
from transformers import PreTrainedModel

from alignment_core.errors import LoadingError

NOT_CAUSAL = "the base's model is not causal: what it makes of a token depends on later ones"


def check_is_of_model(error: Exception) -> None:
    """Raise what says nothing of a model: memory was short, which it may not be the next time."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or "alloc_cpu" in str(error):
        raise error


def described(error: Exception) -> str:
    """The kind of an error and the beginning of what it says."""
    first_line = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {first_line[:120]}"


def refused_base(module: PreTrainedModel, sentence: str, **parts: object) -> LoadingError:
    """A refusal of the base because of what its model does."""
    return LoadingError(sentence, field="base", value=module.name_or_path or None, parts=parts)
