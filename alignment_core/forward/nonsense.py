"""Text without sense, to try a model with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from transformers import PreTrainedModel

from alignment_core.data.tokenization import TokenizedExample


def nonsense(module: PreTrainedModel, *, room: int) -> list[TokenizedExample]:
    """A long prompt and short ones, completions of uneven lengths, two rows equally long.

    Args:
        room: tokens of the longest row.
    """
    ids = nonsense_ids(module)

    def some(length: int) -> list[int]:
        return list(islice(ids, max(1, length)))

    return [
        TokenizedExample("long", some(room - room // 4), (some(room // 4), some(room // 8))),
        TokenizedExample("short", some(2), (some(room // 6), some(room // 2 - 2))),
        TokenizedExample("as short", some(1), (some(room // 6 + 1),)),
    ]


def nonsense_ids(module: PreTrainedModel) -> Iterator[int]:
    """Ids of text: none of a picture or the like, which comes with inputs of its own."""
    config = module.config
    settings = config.to_dict() | config.get_text_config().to_dict()
    special = {
        value
        for name, value in settings.items()
        if name.endswith(("_token_id", "_token_index")) and isinstance(value, int)
    }
    n_ids = int(config.get_text_config().vocab_size)
    number = 0
    while True:
        number += 1
        token = number * 7919 % n_ids
        if token not in special or n_ids <= len(special):
            yield token
