"""Scores of whole sequences under a reward model."""

from __future__ import annotations

import torch
from torch import Tensor
from transformers import PreTrainedModel

from alignment_core.collation import PaddedBatch


def sequence_scores(reward_model: PreTrainedModel, batch: PaddedBatch) -> Tensor:
    """The score at the last token that is not padding: the completion's end of turn.

    The position comes from the attention mask, never from the padding's id, which may be a token
    of the text.

    Returns: float32 at least, shape (rows,).
    """
    hidden_states = reward_model.base_model(
        input_ids=batch.input_ids, attention_mask=batch.attention_mask, use_cache=False
    ).last_hidden_state
    places = torch.arange(batch.attention_mask.shape[1], device=hidden_states.device)
    last = (places * batch.attention_mask).argmax(-1)
    rows = torch.arange(len(last), device=hidden_states.device)
    head = reward_model.get_submodule("score")
    # A score of half precision has steps of 1 in 256, which hide small margins.
    with torch.autocast(hidden_states.device.type, enabled=False):
        scores: Tensor = head(hidden_states[rows, last].to(head.weight.dtype)).squeeze(-1)
    return scores
