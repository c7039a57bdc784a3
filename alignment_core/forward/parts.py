"""Rows of a batch that must not share a call, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from alignment_core.data.collation import rows_of
from alignment_core.data.tokenization import TokenizedExample


class Part(NamedTuple):
    """Examples that go through a model together."""

    examples: list[TokenizedExample]
    rows: list[int]  # where each of its rows stands among those of all examples


def parts_by(examples: Sequence[TokenizedExample], key: Callable[[int], Hashable]) -> list[Part]:
    """Examples in parts of one key each; an example whose rows differ in it is cut into them.

    Args:
        key: of a row's length in tokens.
    """
    places = {row: place for place, row in enumerate(rows_of(examples))}
    groups: dict[Hashable, list[tuple[TokenizedExample, list[int]]]] = {}
    for number, example in enumerate(examples):
        of_example = [places[number, side] for side in range(len(example.completions))]
        keys = [key(len(example.prompt_ids) + len(ids)) for ids in example.completions]
        if len(set(keys)) == 1:
            groups.setdefault(keys[0], []).append((example, of_example))
            continue
        for ids, place, own_key in zip(example.completions, of_example, keys, strict=True):
            row = TokenizedExample(example.id, example.prompt_ids, (ids,))
            groups.setdefault(own_key, []).append((row, [place]))
    return [_part(group) for group in groups.values()]


def rows_together(parts: Sequence[Part], values: Sequence[Tensor]) -> Tensor:
    """One value a row, in the order of all rows; each tensor is of one part, row after row."""
    if len(parts) == 1:
        return values[0]
    order = torch.tensor([row for part in parts for row in part.rows]).argsort()
    joined = torch.cat(list(values))
    return joined[order.to(joined.device)]


def tokens_together(parts: Sequence[Part], values: Sequence[Tensor]) -> Tensor:
    """The values of completion tokens, row after row in the order of all rows.

    Args:
        values: of each part, its tokens row after row; all empty where nothing was asked for.
    """
    if len(parts) == 1 or not any(len(value) for value in values):
        return values[0]
    by_row: dict[int, Tensor] = {}
    for part, of_part in zip(parts, values, strict=True):
        examples, rows = part.examples, rows_of(part.examples)
        lengths = [len(examples[number].completions[side]) for number, side in rows]
        by_row |= zip(part.rows, torch.split(of_part, lengths), strict=True)
    return torch.cat([by_row[row] for row in sorted(by_row)])


def _part(group: list[tuple[TokenizedExample, list[int]]]) -> Part:
    examples = [example for example, _ in group]
    return Part(examples, [group[number][1][side] for number, side in rows_of(examples)])
