"""The padding of a reward model, which others use to find the last token of a row.

Plain `transformers` reads the score at the last token that is not the padding. Where the padding is
the end of turn, as in many tokenizers, it reads one token early without a word; where there is
none, it takes no batches.
"""

from __future__ import annotations

from collections.abc import Set

import torch
from torch import Tensor
from transformers import PretrainedConfig, PreTrainedTokenizerBase

NEW = "<|pad|>"
WORDS = ("pad", "reserved", "unused", "unk")  # in names of tokens, the best first


def ensure_padding(
    tokenizer: PreTrainedTokenizerBase, *, end_ids: Set[int], n_embeddings: int | None
) -> None:
    """Give the tokenizer a padding that ends no text, in place, to be put on the right.

    That is its own, or else another special token that is never last, or else a new one.

    Args:
        end_ids: with which a scored text may end.
        n_embeddings: ids that the model has an embedding for, from 0 on; None if any goes.
    """
    tokenizer.padding_side = "right"  # positions then count from the first token, as in training

    def is_fit(id: int | None) -> bool:
        return id is not None and id not in end_ids and (n_embeddings is None or id < n_embeddings)

    if is_fit(tokenizer.pad_token_id):
        return
    added = {id for id, token in tokenizer.added_tokens_decoder.items() if token.special}
    others = [id for id in sorted(added | set(tokenizer.all_special_ids)) if is_fit(id)]
    names = {id: str(tokenizer.convert_ids_to_tokens(id)) for id in others}
    chosen = min(others, key=lambda id: _preference(names[id]), default=None)
    tokenizer.add_special_tokens({"pad_token": NEW if chosen is None else names[chosen]})


def _preference(name: str) -> int:
    found = (place for place, word in enumerate(WORDS) if word in name.lower())
    return next(found, len(WORDS))


def describe_padding(config: PretrainedConfig, pad_token_id: int | None) -> None:
    """Write the padding into a config, and into that of its language model, in place."""
    for part in (config, config.get_text_config()):
        part.pad_token_id = pad_token_id


def with_row_of_padding(weights: Tensor, pad_token_id: int) -> Tensor:
    """Embeddings, shape (ids, width), with rows of zeros up to that of a padding beyond them."""
    n_missing = max(0, pad_token_id + 1 - len(weights))
    return torch.cat([weights, weights.new_zeros(n_missing, weights.shape[1])])
