"""Whether a checkpoint writes text or scores it."""

from __future__ import annotations

from pathlib import Path

from alignment_core.models.adapter_files import is_adapter, is_of_reward_model
from alignment_core.models.loading import load_config
from alignment_core.models.scored_backbone import is_reward_model


def scores_text(directory: Path) -> bool:
    """Whether a checkpoint, or what an adapter makes of its base, is a reward model.

    Raises: LoadingError if the files that say so cannot be read.
    """
    if is_adapter(directory):
        return is_of_reward_model(directory)
    return is_reward_model(load_config(directory))
