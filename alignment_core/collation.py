"""Token ids to padded tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from alignment_core.tokenization import TokenizedExample


class PaddedBatch(NamedTuple):
    """Right-padded sequences; all of shape (rows, length)."""

    input_ids: Tensor  # int64; the padding's id means nothing, the masks decide
    attention_mask: Tensor  # int64, 1 where there is a token
    completion_mask: Tensor  # bool, true where the token belongs to a completion

    @property
    def n_tokens(self) -> int:
        """Tokens that are not padding."""
        return int(self.attention_mask.sum())


def collate(
    examples: Sequence[TokenizedExample], *, pad_id: int, device: torch.device
) -> PaddedBatch:
    """All first completions in order, then all second ones: rows = examples × completions."""
    n_sides = len(examples[0].completions)
    rows = [
        (example.prompt_ids, example.completions[side])
        for side in range(n_sides)
        for example in examples
    ]
    length = max(len(prompt) + len(completion) for prompt, completion in rows)
    input_ids = torch.full((len(rows), length), pad_id, dtype=torch.long)
    attention_mask = torch.zeros((len(rows), length), dtype=torch.long)
    completion_mask = torch.zeros((len(rows), length), dtype=torch.bool)
    for row, (prompt, completion) in enumerate(rows):
        end = len(prompt) + len(completion)
        input_ids[row, :end] = torch.tensor(prompt + completion)
        attention_mask[row, :end] = 1
        completion_mask[row, len(prompt) : end] = True
    return PaddedBatch(input_ids.to(device), attention_mask.to(device), completion_mask.to(device))
