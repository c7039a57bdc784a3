"""The packed layout: one row without padding, in which completions share their prompt.

Each example stands as its prompt and then its completions one after another. A completion's
positions go on where the prompt ends, and it sees the prompt and itself but not its siblings, so
the prompt goes through the model once however many completions it has. The prompt's last hidden
state predicts the first token of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import BlockMask, create_block_mask

from alignment_core.data.collation import SequenceBatch, rows_of
from alignment_core.data.tokenization import TokenizedExample

# Says "already prepared" to the model's own mask making, which then leaves it alone.
PREPARED_MASK = torch.ones((1, 1, 1, 1), dtype=torch.bool)


class Block(NamedTuple):
    """Neighbouring tokens that see one another causally, and a stretch before them wholly.

    A prompt and its first completion are one block; each further completion is one that sees the
    prompt.
    """

    start: int
    length: int
    seen_start: int
    seen_length: int  # 0 where there is no stretch before

    @property
    def area(self) -> int:
        """Pairs of query and key."""
        return self.length * (self.seen_length + self.length)


@dataclass(frozen=True)
class PackedBlocks:
    """Who sees whom in a packed row; passed through the model to its attention."""

    blocks: tuple[Block, ...]
    device: torch.device
    use_flex: bool = False  # through FlexAttention, on a GPU

    @cached_property
    def flex_mask(self) -> BlockMask:
        """The same for FlexAttention, on the current GPU; made once and used by every layer."""
        lengths = torch.tensor([block.length for block in self.blocks])
        starts, seen_starts, seen_lengths = (
            torch.tensor(values).repeat_interleave(lengths).to(self.device)
            for values in (
                [block.start for block in self.blocks],
                [block.seen_start for block in self.blocks],
                [block.seen_length for block in self.blocks],
            )
        )

        def sees(_batch: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
            is_own = (starts[query] == starts[key]) & (key <= query)
            first = seen_starts[query]
            return is_own | ((key >= first) & (key < first + seen_lengths[query]))

        total = int(lengths.sum())
        return create_block_mask(sees, None, None, total, total, device=str(self.device))

    def mask(self) -> Tensor:
        """The same as a matrix, true where a query (row) sees a key (column)."""
        total = sum(block.length for block in self.blocks)
        mask = torch.zeros((total, total), dtype=torch.bool, device=self.device)
        for block in self.blocks:
            rows = slice(block.start, block.start + block.length)
            mask[rows, rows] = torch.ones_like(mask[rows, rows]).tril()
            mask[rows, block.seen_start : block.seen_start + block.seen_length] = True
        return mask


def packed_batch(
    examples: Sequence[TokenizedExample],
    *,
    device: torch.device,
    with_last: bool,
    use_flex: bool = False,
) -> SequenceBatch:
    """One row of all examples.

    Args:
        with_last: keep the last token of each completion, which predicts nothing that is learnt.
        use_flex: attend through FlexAttention.
    """
    dropped = 0 if with_last else 1
    ids: list[int] = []
    positions: list[int] = []
    blocks: list[Block] = []
    predicting: dict[tuple[int, int], list[int]] = {}
    last: dict[tuple[int, int], int] = {}
    for number, example in enumerate(examples):
        prompt, start = example.prompt_ids, len(ids)
        ids += prompt
        positions += range(len(prompt))
        for side, completion in enumerate(example.completions):
            first, length = len(ids), len(completion) - dropped
            ids += completion[:length]
            positions += range(len(prompt), len(prompt) + length)
            # The prompt's last token predicts a completion's first, and so is read for each side.
            predicting[number, side] = [
                start + len(prompt) - 1,
                *range(first, first + len(completion) - 1),
            ]
            last[number, side] = len(ids) - 1
            # The first completion goes on from the prompt as one block; every other is a block of
            # its own that sees the prompt and not the completions between.
            if side == 0:
                blocks.append(Block(start, len(prompt) + length, start, 0))
            elif length > 0:
                blocks.append(Block(first, length, start, len(prompt)))
    rows = rows_of(examples)
    completions = [examples[number].completions[side] for number, side in rows]
    places = [predicting[row] for row in rows]
    return SequenceBatch(
        inputs={
            "input_ids": torch.tensor([ids], device=device),
            "position_ids": torch.tensor([positions], device=device),
            "attention_mask": PREPARED_MASK.to(device),
            "packed_blocks": PackedBlocks(tuple(blocks), device, use_flex),
            "use_cache": False,
        },
        predicting=torch.tensor([place for row in places for place in row], device=device),
        targets=torch.tensor([token for ids in completions for token in ids], device=device),
        last=torch.tensor([last[row] for row in rows], device=device),
        lengths=tuple(len(completion) for completion in completions),
        n_tokens=len(ids),
    )
