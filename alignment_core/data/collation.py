"""Token ids to tensors: one padded row for each completion, its prompt before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from alignment_core.data.tokenization import TokenizedExample


@dataclass(frozen=True, kw_only=True)
class SequenceBatch:
    """What a model is called with, and where its answers stand.

    Rows are completions, side by side: all first completions in the order of the examples, then
    all second ones. Places count along the flattened input, whatever its shape.
    """

    inputs: dict[str, Any]  # keyword arguments of the model's forward
    predicting: Tensor  # int64, the place that predicts each completion token, row after row
    targets: Tensor  # int64, those tokens
    last: Tensor  # int64, the place of each row's last token, shape (rows,)
    lengths: tuple[int, ...]  # completion tokens of each row
    n_tokens: int  # that are no padding


def rows_of(examples: Sequence[TokenizedExample]) -> list[tuple[int, int]]:
    """(example, side) of every row: all first completions, then all second ones, and so on."""
    n_sides = max(len(example.completions) for example in examples)
    return [
        (number, side)
        for side in range(n_sides)
        for number, example in enumerate(examples)
        if side < len(example.completions)
    ]


def by_example(values: Tensor, examples: Sequence[TokenizedExample]) -> Tensor:
    """Values of the rows as (sides, examples); 0 where an example has no such completion."""
    rows = rows_of(examples)
    found = values.new_zeros((1 + max(side for _, side in rows), len(examples)))
    numbers, sides = zip(*rows, strict=True)
    return found.index_put((torch.tensor(sides), torch.tensor(numbers)), values)


PADDING = 0  # any id with an embedding: it means nothing, the mask decides


def padded_batch(examples: Sequence[TokenizedExample], *, device: torch.device) -> SequenceBatch:
    """The plain layout: rows padded on the right to the longest."""
    rows = [
        (examples[number].prompt_ids, examples[number].completions[side])
        for number, side in rows_of(examples)
    ]
    length = max(len(prompt) + len(completion) for prompt, completion in rows)
    input_ids = torch.full((len(rows), length), PADDING, dtype=torch.long)
    attention_mask = torch.zeros((len(rows), length), dtype=torch.long)
    predicting: list[int] = []
    targets: list[int] = []
    last: list[int] = []
    for row, (prompt, completion) in enumerate(rows):
        end = len(prompt) + len(completion)
        input_ids[row, :end] = torch.tensor(prompt + completion)
        attention_mask[row, :end] = 1
        start = row * length
        predicting += range(start + len(prompt) - 1, start + end - 1)
        targets += completion
        last.append(start + end - 1)
    return SequenceBatch(
        inputs={
            "input_ids": input_ids.to(device),
            "attention_mask": attention_mask.to(device),
            "use_cache": False,
        },
        predicting=torch.tensor(predicting, device=device),
        targets=torch.tensor(targets, device=device),
        last=torch.tensor(last, device=device),
        lengths=tuple(len(completion) for _, completion in rows),
        n_tokens=int(attention_mask.sum()),
    )
